export const DelegationState = [
  ...(['pending', 'accepted', 'in_progress', 'submitted', 'completed', 'rejected', 'withdrawn'] as const),
] as const
export type DelegationState = (typeof DelegationState)[number]

/** Work that is nobody’s any more stays so. */
export const OPEN: readonly DelegationState[] = ['pending', 'accepted', 'in_progress', 'submitted']

/** Who takes a step: whom it was handed to, who reviews it, or the house itself. */
export type Party = 'worker' | 'reviewer' | 'house'

interface Step {
  readonly by: Party
  readonly from: readonly DelegationState[]
  readonly to: DelegationState
}

/** Every step that work takes, and from where. */
export const STEPS = {
  accept: { by: 'worker', from: ['pending'], to: 'accepted' },
  begin: { by: 'worker', from: ['accepted'], to: 'in_progress' },
  progress: { by: 'worker', from: ['in_progress'], to: 'in_progress' },
  submit: { by: 'worker', from: ['in_progress'], to: 'submitted' },
  /** Of work that one does by oneself, which nobody reviews. */
  finish: { by: 'worker', from: ['in_progress'], to: 'completed' },
  /** Handed to one alone, who does not want it. */
  refuse: { by: 'worker', from: ['pending', 'accepted', 'in_progress'], to: 'rejected' },
  /** Out of the queue, to which it goes back. */
  'pass-on': { by: 'worker', from: ['pending', 'accepted', 'in_progress'], to: 'pending' },
  approve: { by: 'reviewer', from: ['submitted'], to: 'completed' },
  return: { by: 'reviewer', from: ['submitted'], to: 'in_progress' },
  reassign: { by: 'reviewer', from: ['submitted'], to: 'pending' },
  withdraw: { by: 'reviewer', from: ['pending', 'accepted', 'in_progress', 'submitted'], to: 'withdrawn' },
  /** Whoever had it is lost. */
  release: { by: 'house', from: ['pending', 'accepted', 'in_progress'], to: 'pending' },
} as const satisfies Record<string, Step>
export type Action = keyof typeof STEPS

/** Whether a step can be taken from where something stands. */
export function isAllowed(action: Action, state: DelegationState): boolean {
  return (STEPS[action].from as readonly DelegationState[]).includes(state)
}
