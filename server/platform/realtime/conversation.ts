import { monotonicMs } from '#kernel/clock.ts'
import type { Logger } from '../observability/log.ts'
import type { Connection } from './connection.ts'
import { type Hub, roomFor } from './hub.ts'
import { type ClientMessage, Message, TOPICS_MAX, readMessage } from './messages.ts'
import { Allowance } from './pace.ts'
import type { Rooms } from './rooms.ts'

/** Messages of one client. */
const ALLOWED = { burst: 60, perSecond: 20 } as const

/** What one client says over its WebSocket, in the order in which it says it. */
export class Conversation {
  readonly #connection: Connection
  readonly #hub: Hub
  readonly #rooms: Rooms
  readonly #log: Logger
  readonly #allowance = new Allowance(ALLOWED, monotonicMs())
  #work: Promise<void> = Promise.resolve()

  constructor(connection: Connection, parts: { readonly hub: Hub; readonly rooms: Rooms; readonly log: Logger }) {
    this.#connection = connection
    this.#hub = parts.hub
    this.#rooms = parts.rooms
    this.#log = parts.log
  }

  /** Takes a message. Who says too much is ended, and not read any more. */
  hear(text: string): void {
    if (this.#connection.isEnded) return
    if (!this.#allowance.take(monotonicMs())) return this.#connection.end('flood')
    const message = readMessage(text)
    if (message === null) return this.#refuse('this is no message of the protocol')
    this.#work = this.#work.then(() => this.#answer(message))
    return undefined
  }

  /** The connection is gone: leaves what it was in. Resolves when all is left. */
  async end(): Promise<void> {
    await this.#work
    for (const topic of [...this.#connection.subscriptions.keys()]) this.#hub.unsubscribe(this.#connection, topic)
    await this.#rooms.leaveAll(this.#connection)
  }

  async #answer(message: ClientMessage): Promise<void> {
    if (this.#connection.isEnded) return
    try {
      await this.#do(message)
    } catch (error) {
      this.#log.warn({ err: error, said: message.type }, 'a message of a live connection could not be answered')
      this.#refuse(`${message.type} could not be done at the moment: try again`)
    }
  }

  async #do(message: ClientMessage): Promise<void> {
    const connection = this.#connection
    switch (message.type) {
      case 'subscribe':
        return this.#subscribe(message.topics, message.after ?? null)
      case 'unsubscribe':
        for (const topic of message.topics) {
          await this.#rooms.leave(connection, topic)
          this.#hub.unsubscribe(connection, topic)
        }
        connection.send(Message.control({ type: 'unsubscribed', topics: message.topics }))
        return undefined
      case 'join':
        return this.#join(message.topic)
      case 'leave':
        return this.#rooms.leave(connection, message.topic)
      case 'typing':
        return this.#rooms.typing(connection, message.topic)
    }
  }

  async #subscribe(topics: readonly string[], after: string | null): Promise<void> {
    const connection = this.#connection
    if (!roomFor(connection, topics)) return this.#refuse(`a connection hears at most ${TOPICS_MAX} topics`)
    const readable = await this.#hub.readable(connection.actor, topics)
    const missing = topics.filter((topic) => !readable.has(topic))
    if (missing.length > 0) connection.send(Message.control({ type: 'not-found', topics: missing }))
    if (readable.size > 0) await this.#hub.subscribe(connection, [...readable], after)
    return undefined
  }

  async #join(topic: string): Promise<void> {
    const connection = this.#connection
    if (!connection.subscriptions.has(topic)) return this.#refuse('join what you have subscribed to')
    const joinable = await this.#hub.joinable(connection.actor, [topic])
    if (joinable.has(topic)) return this.#rooms.join(connection, topic)
    connection.send(Message.control({ type: 'not-found', topics: [topic] }))
    return undefined
  }

  #refuse(detail: string): void {
    this.#connection.send(Message.control({ type: 'error', detail }))
  }
}
