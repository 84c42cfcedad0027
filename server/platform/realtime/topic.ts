import type { TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { acceptorOf } from '../acceptor.ts'
import type { Ctx } from '../context.ts'
import { type Writing, tellAfterCommit } from '../database/database.ts'
import type { AnyEventType } from '../events/event.ts'

/** Which of these things the caller of `ctx` may, asked under the caller's own scope. */
export type Allowed = (ctx: Ctx, ids: readonly string[]) => Promise<ReadonlySet<string>>

/** How a thing stands now: told when it is subscribed, and at most four times a second while it changes. Not an event. */
export interface TopicState {
  /** `wing.noun.aspect`: `stream.video.progress`. */
  readonly type: string
  readonly schema: TSchema
  /** Read once for all who may read the topic, in the scope of the system; null when there is no such thing. */
  read(ctx: Ctx, id: string): Promise<{ readonly workspaceId: string; readonly data: unknown } | null>
}

/** A kind of thing to which one subscribes as `kind:id`. Made by `defineTopic`, registered at start. */
export interface Topic {
  readonly kind: string
  readonly permission: string
  readonly events: readonly AnyEventType[]
  readonly mayRead: Allowed
  readonly state: TopicState | null
  readonly mayJoin: Allowed | null
  acceptsState(data: unknown): boolean
}

export interface TopicDefinition {
  /** The word before the id in the events' subject: `video` for `video:<id>`. */
  readonly kind: string
  /** What the credential must allow, such as `video:read`. */
  readonly permission: string
  /** What is told of it: events of these types whose subject is the topic. */
  readonly events: readonly AnyEventType[]
  /** Asked at subscribing and again every second: what one may not read is as if it were not there. */
  readonly mayRead: Allowed
  readonly state?: TopicState
  /** Makes it a room: who may be seen there, and see who else is there and who is typing. */
  readonly mayJoin?: Allowed
}

const KIND = /^[a-z][a-z-]{0,30}$/
const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** The form of a topic's name: a kind and a lower-case UUID. */
export const TOPIC_PATTERN = `[a-z][a-z-]{0,30}:${ID}`

/** Declares a topic. Throws at once when the declaration itself is wrong. */
export function defineTopic(definition: TopicDefinition): Topic {
  const { kind, state = null, mayJoin = null } = definition
  invariant(KIND.test(kind), `not a kind of topic: ${kind}`)
  return { ...definition, state, mayJoin, acceptsState: state === null ? () => false : acceptorOf(state.schema) }
}

/** The kind and the id of a well-formed name. */
export function partsOf(name: string): { readonly kind: string; readonly id: string } {
  const colon = name.indexOf(':')
  return { kind: name.slice(0, colon), id: name.slice(colon + 1) }
}

const TOUCH = 'touch '

/** Once the transaction has committed, everyone who subscribed to the topic is told how it stands. */
export function touch(tx: Writing, topic: string): void {
  tellAfterCommit(tx, TOUCH + topic)
}

/** The topics that a transaction touched. */
export function touchedIn(news: ReadonlySet<string>): string[] {
  return [...news].filter((word) => word.startsWith(TOUCH))
}
