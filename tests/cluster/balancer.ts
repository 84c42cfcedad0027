import { once } from 'node:events'
import { Agent, type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * A load balancer as people put one in front: it asks each node's /readyz, hands requests round to those that say yes, and
 * tries the next when a connection cannot be made. A request that has been handed over is not repeated: when it breaks,
 * the client sees 502. Connections to the nodes are kept open, as balancers do.
 */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** The nodes by their addresses; replaced when one is restarted. */
  setNodes(urls: readonly string[]): void
  /** Resolves when this node is asked to do work. */
  serving(url: string): Promise<void>
}

/** Each look has the node start FFmpeg: ten a second would keep a processor busy with nothing else. */
const CHECK_MS = 400

export async function startBalancer(): Promise<Balancer> {
  let nodes: readonly string[] = []
  const ready = new Set<string>()
  const stopping = new AbortController()
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const server: Server = createServer((incoming, outgoing) => {
    turn += 1
    const candidates = nodes.filter((url) => ready.has(url))
    const first = candidates.length === 0 ? 0 : turn % candidates.length
    forward(agent, incoming, outgoing, [...candidates.slice(first), ...candidates.slice(0, first)])
  })
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const checking = (async () => {
    while (!stopping.signal.aborted) {
      await Promise.all(
        nodes.map(async (url) => {
          const isReady = await fetch(`${url}/readyz`).then(
            async (reply) => (await reply.text(), reply.status === 200),
            () => false,
          )
          if (isReady) ready.add(url)
          else ready.delete(url)
        }),
      )
      await delay(CHECK_MS)
    }
  })()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setNodes: (urls) => {
      nodes = urls
    },
    serving: async (url) => {
      while (!ready.has(url)) await delay(CHECK_MS)
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await checking
      agent.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function forward(agent: Agent, incoming: IncomingMessage, outgoing: ServerResponse, urls: readonly string[]): void {
  const [url, ...rest] = urls
  if (url === undefined) {
    outgoing.writeHead(503, { 'retry-after': '1', connection: 'close' }).end()
    return
  }
  const asked = request(new URL(incoming.url ?? '/', url), {
    method: incoming.method ?? 'GET',
    headers: incoming.headers,
    agent,
  })
  asked.once('response', (reply) => {
    outgoing.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(outgoing)
    reply.once('error', () => outgoing.destroy())
    reply.once('aborted', () => outgoing.destroy())
  })
  asked.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED' && !outgoing.headersSent) return forward(agent, incoming, outgoing, rest)
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502, { 'x-broken': error.code ?? 'unknown', connection: 'close' }).end()
  })
  outgoing.once('close', () => asked.destroy())
  // Not before there is a connection: what has been taken from the client cannot be given to the next node.
  asked.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => incoming.pipe(asked))
    else incoming.pipe(asked)
  })
}
