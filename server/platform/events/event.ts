import { type Static, type TSchema, Type } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { MINUTE_MS } from '#kernel/clock.ts'
import { type Id, newId } from '#kernel/ids.ts'
import { acceptorOf } from '../acceptor.ts'
import { type Writing, rawQuery, scopeOf, tellAfterCommit } from '../database/database.ts'
import { uuid } from '../fields.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { defineJob } from '../jobs/job.ts'

/** A kind of event in one version of its payload. Made by `defineEvent`, written by `emit`, heard by `react`. */
export interface EventType<S extends TSchema = TSchema> {
  /** `wing.noun.past`: `stream.video.ready`. */
  readonly type: string
  readonly version: number
  readonly schema: S
  /** False where no consumer hears it: it is kept and told live, but no delivery is enqueued. */
  readonly isHeard: boolean
  accepts(data: unknown): data is Static<S>
}

/** An event whose payload nobody needs to know. */
export type AnyEventType = EventType

const TYPE = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*){2,}$/

/**
 * Declares an event. A payload may gain optional members; any other change is a new version beside the old one, whose
 * definition stays as long as deliveries of it may wait. `isHeard: false` spares the delivery of what no consumer hears.
 */
export function defineEvent<S extends TSchema>(
  type: string,
  version: number,
  schema: S,
  { isHeard = true }: { readonly isHeard?: boolean } = {},
): EventType<S> {
  invariant(TYPE.test(type), `not a type of an event: ${type}`)
  invariant(Number.isInteger(version) && version >= 1, `${type}: a version is a whole number from 1`)
  return { type, version, schema, isHeard, accepts: acceptorOf(schema) }
}

export interface EmitOptions {
  /** Whom the event is about: `video:<id>`; at most 200 characters. `eventsOf` reads by it. */
  readonly subject: string
  /** For the system, which works across workspaces: whose event this is. Default: the workspace of the transaction. */
  readonly workspaceId?: string | null
}

/** What is said after a commit that wrote events: they wait for their place in the order in which they are told. */
export const EVENTS_WRITTEN = 'events'

/** Hands an event to its consumers. What it does is in `deliveries`, since only workers know the wiring. */
export const dispatchEvent = defineJob({
  name: 'events.dispatch',
  input: Type.Object({ eventId: uuid() }),
  retry: { limit: 20, backoff: 'exponential' },
  timeoutMs: MINUTE_MS,
  concurrency: 'io',
  run: () => Promise.reject(new Error('The deliveries of events are not wired: give deliveries() to startJobs')),
})

/**
 * Writes an event in the caller's transaction: it exists, and every consumer hears of it at least once, exactly when the
 * transaction commits. Returns its id (they sort by time). A payload that does not match the schema is a bug and throws.
 */
export async function emit<S extends TSchema>(
  tx: Writing,
  event: EventType<S>,
  payload: Static<S>,
  options: EmitOptions,
): Promise<Id<'Event'>> {
  invariant(event.accepts(payload), `${event.type}: the payload does not match its schema`)
  const scope = scopeOf(tx)
  const own = scope.role === 'app' ? scope.workspaceId : null
  const workspaceId = options.workspaceId === undefined ? own : options.workspaceId
  const id = newId<'Event'>()
  const written = rawQuery(
    tx,
    'insert into platform.events (id, type, version, workspace_id, subject, data) values ($1, $2, $3, $4, $5, $6)',
    [id, event.type, event.version, workspaceId, options.subject, JSON.stringify(payload)],
  )
  // Both travel together.
  await Promise.all([written, event.isHeard ? enqueue(tx, dispatchEvent, { eventId: id }, { workspaceId }) : null])
  tellAfterCommit(tx, EVENTS_WRITTEN)
  return id
}
