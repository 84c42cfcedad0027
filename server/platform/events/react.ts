import { type Static, type TSchema, Type } from 'typebox'
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import { uuid } from '../fields.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { GiveUp, Postpone } from '../jobs/failures.ts'
import { type AnyJob, type Job, type JobCtx, type JobHandler, type Retry, defineJob } from '../jobs/job.ts'
import { type AnyEventType, type EventType, dispatchEvent } from './event.ts'
import { type EventTables, eventById, noteDelivery } from './queries.ts'

/** An event as a consumer gets it. */
export interface DeliveredEvent<Data> {
  readonly id: string
  readonly workspaceId: string | null
  readonly subject: string
  readonly data: Data
  readonly at: Date
  /** The same at every delivery of this event to this consumer, and never otherwise: the key for effects outside. */
  readonly deliveryKey: string
}

const Delivery = Type.Object({ eventId: uuid() })

/** A consumer of one kind of event. Made by `react`, wired by `deliveries`. */
export interface Reaction {
  readonly name: string
  readonly event: AnyEventType
  readonly job: Job<typeof Delivery>
}

export interface ReactionDefinition<S extends TSchema> {
  /** `wing.whatItDoes`, unique in the house. */
  readonly name: string
  /** Told at least once; must be idempotent. Runs in the scope of the event's workspace. */
  readonly run: (ctx: JobCtx, event: DeliveredEvent<Static<S>>, signal: AbortSignal) => Promise<void>
  /** Default: 10 times, exponential from 1 s. */
  readonly retry?: Retry
  /** Default 5 minutes. */
  readonly timeoutMs?: number
}

const db = handle<EventTables>()

/** Joins an event to what hears it. Events reach a consumer in no order; each delivery is a job of its own. */
export function react<S extends TSchema>(event: EventType<S>, definition: ReactionDefinition<S>): Reaction {
  const { name, run, retry, timeoutMs } = definition
  const handler: JobHandler<Static<typeof Delivery>> = async (ctx, { eventId }, signal) => {
    const recorded = await db.read(ctx, (reader) => eventById(reader, eventId))
    if (recorded === undefined) throw new GiveUp('no-event', `there is no event ${eventId}`)
    const { id, data, subject, workspaceId, at } = recorded
    if (!event.accepts(data)) throw new GiveUp('invalid-event', `event ${eventId} does not match ${event.type}`)
    await run(ctx, { id, data, subject, workspaceId, at, deliveryKey: `${id}:${name}` }, signal)
  }
  const job = defineJob({
    name: `react.${name}`,
    input: Delivery,
    retry: retry ?? { limit: 10, backoff: 'exponential' },
    timeoutMs: timeoutMs ?? 5 * MINUTE_MS,
    concurrency: 'io',
    key: ({ eventId }) => eventId,
    run: handler,
  })
  return { name, event, job }
}

/**
 * The jobs that deliver events: to be given to `startJobs` beside the others. One that finds an event unknown here (an
 * older process beside a newer one) leaves it to another worker.
 */
export function deliveries(wiring: {
  readonly events: readonly AnyEventType[]
  readonly reactions: readonly Reaction[]
}): AnyJob[] {
  const known = new Set(wiring.events.map(keyOf))
  const consumers = Map.groupBy(wiring.reactions, ({ event }) => keyOf(event))
  const dispatch: JobHandler<Static<typeof Delivery>> = async (ctx, { eventId }) => {
    const whole = { database: ctx.database, scope: systemScope }
    const event = await db.read(whole, (reader) => eventById(reader, eventId))
    if (event === undefined) throw new GiveUp('no-event', `there is no event ${eventId}`)
    if (!known.has(keyOf(event))) throw new Postpone(5 * SECOND_MS, `${event.type} is unknown to this process`)
    const { workspaceId } = event
    await db.write(whole, async (tx) => {
      for (const { name, job } of consumers.get(keyOf(event)) ?? []) {
        const first = await noteDelivery(tx, { eventId, consumer: name })
        if (first) await enqueue(tx, job, { eventId }, { workspaceId })
      }
    })
  }
  return [{ ...dispatchEvent, handler: () => Promise.resolve(dispatch) }, ...wiring.reactions.map(({ job }) => job)]
}

function keyOf(event: { readonly type: string; readonly version: number }): string {
  return `${event.type} ${event.version}`
}
