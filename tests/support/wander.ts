/** What a browser would keep, for each host. */
export class Jar {
  readonly #kept = new Map<string, Map<string, string>>()

  keep(url: URL, reply: Response): void {
    const cookies = this.#kept.get(url.host) ?? new Map<string, string>()
    for (const text of reply.headers.getSetCookie()) {
      const [pair = ''] = text.split(';', 1)
      const name = pair.slice(0, pair.indexOf('='))
      if (/;\s*max-age=0/i.test(text) || /;\s*expires=Thu, 01 Jan 1970/i.test(text)) cookies.delete(name)
      else cookies.set(name, pair.slice(name.length + 1))
    }
    this.#kept.set(url.host, cookies)
  }

  headerFor(url: URL): string {
    return [...(this.#kept.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** The cookie of this name that a host set; undefined when there is none. */
  of(url: string, name: string): string | undefined {
    return this.#kept.get(new URL(url).host)?.get(name)
  }

  /** Another browser that keeps the same. */
  copy(): Jar {
    const other = new Jar()
    for (const [host, cookies] of this.#kept) other.#kept.set(host, new Map(cookies))
    return other
  }
}

export interface Step {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly form?: URLSearchParams
}

const STEPS_MAX = 20

/**
 * Goes where redirections and forms that send themselves lead, as a browser does, until `isEnd` says of a step that it is
 * not to be made. Returns that step.
 */
export async function wander(from: string, jar: Jar, isEnd: (step: Step) => boolean): Promise<Step> {
  let step: Step = { method: 'GET', url: new URL(from) }
  for (let made = 0; made < STEPS_MAX; made += 1) {
    if (isEnd(step)) return step
    const reply = await make(step, jar)
    const next = await nextOf(step, reply)
    if (next === null) throw new Error(`${step.method} ${step.url.href} leads nowhere: ${reply.status}`)
    step = next
  }
  throw new Error(`${from} leads on and on`)
}

/** Makes one step, without following where it leads. A form comes from another site: our cookies stay at home. */
export async function make({ method, url, form }: Step, jar: Jar): Promise<Response> {
  const cookie = method === 'GET' ? jar.headerFor(url) : ''
  const reply = await fetch(url, {
    ...{ method, redirect: 'manual' },
    ...(form === undefined ? {} : { body: form }),
    headers: { ...(cookie === '' ? {} : { Cookie: cookie }), 'User-Agent': 'A browser' },
  })
  jar.keep(url, reply)
  return reply
}

async function nextOf({ url }: Step, reply: Response): Promise<Step | null> {
  const location = reply.headers.get('Location')
  if (location !== null) return { method: 'GET', url: new URL(location, url) }
  const html = await reply.text()
  const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1]
  if (action === undefined) return null
  const form = new URLSearchParams()
  for (const [, name = '', value = ''] of html.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g))
    form.set(name, unescaped(value))
  return { method: 'POST', url: new URL(unescaped(action), url), form }
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}
