import type { Handed, TaskChange } from '../tasks/schema.ts'
import type { Mode } from './schema.ts'
import type { DelegationState } from './state.ts'

/** What of a delegation its task follows. */
export interface Followed {
  readonly mode: Mode
  readonly state: DelegationState
  readonly delegatedBy: string
  /** user:… or agent:…; null while nobody has it. */
  readonly assignee: string | null
}

/**
 * How the task stands while its work stands so; null where nothing follows. What is done with somebody's help stays the
 * giver's: only how it begins shows, and they end it themselves.
 */
export function taskOf({ mode, state, delegatedBy, assignee }: Followed): (TaskChange & Handed) | null {
  switch (mode) {
    case 'delete':
      return { status: 'dropped', assignee: null }
    case 'do-with-me':
      return state === 'pending' ? { status: 'doing', assignee: `user:${delegatedBy}` } : null
    case 'do':
    case 'delegate':
      return { ...standing(state), assignee: state === 'rejected' || state === 'withdrawn' ? null : assignee }
  }
}

function standing(state: DelegationState): TaskChange {
  switch (state) {
    case 'pending':
      return { status: 'waiting', waitingFor: 'Handed over, and not taken yet.' }
    case 'accepted':
      return { status: 'waiting', waitingFor: 'Handed over and taken, and not begun yet.' }
    case 'in_progress':
      return { status: 'doing', waitingFor: null }
    case 'submitted':
      return { status: 'waiting', waitingFor: 'Its result is to be reviewed.' }
    case 'completed':
      return { status: 'done', waitingFor: null }
    case 'rejected':
    case 'withdrawn':
      return { status: 'next', waitingFor: null }
  }
}
