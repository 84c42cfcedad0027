import { expect, test } from 'vitest'
import { type Action, DelegationState, OPEN, STEPS, isAllowed } from './state.ts'

const actions = Object.keys(STEPS) as Action[]

/** Written from what each state means, not from the code: what may happen to work that stands so, and what becomes of it. */
const table: Readonly<Record<DelegationState, readonly string[]>> = {
  pending: ['accept → accepted', 'pass-on → pending', 'refuse → rejected', 'release → pending', 'withdraw → withdrawn'],
  accepted: [
    ...['begin → in_progress', 'pass-on → pending', 'refuse → rejected', 'release → pending', 'withdraw → withdrawn'],
  ],
  in_progress: [
    ...['finish → completed', 'pass-on → pending', 'progress → in_progress', 'refuse → rejected'],
    ...['release → pending', 'submit → submitted', 'withdraw → withdrawn'],
  ],
  submitted: ['approve → completed', 'reassign → pending', 'return → in_progress', 'withdraw → withdrawn'],
  completed: [],
  rejected: [],
  withdrawn: [],
}

test.each(DelegationState)('what is %s goes on as the table says, and in no other way', (state) => {
  const found = actions.filter((action) => isAllowed(action, state)).map((action) => `${action} → ${STEPS[action].to}`)
  expect(found.toSorted()).toEqual(table[state])
})

test('whatever is open can be ended, and nothing that has ended is opened again', () => {
  for (const state of DelegationState) {
    const ends = actions.some((action) => isAllowed(action, state) && !OPEN.includes(STEPS[action].to))
    expect([state, ends]).toEqual([state, OPEN.includes(state)])
  }
})

test('nothing is completed but by a review, or by who does it for themselves', () => {
  const completing = actions.filter((action) => STEPS[action].to === 'completed')
  expect(completing).toEqual(['finish', 'approve'])
  expect(STEPS.approve.by).toBe('reviewer')
})
