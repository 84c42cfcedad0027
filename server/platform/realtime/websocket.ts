import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Upgraded } from '../http/upgrade.ts'
import type { Ending, Wire } from './connection.ts'
import type { Message } from './messages.ts'

/** A client's message: a hundred topics fit. */
export const FRAME_MAX_BYTES = 16 * 1024
const LINGER_MS = 2 * SECOND_MS

/** RFC 6455 §7.4 and its registry; 4401 is ours, after the status of HTTP. */
const CODES: Readonly<Record<Ending, readonly [code: number, reason: string]>> = {
  restart: [1012, 'the server restarts: come again'],
  slow: [1013, 'too slow: resume from the last event'],
  flood: [1008, 'too many messages'],
  revoked: [4401, 'the credential no longer holds'],
  'nothing-left': [1000, ''],
}
const NO_BINARY = [1003, 'messages are text'] as const

/** What becomes of a WebSocket's input. */
export interface SocketListener {
  onText(text: string): void
  onClosed(): void
}

/** Answers handshakes. Frames are unpacked and checked by `ws`; what is told to many is packed once, by us. */
export class WebSockets {
  readonly #server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: FRAME_MAX_BYTES },
    // Not among its types yet: after so long a closing handshake is given up.
    ...{ closeTimeout: LINGER_MS },
  })

  /** Calls `opened` after the handshake, or never when the client does it wrongly: then it is answered with a 4xx. */
  accept(request: IncomingMessage, { socket, head }: Upgraded, opened: (wire: SocketWire) => void): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => opened(new SocketWire(webSocket, socket)))
  }
}

/** A WebSocket. */
export class SocketWire implements Wire {
  readonly endsWhenEmpty = false
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  #isHeard = true

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
  }

  listen(listener: SocketListener): void {
    const webSocket = this.#webSocket
    webSocket.on('message', (data: RawData, isBinary: boolean) => {
      this.#isHeard = true
      if (isBinary) webSocket.close(...NO_BINARY)
      else listener.onText(textOf(data))
    })
    webSocket.on('pong', () => void (this.#isHeard = true))
    webSocket.on('close', () => listener.onClosed())
    // What breaks the protocol (a frame too large, one that is none) is answered by `ws`, which then closes.
    webSocket.on('error', () => undefined)
  }

  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  send(message: Message): void {
    // Frames of `ws` itself (pings, closing) are written whole too, so that ours never stand inside one.
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(message.frame)
  }

  get isGathering(): boolean {
    return this.#socket.writableCorked > 0
  }

  gather(): void {
    const socket = this.#socket
    socket.cork()
    process.nextTick(() => socket.uncork())
  }

  /** Asks whether the other side lives. Who has said nothing since the last time is gone. */
  ping(): void {
    if (!this.#isHeard) return this.#webSocket.terminate()
    this.#isHeard = false
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping()
  }

  end(why: Ending): void {
    this.#webSocket.close(...CODES[why])
    // What floods us is read no more; the linger ends it.
    if (why === 'flood') this.#webSocket.pause()
  }
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString()
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data).toString()
}
