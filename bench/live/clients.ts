import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'

/*
 * Many clients of a WebSocket in a process of their own, for bench/live.ts. They unpack frames and nothing else, so that
 * the server is what is measured, not the client. Ordered about by messages from the process that started it.
 */

export type Order =
  | {
      readonly do: 'connect'
      readonly url: string
      readonly token: string
      readonly count: number
      readonly say: string[]
    }
  /** Answers when every client has had so many more messages; with `times`, when each came. */
  | { readonly do: 'expect'; readonly messages: number; readonly times: boolean }
  | { readonly do: 'leave' }

export interface Done {
  /** When the last message came, in ms of the machine's clock. */
  readonly atMs: number
  /** For each message its arrival at each client, in ms of the machine's clock. */
  readonly times: number[][]
}

const AT_ONCE = 200
const NOW = (): number => performance.timeOrigin + performance.now()

let clients: Client[] = []

/** A connection that counts the frames it gets. */
class Client {
  readonly #socket: Socket
  readonly #onFrame: () => void
  #skip = 0
  #head = Buffer.alloc(0)
  frames = 0

  constructor(socket: Socket, onFrame: () => void) {
    this.#socket = socket
    this.#onFrame = onFrame
    socket.on('data', (piece: Buffer) => this.#read(piece))
    socket.on('error', () => undefined)
  }

  /** One text frame; short, with a mask of zeros. */
  say(text: string): void {
    const bytes = Buffer.from(text)
    const head = Buffer.from(
      bytes.length < 126 ? [0x81, 0x80 | bytes.length] : [0x81, 0xfe, bytes.length >> 8, bytes.length & 255],
    )
    this.#socket.write(Buffer.concat([head, Buffer.alloc(4), bytes]))
  }

  end(): void {
    this.#socket.destroy()
  }

  #read(piece: Buffer): void {
    let data = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece])
    while (data.length > 0) {
      const taken = Math.min(this.#skip, data.length)
      this.#skip -= taken
      data = data.subarray(taken)
      if (this.#skip > 0 || data.length < 2) break
      const short = (data[1] ?? 0) & 0x7f
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (data.length < headBytes) break
      this.#skip = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2))
      // Pings and the like are no messages.
      const isText = ((data[0] ?? 0) & 0x0f) === 1
      data = data.subarray(headBytes)
      if (isText) {
        this.frames += 1
        this.#onFrame()
      }
    }
    this.#head = data.length === 0 ? Buffer.alloc(0) : Buffer.from(data)
  }
}

async function open(url: URL, token: string, onFrame: (client: Client) => void): Promise<Client> {
  const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET ${url.pathname} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(answer.toString('latin1'))
  const client: Client = new Client(socket, () => onFrame(client))
  return client
}

let hear: (client: Client) => void = () => undefined

async function obey(order: Order): Promise<Done | null> {
  if (order.do === 'leave') {
    for (const client of clients) client.end()
    clients = []
    return null
  }
  if (order.do === 'expect') return expectMessages(order.messages, order.times)
  const url = new URL(order.url)
  while (clients.length < order.count) {
    const opening = Array.from({ length: Math.min(AT_ONCE, order.count - clients.length) }, async (_, index) => {
      const client = await open(url, order.token, (one) => hear(one))
      const say = order.say[(clients.length + index) % Math.max(1, order.say.length)]
      if (say !== undefined) {
        client.say(say)
        while (client.frames === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return client
    })
    clients.push(...(await Promise.all(opening)))
  }
  return null
}

function expectMessages(messages: number, times: boolean): Promise<Done> {
  let left = clients.length * messages
  const arrivals: number[][] = times ? Array.from({ length: messages }, () => []) : []
  const begun = new Map(clients.map((client) => [client, client.frames]))
  const { promise, resolve } = Promise.withResolvers<Done>()
  hear = (client) => {
    if (times) arrivals[client.frames - (begun.get(client) ?? 0) - 1]?.push(NOW())
    left -= 1
    if (left === 0) resolve({ atMs: NOW(), times: arrivals })
  }
  process.send?.({ ready: true })
  return promise
}

process.on('message', (order: Order) => {
  void obey(order).then((done) => process.send?.({ done }))
})
process.on('disconnect', () => process.exit(0))
