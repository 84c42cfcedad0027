import type { Ctx, UserActor } from '../context.ts'
import type { PlacedEvent } from '../events/queries.ts'
import type { Logger } from '../observability/log.ts'
import type { Connection, Subscription } from './connection.ts'
import { Feed } from './feed.ts'
import { Message, TOPICS_MAX } from './messages.ts'
import { Paced } from './paced.ts'
import { type Topic, partsOf } from './topic.ts'

const STATE_EVERY_MS = 250
/** Events that wait for one subscription to catch up; a thing to which more happens meanwhile is read anew. */
const CATCHING_UP_MAX = 1000

/** A topic that somebody here listens to. */
interface Audience {
  readonly topic: Topic
  readonly id: string
  readonly subscriptions: Set<Subscription>
}

export interface HubOptions {
  readonly topics: readonly Topic[]
  readonly database: Ctx['database']
  readonly log: Logger
  /** The context of somebody who listens, or of the system. */
  readonly ctxOf: (actor: UserActor | null) => Ctx
  readonly onSent: (count: number) => void
}

/** Brings what happens to who listens in this process. */
export class Hub implements AsyncDisposable {
  readonly feed: Feed
  readonly #topics: ReadonlyMap<string, Topic>
  readonly #audiences = new Map<string, Audience>()
  readonly #options: HubOptions
  readonly #states: Paced

  constructor(options: HubOptions) {
    this.#options = options
    this.#topics = new Map(options.topics.map((topic) => [topic.kind, topic]))
    this.feed = new Feed({ ...options, tell: (events) => this.#tell(events) })
    this.#states = new Paced(STATE_EVERY_MS, (name) => this.#tellState(name))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#states[Symbol.asyncDispose]()
    await this.feed[Symbol.asyncDispose]()
  }

  /** Which of these topics there are for this person. */
  readable(actor: UserActor, names: Iterable<string>): Promise<Set<string>> {
    return this.#allowed(actor, names, (topic) => topic.mayRead)
  }

  /** Which of these topics are rooms that this person may be seen in. */
  joinable(actor: UserActor, names: Iterable<string>): Promise<Set<string>> {
    return this.#allowed(actor, names, (topic) => topic.mayJoin)
  }

  /**
   * Lets a connection hear topics that it may read, from now on or behind the event that it had last. The order of what
   * it gets is the order of telling, over all these topics together.
   */
  async subscribe(connection: Connection, names: readonly string[], afterEvent: string | null): Promise<void> {
    const wanted = [...new Set(names)].filter((name) => !connection.subscriptions.has(name))
    const place = afterEvent === null ? null : await this.feed.placeOf(afterEvent)
    if (connection.isEnded) return
    // From here to the reading nothing is awaited: what is up to `head` is read, what is behind it is told by #tell.
    const { head } = this.feed
    const waiting: Message[] = []
    const begun = wanted.map((topic) => this.#listen({ connection, topic, after: place ?? 0, catchingUp: waiting }))
    const missed = place === null || wanted.length === 0 ? [] : await this.#missed(begun, place, head.position)
    const isKnown = afterEvent === null || (place !== null && missed !== null)
    const after = afterEvent !== null && isKnown ? null : head.id
    connection.send(
      Message.control({ type: 'subscribed', topics: wanted, after: after ?? afterEvent ?? head.id }, after),
    )
    if (!isKnown || waiting.length > CATCHING_UP_MAX)
      connection.send(Message.control({ type: 'reload', topics: wanted }))
    connection.gather()
    const messages = [
      ...(missed ?? []).filter((event) => this.#isTold(event)).map((event) => Message.event(event)),
      ...waiting,
    ]
    this.#options.onSent(messages.filter((message) => connection.send(message)).length)
    for (const subscription of begun) {
      subscription.catchingUp = null
      this.touched(subscription.topic)
    }
  }

  async #missed(begun: readonly Subscription[], after: number, until: number): Promise<readonly PlacedEvent[] | null> {
    const names = begun.map(({ topic }) => topic)
    try {
      return await this.feed.between(names, after, until)
    } catch (error) {
      for (const { connection, topic } of begun) this.unsubscribe(connection, topic)
      throw error
    }
  }

  unsubscribe(connection: Connection, name: string): void {
    const subscription = connection.subscriptions.get(name)
    const audience = this.#audiences.get(name)
    if (subscription === undefined || audience === undefined) return
    connection.subscriptions.delete(name)
    audience.subscriptions.delete(subscription)
    if (audience.subscriptions.size === 0) this.#audiences.delete(name)
  }

  /** Something about how a topic stands has changed. */
  touched(name: string): void {
    if (this.#audiences.get(name)?.topic.state) this.#states.ask(name)
  }

  /** Whatever may have changed unheard is told anew. */
  touchAll(): void {
    for (const name of this.#audiences.keys()) this.touched(name)
  }

  async #allowed(
    actor: UserActor,
    names: Iterable<string>,
    ruleOf: (topic: Topic) => Topic['mayRead'] | null,
  ): Promise<Set<string>> {
    const ctx = this.#options.ctxOf(actor)
    const kinds = Map.groupBy([...names].map(partsOf), ({ kind }) => kind)
    const found = await Promise.all(
      [...kinds].map(async ([kind, parts]) => {
        const topic = this.#topics.get(kind)
        const may = topic === undefined ? null : ruleOf(topic)
        if (topic === undefined || may === null || !mayAtAll(actor, topic.permission)) return []
        const ids = await may(
          ctx,
          parts.map(({ id }) => id),
        )
        return parts.filter(({ id }) => ids.has(id)).map(({ id }) => `${kind}:${id}`)
      }),
    )
    return new Set(found.flat())
  }

  #listen(subscription: Subscription): Subscription {
    const { topic: name, connection } = subscription
    const { kind, id } = partsOf(name)
    const topic = this.#topics.get(kind)
    if (topic === undefined) throw new Error(`there is no kind of topic ${kind}`)
    const audience = this.#audiences.get(name) ?? { topic, id, subscriptions: new Set() }
    this.#audiences.set(name, audience)
    audience.subscriptions.add(subscription)
    connection.subscriptions.set(name, subscription)
    return subscription
  }

  #isTold(event: PlacedEvent): boolean {
    const topic = this.#topics.get(partsOf(event.subject).kind)
    return topic?.events.some(({ type, version }) => type === event.type && version === event.version) === true
  }

  #tell(events: readonly PlacedEvent[]): void {
    const many = events.length > 1
    let sent = 0
    for (const event of events) {
      const audience = this.#audiences.get(event.subject)
      if (audience === undefined || !this.#isTold(event)) continue
      const message = Message.event(event)
      for (const { connection, after, catchingUp } of audience.subscriptions) {
        if (event.position <= after) continue
        if (catchingUp !== null) {
          if (catchingUp.length <= CATCHING_UP_MAX) catchingUp.push(message)
          continue
        }
        if (many) connection.gather()
        if (connection.send(message)) sent += 1
      }
    }
    if (sent > 0) this.#options.onSent(sent)
  }

  async #tellState(name: string): Promise<void> {
    const audience = this.#audiences.get(name)
    if (audience === undefined) return
    const message = await this.#stateOf(name, audience)
    if (message === null) return
    let sent = 0
    for (const { connection, catchingUp } of audience.subscriptions) {
      if (catchingUp === null && connection.send(message)) sent += 1
    }
    this.#options.onSent(sent)
  }

  async #stateOf(name: string, { topic, id }: Audience): Promise<Message | null> {
    const { state } = topic
    if (state === null) return null
    const ctx = this.#options.ctxOf(null)
    try {
      const found = await state.read(ctx, id)
      if (found === null) return null
      const { workspaceId, data } = found
      if (!topic.acceptsState(data)) throw new Error(`${state.type}: the data do not match their schema`)
      return Message.state({ type: state.type, at: ctx.clock.now().toISOString(), workspaceId, subject: name, data })
    } catch (error) {
      this.#options.log.warn({ err: error, topic: name }, 'how a topic stands could not be told')
      return null
    }
  }
}

function mayAtAll({ permissions }: UserActor, permission: string): boolean {
  return permissions.has('*') || permissions.has(permission)
}

/** How many of the asked topics a connection can still take. */
export function roomFor(connection: Connection, names: readonly string[]): boolean {
  const added = names.filter((name) => !connection.subscriptions.has(name)).length
  return connection.subscriptions.size + added <= TOPICS_MAX
}
