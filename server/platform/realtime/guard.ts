import type { UserActor } from '../context.ts'
import type { Logger } from '../observability/log.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import { Message } from './messages.ts'
import type { Rooms } from './rooms.ts'

/** What identity is asked: which credentials still hold, and who acts by them now. */
export type Holding = (credentialIds: readonly string[]) => Promise<ReadonlyMap<string, UserActor>>

/** Credentials asked in one statement. */
const BATCH = 1000
/** Persons whose topics are asked at the same time: requests need connections to the database too. */
const AT_ONCE = 4

/**
 * Asks again and again whether who listens still may: by credential, by topic, by room. What is lost is ended within one
 * round and the answer's time; a round that cannot be made is made up by the next.
 */
export class Guard implements AsyncDisposable {
  readonly #connections: ReadonlySet<Connection>
  readonly #hub: Hub
  readonly #rooms: Rooms
  readonly #holding: Holding
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | null = null

  constructor(options: {
    readonly connections: ReadonlySet<Connection>
    readonly hub: Hub
    readonly rooms: Rooms
    readonly holding: Holding
    readonly log: Logger
    readonly everyMs: number
  }) {
    this.#connections = options.connections
    this.#hub = options.hub
    this.#rooms = options.rooms
    this.#holding = options.holding
    this.#log = options.log
    this.#timer = setInterval(() => {
      this.#running ??= this.#round().finally(() => (this.#running = null))
    }, options.everyMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  async #round(): Promise<void> {
    try {
      const byCredential = Map.groupBy(this.#connections, ({ credentialId }) => credentialId)
      const ids = [...byCredential.keys()]
      for (let at = 0; at < ids.length; at += BATCH) {
        const batch = ids.slice(at, at + BATCH)
        const holding = await this.#holding(batch)
        const checks = batch.map((id) => () => this.#check(byCredential.get(id) ?? [], holding.get(id)))
        await inLanes(checks, AT_ONCE)
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'rights of open connections could not be asked; the next round asks again')
    }
  }

  async #check(connections: readonly Connection[], actor: UserActor | undefined): Promise<void> {
    if (actor === undefined) {
      for (const connection of connections) connection.end('revoked')
      return
    }
    const subscribed = new Set(connections.flatMap(({ subscriptions }) => [...subscriptions.keys()]))
    const joined = new Set(connections.flatMap((connection) => [...connection.joined]))
    for (const connection of connections) connection.actor = actor
    if (subscribed.size === 0) return
    const readable = await this.#hub.readable(actor, subscribed)
    const joinable = joined.size === 0 ? joined : await this.#hub.joinable(actor, joined)
    for (const connection of connections) {
      const unreadable = [...connection.subscriptions.keys()].filter(
        (topic) => subscribed.has(topic) && !readable.has(topic),
      )
      const closed = [...connection.joined].filter((topic) => joined.has(topic) && !joinable.has(topic))
      for (const topic of new Set([...closed, ...unreadable])) await this.#rooms.leave(connection, topic)
      for (const topic of unreadable) this.#hub.unsubscribe(connection, topic)
      if (unreadable.length > 0) connection.send(Message.control({ type: 'unsubscribed', topics: unreadable }))
      if (unreadable.length > 0 && connection.subscriptions.size === 0) connection.emptied()
    }
  }
}

async function inLanes(works: readonly (() => Promise<void>)[], lanes: number): Promise<void> {
  const left = works.values()
  const lane = async (): Promise<void> => {
    for (const work of left) await work()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
