import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Counter } from 'prom-client'
import { SECOND_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Actor, Ctx, UserActor } from '../context.ts'
import { Listening, type ListeningOptions } from '../database/listening.ts'
import { Unauthenticated, Unavailable } from '../http/problems.ts'
import { takeOver } from '../http/upgrade.ts'
import type { Logger } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { type Caller, Connection, type Wire, callerOf } from './connection.ts'
import { Conversation } from './conversation.ts'
import { Guard, type Holding } from './guard.ts'
import { Hub } from './hub.ts'
import { CHANNEL, type Notices } from './notices.ts'
import { mayOpen } from './origins.ts'
import { ROOM_TIMES, type RoomTimes, Rooms } from './rooms.ts'
import { StreamWire } from './stream.ts'
import { useTicket } from './tickets.ts'
import type { Topic } from './topic.ts'
import { type SocketWire, WebSockets } from './websocket.ts'

export const TopicNotFound = problem('realtime/topic-not-found', 404, 'There is no such topic')
export const OriginRefused = problem('realtime/origin-refused', 403, 'Pages of this origin may not connect here')
export const TooManyConnections = problem('realtime/too-many-connections', 429, 'You have too many live connections')

/** The session that listens, beside the pools. */
export const LIVE_CONNECTIONS = 1

/** What one may take of the server, and how long it waits. */
export interface Limits {
  /** Live connections of one person to one process. */
  readonly connectionsPerPerson: number
  /** Bytes that may wait for one client. */
  readonly waitingMaxBytes: number
  readonly pingMs: number
  /** Between two looks at the rights of who listens. */
  readonly guardMs: number
  readonly rooms: RoomTimes
}

export const LIMITS: Limits = {
  connectionsPerPerson: 100,
  waitingMaxBytes: 1024 * 1024,
  pingMs: 20 * SECOND_MS,
  guardMs: SECOND_MS,
  rooms: ROOM_TIMES,
}

/** Closing handshakes are awaited for so long. */
const CLOSING_MS = 2.5 * SECOND_MS

export interface RealtimeOptions {
  readonly topics: readonly Topic[]
  readonly database: Ctx['database']
  /** As role `airdate_system`; opens LIVE_CONNECTIONS. */
  readonly connection: ListeningOptions['connection']
  readonly notices: Notices
  readonly makeCtx: (actor: Actor, requestId: string) => Ctx
  readonly holding: Holding
  /** Origins whose pages may connect; asked at each opening. */
  readonly origins: () => readonly string[]
  readonly metrics: Metrics
  readonly log: Logger
  readonly limits?: Partial<Limits>
}

/** The live connections of one process. Disposing it ends them; `endConnections` does so before the server closes. */
export class Realtime implements AsyncDisposable {
  readonly #options: RealtimeOptions
  readonly #limits: Limits
  readonly #parts = new AsyncDisposableStack()
  readonly #hub: Hub
  readonly #rooms: Rooms
  readonly #webSockets = new WebSockets()
  readonly #open = new Map<Connection, SocketWire | StreamWire>()
  readonly #connections = new Set<Connection>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #persons = new Map<string, number>()
  readonly #dropped: Counter
  #isEnding = false

  private constructor(options: RealtimeOptions) {
    const { log, database, notices, metrics } = options
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    const sent = counterOf(metrics, 'airdate_live_sent_total', 'Messages handed to live connections.')
    this.#hub = this.#parts.use(
      new Hub({ ...options, onSent: (count) => sent.inc(count), ctxOf: (actor) => this.#ctxOf(actor) }),
    )
    this.#rooms = this.#parts.use(
      new Rooms({ database, log, say: (words) => notices.say(words), times: this.#limits.rooms }),
    )
    this.#dropped = counterOf(metrics, 'airdate_live_dropped_total', 'Connections ended because they did not read.')
    metrics.gauge('airdate_live_connections', 'Open live connections.', () => this.#open.size)
  }

  /** Starts to listen to the other processes. Connections can be opened from then on. */
  static async start(options: RealtimeOptions): Promise<Realtime> {
    const realtime = new Realtime(options)
    await realtime.#start()
    return realtime
  }

  async #start(): Promise<void> {
    const { log, connection, holding } = this.#options
    const listening = new Listening({
      ...{ connection, log, channel: CHANNEL, applicationName: 'airdate-live-listen' },
      onNotice: (payload) => this.#hear(payload),
      onConnected: () => {
        this.#hub.feed.wake()
        this.#hub.touchAll()
        this.#rooms.changedAll()
      },
    })
    this.#parts.defer(() => listening.close())
    await this.#hub.feed.start()
    await listening.start()
    const { guardMs: everyMs, pingMs } = this.#limits
    this.#parts.use(
      new Guard({ connections: this.#connections, hub: this.#hub, rooms: this.#rooms, holding, log, everyMs }),
    )
    const pinging = setInterval(() => {
      for (const wire of this.#open.values()) wire.ping()
    }, pingMs)
    this.#parts.defer(() => clearInterval(pinging))
  }

  /** Who brings this ticket; it is used up. */
  async actorOfTicket(ticket: string): Promise<UserActor> {
    const credentialId = await useTicket(this.#options.database, ticket)
    const actor = (await this.#options.holding([credentialId])).get(credentialId)
    if (actor === undefined) throw Unauthenticated({ detail: 'The token behind the ticket was revoked.' })
    return actor
  }

  /**
   * Answers with a stream of these topics, behind the event `after` when there is one.
   * @throws OriginRefused, TooManyConnections, Unavailable when it stops
   * @throws TopicNotFound that names those of the topics that are not there for the caller
   */
  async openStream(
    ctx: Ctx,
    { topics, after }: { readonly topics: readonly string[]; readonly after: string | null },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    // A page elsewhere may call with a header, as it may call everything else; a ticket is for our own pages.
    const caller = this.#admit(ctx, request.headers.authorization === undefined ? request.headers.origin : undefined)
    const readable = await this.#hub.readable(caller.actor, topics)
    const missing = topics.filter((topic) => !readable.has(topic))
    if (missing.length > 0) throw TopicNotFound({ detail: `Not here for you: ${missing.join(', ')}.`, topics: missing })
    if (request.method === 'HEAD') {
      await reply.type('text/event-stream').send()
      return
    }
    const wire = new StreamWire(reply)
    const connection = this.#keep(caller, wire)
    const conversation = new Conversation(connection, { hub: this.#hub, rooms: this.#rooms, log: ctx.log })
    wire.onClosed(() => this.#lost(connection, conversation))
    try {
      await this.#hub.subscribe(connection, topics, after)
    } catch (error) {
      ctx.log.warn({ err: error }, 'a stream could not begin')
      connection.end('restart')
    }
  }

  /**
   * Makes the request's connection a WebSocket.
   * @throws OriginRefused, TooManyConnections, UpgradeNeeded, Unavailable when it stops
   */
  openSocket(ctx: Ctx, request: FastifyRequest, reply: FastifyReply): void {
    const caller = this.#admit(ctx, request.headers.origin)
    const upgraded = takeOver(request, reply)
    const raw: IncomingMessage = request.raw
    this.#webSockets.accept(raw, upgraded, (wire) => {
      const connection = this.#keep(caller, wire)
      const { log } = this.#options
      const conversation = new Conversation(connection, { hub: this.#hub, rooms: this.#rooms, log })
      wire.listen({
        onText: (text) => conversation.hear(text),
        onClosed: () => this.#lost(connection, conversation),
      })
      if (this.#isEnding) connection.end('restart')
    })
  }

  /** Ends every connection, saying that the server restarts, and takes no new ones. Resolves when all are gone. */
  async endConnections(): Promise<void> {
    this.#isEnding = true
    for (const connection of this.#connections) connection.end('restart')
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, CLOSING_MS)
    while (this.#open.size > 0) {
      const gone = Promise.withResolvers<void>()
      this.#onGone = gone.resolve
      if ((await Promise.race([gone.promise, late.promise.then(() => 'late' as const)])) === 'late') break
    }
    clearTimeout(timer)
    late.resolve()
    await Promise.all(this.#leaving)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endConnections()
    await this.#parts.disposeAsync()
  }

  #onGone: () => void = () => undefined

  #admit(ctx: Ctx, origin: string | undefined): Caller {
    if (this.#isEnding) throw Unavailable({ detail: 'The server is stopping.', headers: { 'Retry-After': '2' } })
    const caller = callerOf(ctx.actor)
    if (caller === null) throw Unauthenticated()
    if (!mayOpen(origin, this.#options.origins())) throw OriginRefused()
    const { connectionsPerPerson } = this.#limits
    if ((this.#persons.get(caller.actor.userId) ?? 0) >= connectionsPerPerson) {
      throw TooManyConnections({
        detail: `At most ${connectionsPerPerson} at a time.`,
        headers: { 'Retry-After': '10' },
      })
    }
    return caller
  }

  #keep(caller: Caller, wire: SocketWire | StreamWire): Connection {
    const connection = new Connection(caller, wire satisfies Wire, {
      waitingMaxBytes: this.#limits.waitingMaxBytes,
      onSlow: () => this.#dropped.inc(),
    })
    const { userId } = caller.actor
    this.#open.set(connection, wire)
    this.#connections.add(connection)
    this.#persons.set(userId, (this.#persons.get(userId) ?? 0) + 1)
    return connection
  }

  #lost(connection: Connection, conversation: Conversation): void {
    if (!this.#open.delete(connection)) return
    this.#connections.delete(connection)
    connection.lost()
    const { userId } = connection.actor
    const left = (this.#persons.get(userId) ?? 1) - 1
    if (left === 0) this.#persons.delete(userId)
    else this.#persons.set(userId, left)
    const leaving = conversation.end().finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
    this.#onGone()
  }

  #hear(payload: string): void {
    const [verb, what = ''] = payload.split(' ')
    if (verb === 'events') this.#hub.feed.wake(Number(what))
    else if (verb === 'touch') this.#hub.touched(what)
    else if (verb === 'room') this.#rooms.changed(what)
  }

  #ctxOf(actor: UserActor | null): Ctx {
    return this.#options.makeCtx(actor ?? { kind: 'system', name: 'realtime', workspaceId: null }, newId())
  }
}

function counterOf({ registry }: Metrics, name: string, help: string): Counter {
  return new Counter({ name, help, registers: [registry] })
}
