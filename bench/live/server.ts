import { WebSocket, WebSocketServer } from 'ws'
import type { AddressInfo } from 'node:net'
import type pg from 'pg'
import { SOON, World, move, startNode } from '#platform/realtime/fixtures/node.ts'
import { LIMITS } from '#platform/realtime/realtime.ts'

/*
 * A server in a process of its own for bench/live.ts: ours over a database, or bare `ws`. Ordered about by messages from
 * the process that started it.
 */

export type ServerOrder =
  | { readonly do: 'serve'; readonly kind: 'ws' }
  | { readonly do: 'serve'; readonly kind: 'airdate'; readonly app: pg.ClientConfig; readonly system: pg.ClientConfig }
  /** Bare `ws` alone: sends so many texts to every client. */
  | { readonly do: 'send'; readonly messages: number; readonly text: string }
  /** Ours alone: something happens so many times, one transaction each, with a pause between; answers with the commits' times. */
  | { readonly do: 'happen'; readonly times: number; readonly pauseMs: number }
  | { readonly do: 'memory' }

export interface Served {
  readonly url: string
  readonly token: string
  readonly topic: string
}

const NOW = (): number => performance.timeOrigin + performance.now()
const BACKLOG_BYTES = 1024 * 1024
/** Texts between two turns of the event loop. */
const BURST = 100

let server: WebSocketServer | null = null
let happen: (n: number) => Promise<void> = () => Promise.resolve()

async function obey(order: ServerOrder): Promise<unknown> {
  switch (order.do) {
    case 'serve':
      return order.kind === 'ws' ? serveBare() : serveOurs(order)
    case 'send':
      return send(order.messages, order.text)
    case 'happen': {
      const commits: number[] = []
      for (let n = 0; n < order.times; n += 1) {
        await happen(n)
        commits.push(NOW())
        await new Promise((resolve) => setTimeout(resolve, order.pauseMs))
      }
      return commits
    }
    case 'memory':
      globalThis.gc?.()
      globalThis.gc?.()
      return memory()
  }
}

export interface Memory {
  readonly residentBytes: number
  /** What is reachable, in V8's heap and beside it. */
  readonly usedBytes: number
}

function memory(): Memory {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { residentBytes: rss, usedBytes: heapUsed + external }
}

async function serveBare(): Promise<Served> {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await new Promise((resolve) => server?.once('listening', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, token: 'none', topic: '' }
}

async function serveOurs({ app, system }: Extract<ServerOrder, { kind: 'airdate' }>): Promise<Served> {
  const world = new World()
  const connection = (role: 'owner' | 'app' | 'system'): pg.ClientConfig => (role === 'app' ? app : system)
  const limits = { ...LIMITS, rooms: SOON.rooms ?? LIMITS.rooms, connectionsPerPerson: 100_000 }
  const node = await startNode({ connection }, world, { limits })
  const topic = world.thing()
  happen = (n) => move(node, [topic, n])
  return { url: `${node.url}/api/v1/realtime`, token: world.person().token, topic }
}

/** As one writes it: every client gets every text, and nobody is sent more than waits for them already. */
async function send(messages: number, text: string): Promise<void> {
  const clients = [...(server?.clients ?? [])]
  for (let sent = 0; sent < messages; sent += 1) {
    for (const client of clients) if (client.readyState === WebSocket.OPEN) client.send(text)
    if (sent % BURST !== BURST - 1) continue
    do await new Promise((resolve) => setImmediate(resolve))
    while (clients.some((client) => client.bufferedAmount > BACKLOG_BYTES))
  }
}

process.on('message', (order: ServerOrder) => {
  void obey(order).then((done) => process.send?.({ done }))
})
process.on('disconnect', () => process.exit(0))
