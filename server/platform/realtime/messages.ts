import { type Static, Type } from 'typebox'
import { acceptorOf } from '../acceptor.ts'
import type { PlacedEvent } from '../events/queries.ts'
import { dateTime, orNull, uuid } from '../fields.ts'
import { TOPIC_PATTERN } from './topic.ts'

/** Topics of one connection, and of one message. */
export const TOPICS_MAX = 100

const TopicName = Type.String({ pattern: `^${TOPIC_PATTERN}$` })
const TopicNames = Type.Array(TopicName, { minItems: 1, maxItems: TOPICS_MAX })
const closed = { additionalProperties: false }

/** What a client says over a WebSocket, one JSON text a message. */
export const ClientMessage = Type.Union([
  Type.Object(
    {
      type: Type.Literal('subscribe'),
      topics: TopicNames,
      after: Type.Optional(uuid('Go on behind this event: the `id` of the last one received.')),
    },
    closed,
  ),
  Type.Object({ type: Type.Literal('unsubscribe'), topics: TopicNames }, closed),
  Type.Object({ type: Type.Literal('join'), topic: TopicName }, closed),
  Type.Object({ type: Type.Literal('leave'), topic: TopicName }, closed),
  Type.Object({ type: Type.Literal('typing'), topic: TopicName }, closed),
])
export type ClientMessage = Static<typeof ClientMessage>

const isMessage = acceptorOf(ClientMessage)

/** The message in a text of the client; null when it is none. */
export function readMessage(text: string): ClientMessage | null {
  try {
    const value: unknown = JSON.parse(text)
    return isMessage(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const topics = Type.Array(Type.String())
const told = {
  type: Type.String(),
  at: dateTime(),
  workspaceId: orNull(uuid()),
  subject: Type.String(),
  data: Type.Unknown(),
}

/** What the server says. Over a stream of server-sent events, events are the unnamed messages, the others are named by `type`. */
export const ServerMessage = Type.Union([
  Type.Object({ type: Type.Literal('event'), event: Type.Object({ id: uuid(), ...told }) }),
  Type.Object({ type: Type.Literal('state'), state: Type.Object(told) }),
  Type.Object({
    type: Type.Literal('presence'),
    topic: Type.String(),
    members: Type.Array(Type.Object({ userId: uuid(), connections: Type.Integer(), typing: Type.Boolean() })),
  }),
  Type.Object({
    type: Type.Literal('subscribed'),
    topics,
    after: Type.String({
      format: 'uuid',
      description: 'Where the subscription begins: to resume before any event came.',
    }),
  }),
  Type.Object({ type: Type.Literal('not-found'), topics }),
  Type.Object({ type: Type.Literal('unsubscribed'), topics }),
  Type.Object({
    type: Type.Literal('reload', { description: 'What happened meanwhile cannot be told: read the topics anew.' }),
    topics,
  }),
  Type.Object({ type: Type.Literal('error'), detail: Type.String() }),
])
export type ServerMessage = Static<typeof ServerMessage>

const NEVER_FRAMED: Buffer = Buffer.alloc(0)

/** Something told to many: made into bytes once for each kind of connection, however many there are. */
export class Message {
  readonly #type: string
  readonly #json: string
  readonly #id: string | null
  #frame = NEVER_FRAMED
  #stream = NEVER_FRAMED

  /** `json` is the object inside for an event and a state, and the whole message otherwise. */
  private constructor(type: string, json: string, id: string | null) {
    this.#type = type
    this.#json = json
    this.#id = id
  }

  static event(event: PlacedEvent): Message {
    const { id, type, at, workspaceId, subject, data } = event
    return new Message('event', JSON.stringify({ id, type, at, workspaceId, subject, data }), id)
  }

  static state(state: Extract<ServerMessage, { type: 'state' }>['state']): Message {
    return new Message('state', JSON.stringify(state), null)
  }

  /** `id` is what a stream resumes from when it ends right behind this message. */
  static control(message: Exclude<ServerMessage, { type: 'event' | 'state' }>, id: string | null = null): Message {
    return new Message(message.type, JSON.stringify(message), id)
  }

  /** One unmasked text frame of a WebSocket (RFC 6455 §5.2). */
  get frame(): Buffer {
    if (this.#frame === NEVER_FRAMED) {
      const isInside = this.#type === 'event' || this.#type === 'state'
      this.#frame = textFrame(isInside ? `{"type":"${this.#type}","${this.#type}":${this.#json}}` : this.#json)
    }
    return this.#frame
  }

  /** One message of a stream of server-sent events; JSON has no line breaks. */
  get stream(): Buffer {
    if (this.#stream === NEVER_FRAMED) {
      const id = this.#id === null ? '' : `id: ${this.#id}\n`
      const name = this.#type === 'event' ? '' : `event: ${this.#type}\n`
      this.#stream = Buffer.from(`${id}${name}data: ${this.#json}\n\n`)
    }
    return this.#stream
  }
}

function textFrame(text: string): Buffer {
  const sizeBytes = Buffer.byteLength(text)
  const headBytes = sizeBytes < 126 ? 2 : sizeBytes < 65_536 ? 4 : 10
  // Not from the shared pool: one frame that waits for a slow reader must not hold its neighbours' memory.
  const frame = Buffer.allocUnsafeSlow(headBytes + sizeBytes)
  frame[0] = 0x81
  if (headBytes === 2) frame[1] = sizeBytes
  else if (headBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(sizeBytes, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(sizeBytes), 2)
  }
  frame.write(text, headBytes)
  return frame
}
