import { SECOND_MS } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import type { Logger } from '../observability/log.ts'
import type { Connection } from './connection.ts'
import { Message } from './messages.ts'
import { Paced } from './paced.ts'
import {
  type RealtimeTables,
  keepMembers,
  markTyping,
  membersOf,
  removeExpired,
  removeMember,
  removeNode,
} from './queries.ts'

/** Rows written at once. */
const BATCH = 1000
const TOLD_EVERY_MS = 250
/** People that are told of a room. */
const MEMBERS_MAX = 200

/** How long words hold that nobody renews, ms. */
export interface RoomTimes {
  /** A member whose node is gone. */
  readonly memberMs: number
  /** Typing, from the last key. */
  readonly typingMs: number
}

export const ROOM_TIMES: RoomTimes = { memberMs: 15 * SECOND_MS, typingMs: 5 * SECOND_MS }

const db = handle<RealtimeTables>()

/** Who is in which room, over all nodes, and who is typing there. Members alone are told. */
export class Rooms implements AsyncDisposable {
  readonly #system: { readonly database: Database; readonly scope: typeof systemScope }
  readonly #log: Logger
  readonly #say: (words: string[]) => void
  readonly #times: RoomTimes
  readonly #nodeId = newId<'Node'>()
  readonly #joined = new Map<string, Set<Connection>>()
  readonly #told: Paced
  readonly #typingTimers = new Map<string, NodeJS.Timeout>()
  readonly #beat: NodeJS.Timeout
  #beating: Promise<void> | null = null

  constructor(options: {
    readonly database: Database
    readonly log: Logger
    readonly say: (words: string[]) => void
    readonly times: RoomTimes
  }) {
    this.#system = { database: options.database, scope: systemScope }
    this.#log = options.log
    this.#say = options.say
    this.#times = options.times
    this.#told = new Paced(TOLD_EVERY_MS, (topic) => this.#tell(topic))
    this.#beat = setInterval(() => {
      this.#beating ??= this.#renew().finally(() => (this.#beating = null))
    }, options.times.memberMs / 3)
  }

  /** Leaves all rooms in the name of this node, so that nobody waits for its members to expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat)
    for (const timer of this.#typingTimers.values()) clearTimeout(timer)
    await this.#beating
    await this.#told[Symbol.asyncDispose]()
    try {
      const rows = await db.writeOne(this.#system, (statement) => removeNode(statement, this.#nodeId))
      this.#changed(rows.map(({ topic }) => topic))
    } catch (error) {
      this.#log.warn({ err: error }, 'rooms were not left; their members expire')
    }
  }

  async join(connection: Connection, topic: string): Promise<void> {
    const connections = this.#joined.get(topic) ?? new Set()
    this.#joined.set(topic, connections.add(connection))
    connection.joined.add(topic)
    const member = { topic, connectionId: connection.id, userId: connection.actor.userId }
    await db.writeOne(this.#system, (statement) => keepMembers(statement, this.#nodeId, [member], this.#times.memberMs))
    this.#changed([topic])
  }

  async leave(connection: Connection, topic: string): Promise<void> {
    if (!connection.joined.delete(topic)) return
    const connections = this.#joined.get(topic)
    connections?.delete(connection)
    if (connections?.size === 0) this.#joined.delete(topic)
    await db.writeOne(this.#system, (statement) => removeMember(statement, topic, connection.id))
    this.#changed([topic])
  }

  /** Leaves what the connection had joined. Does not reject: rows that stay expire. */
  async leaveAll(connection: Connection): Promise<void> {
    for (const topic of connection.joined) {
      await this.leave(connection, topic).catch((error: unknown) =>
        this.#log.warn({ err: error, topic }, 'a room was not left; its member expires'),
      )
    }
  }

  async typing(connection: Connection, topic: string): Promise<void> {
    if (!connection.joined.has(topic)) return
    await db.writeOne(this.#system, (statement) => markTyping(statement, topic, connection.id, this.#times.typingMs))
    this.#changed([topic])
  }

  /** The room has changed, here or elsewhere. */
  changed(topic: string): void {
    if (this.#joined.has(topic)) this.#told.ask(topic)
  }

  changedAll(): void {
    for (const topic of this.#joined.keys()) this.#told.ask(topic)
  }

  #changed(topics: readonly string[]): void {
    if (topics.length > 0) this.#say(topics.map((topic) => `room ${topic}`))
  }

  async #tell(topic: string): Promise<void> {
    const connections = this.#joined.get(topic)
    if (connections === undefined) return
    try {
      const rows = await db.one(this.#system, (reader) => membersOf(reader, topic, MEMBERS_MAX))
      const members = rows.map(({ userId, connections: count, typingMs }) => {
        return { userId, connections: count, typing: typingMs > 0 }
      })
      const message = Message.control({ type: 'presence', topic, members })
      for (const connection of connections) connection.send(message)
      this.#askWhenTypingEnds(topic, Math.min(...rows.flatMap(({ typingMs }) => (typingMs > 0 ? [typingMs] : []))))
    } catch (error) {
      this.#log.warn({ err: error, topic }, 'who is in a room could not be told')
    }
  }

  #askWhenTypingEnds(topic: string, afterMs: number): void {
    clearTimeout(this.#typingTimers.get(topic))
    this.#typingTimers.delete(topic)
    if (!Number.isFinite(afterMs)) return
    const timer = setTimeout(() => this.changed(topic), afterMs + 1)
    this.#typingTimers.set(topic, timer)
  }

  async #renew(): Promise<void> {
    try {
      const members = [...this.#joined].flatMap(([topic, connections]) =>
        [...connections].map(({ id, actor }) => ({ topic, connectionId: id, userId: actor.userId })),
      )
      for (let at = 0; at < members.length; at += BATCH) {
        const batch = members.slice(at, at + BATCH)
        await db.writeOne(this.#system, (statement) =>
          keepMembers(statement, this.#nodeId, batch, this.#times.memberMs),
        )
      }
      const gone = await db.writeOne(this.#system, (statement) => removeExpired(statement))
      this.#changed([...new Set(gone.map(({ topic }) => topic))])
    } catch (error) {
      this.#log.warn({ err: error }, 'members of rooms were not renewed')
    }
  }
}
