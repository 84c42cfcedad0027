/** Of what an SDK would send so much goes out: what is said of the body, and by which words of the protocol. */
const KEPT = ['accept', 'content-type', 'anthropic-version', 'anthropic-beta'] as const

/**
 * `fetch` that sends the key of a connection, and no headers that tell of anything else. The SDKs add to each request what
 * stands in the environment of this server for them (`OPENAI_CUSTOM_HEADERS` and the like), before what they were given: it
 * is the operator's own, and nothing for servers that workspaces name.
 */
export function sendingOnly(key: string, send: typeof fetch): typeof fetch {
  return (input, init) => {
    const request = new Request(input, init)
    const headers = new Headers({ 'user-agent': 'Airdate', authorization: `Bearer ${key}` })
    for (const name of KEPT) {
      const value = request.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    return send(new Request(request, { headers }))
  }
}
