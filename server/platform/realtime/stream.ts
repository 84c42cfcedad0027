import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Ending, Wire } from './connection.ts'
import type { Message } from './messages.ts'

const LINGER_MS = 2 * SECOND_MS
/** After how long a client comes again, spread so that not all come at once. */
const RETRY_MS = SECOND_MS
const RETRY_SPREAD_MS = 2 * SECOND_MS

/** A stream of server-sent events. */
export class StreamWire implements Wire {
  readonly endsWhenEmpty = true
  readonly #response: ServerResponse

  /** Takes the answer over and sends its head, with whatever headers it has by now. */
  constructor(reply: FastifyReply) {
    reply.hijack()
    this.#response = reply.raw
    this.#response.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // Proxies that gather answers before they pass them on are asked not to.
      'X-Accel-Buffering': 'no',
    })
    this.#response.flushHeaders()
    // A connection that is cut is told by its close.
    this.#response.on('error', () => undefined)
  }

  onClosed(listener: () => void): void {
    this.#response.once('close', listener)
  }

  get waitingBytes(): number {
    return this.#response.writableLength
  }

  send(message: Message): void {
    if (!this.#response.writableEnded) this.#response.write(message.stream)
  }

  get isGathering(): boolean {
    return this.#response.writableCorked > 0
  }

  gather(): void {
    const response = this.#response
    response.cork()
    process.nextTick(() => response.uncork())
  }

  /** A comment: it keeps proxies from ending what is quiet, and finds out who is gone. */
  ping(): void {
    if (!this.#response.writableEnded) this.#response.write(':\n\n')
  }

  end(why: Ending): void {
    const response = this.#response
    const lingering = setTimeout(() => response.destroy(), LINGER_MS)
    response.once('close', () => clearTimeout(lingering))
    const retryMs = RETRY_MS + Math.floor(spread() * RETRY_SPREAD_MS)
    response.end(`retry: ${retryMs}\nevent: ended\ndata: {"type":"ended","reason":"${why}"}\n\n`)
  }
}

let turn = 0

/** From 0 to 1, evenly over whatever number of calls: the golden ratio's fractions (no chance is needed for that). */
function spread(): number {
  turn = (turn + 0.618_033_988_749_895) % 1
  return turn
}
