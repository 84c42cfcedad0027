import { Type } from 'typebox'
import { defineEvent } from '#platform/events/event.ts'
import { orNull, uuid } from '#platform/fields.ts'
import type { Action } from './state.ts'

const OfDelegation = Type.Object({
  delegationId: uuid(),
  taskId: uuid(),
  /** user:… or agent:…; null while nobody has it. */
  assignee: orNull(Type.String()),
})
const happened = (what: string) => defineEvent(`planner.delegation.${what}`, 1, OfDelegation, { isHeard: false })

/** Somebody decided about a task: it is to be done by them, by somebody else, or not at all. */
export const handedOver = happened('handed-over')
const accepted = happened('accepted')
const begun = happened('begun')
const submitted = happened('submitted')
const completed = happened('completed')
const returned = happened('returned')
const rejected = happened('rejected')
const released = happened('released')
const withdrawn = happened('withdrawn')

/** What is told of each step; progress on the way is no event. */
export const EVENT_OF = {
  ...{ accept: accepted, begin: begun, submit: submitted, finish: completed, approve: completed, return: returned },
  ...{ refuse: rejected, withdraw: withdrawn, 'pass-on': released, reassign: released, release: released },
  progress: null,
} satisfies Record<Action, typeof handedOver | null>

/** All that happens to what is handed over. */
export const delegationEvents = [
  ...[handedOver, accepted, begun, submitted, completed, returned, rejected, released, withdrawn],
]
