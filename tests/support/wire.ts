import { Agent, type IncomingMessage, request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Reply } from './app.ts'

/** A call as it goes out. */
export interface SentCall {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | null
}

/** What came back, and how long it took to come. */
export interface Answer extends Reply {
  readonly elapsedMs: number
}

function decoded(bytes: Buffer, encoding: string | null): Buffer {
  if (bytes.length === 0) return bytes
  if (encoding === 'br') return brotliDecompressSync(bytes)
  return encoding === 'gzip' ? gunzipSync(bytes) : bytes
}

/** Connections that are kept and used again, as many at once as `most`. */
export class Wire implements Disposable {
  readonly #agent: Agent
  readonly #origin: string
  readonly #patienceMs: number

  constructor(origin: string, options: { readonly most: number; readonly patienceMs: number }) {
    this.#origin = origin
    this.#patienceMs = options.patienceMs
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.most })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  /**
   * Makes a call as it is written: nothing in its target is made tidy. A stream of events and a connection that changes its
   * protocol are left once they have begun.
   * @throws Error when nothing comes, or something other than HTTP
   */
  send({ method, target, headers, body }: SentCall): Promise<Answer> {
    const began = performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const { hostname, port } = new URL(this.#origin)
    const bytes = body === null ? null : Buffer.from(body)
    const outgoing = request({
      ...{ method, hostname, port, path: target, agent: this.#agent, signal: AbortSignal.timeout(this.#patienceMs) },
      headers: { ...headers, ...(bytes === null ? {} : { 'Content-Length': String(bytes.length) }) },
    })
    const answered = (incoming: IncomingMessage, parts: readonly Buffer[]): void => {
      const told = new Headers()
      for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
        for (const value of values) told.append(name, value)
      }
      const whole = decoded(Buffer.concat(parts), told.get('content-encoding'))
      resolve({
        ...{ status: incoming.statusCode ?? 0, headers: told, bytes: whole, elapsedMs: performance.now() - began },
        json: () => JSON.parse(whole.toString('utf8')),
      })
    }
    outgoing.on('error', (error) => reject(new Error(`no answer: ${error.message}`, { cause: error })))
    outgoing.on('upgrade', (incoming, socket) => {
      answered(incoming, [])
      socket.destroy()
    })
    outgoing.on('response', (incoming) => {
      const parts: Buffer[] = []
      if (incoming.headers['content-type']?.startsWith('text/event-stream') === true) {
        answered(incoming, parts)
        outgoing.destroy()
        return
      }
      incoming.on('error', (error) => reject(new Error(`half an answer: ${error.message}`, { cause: error })))
      incoming.on('data', (part: Buffer) => void parts.push(part))
      incoming.on('end', () => answered(incoming, parts))
    })
    outgoing.end(bytes ?? undefined)
    return promise
  }
}
