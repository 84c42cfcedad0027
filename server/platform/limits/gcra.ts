import type { Policy } from './policies.ts'

/*
 * The generic cell rate algorithm (ITU-T I.371, annex A) with the whole quota as its burst: one number for each key, the
 * debt, which is how long it takes until everything used has come back. A use adds `windowMs / quota`; time takes away; no
 * debt grows above the window.
 */

// Of one use: sums of rounded numbers must not refuse the last of a quota.
const GRAIN = 0.01

/** What one use adds to a debt. */
export function costMsOf({ quota, windowMs }: Policy): number {
  return windowMs / quota
}

/** The largest debt that leaves room for one use more. */
export function roomMsOf(policy: Policy): number {
  return policy.windowMs - costMsOf(policy) * (1 - GRAIN)
}

/** The debt after a use (`uses` 1), or after one was given back (-1). */
export function debtAfter(policy: Policy, debtMs: number, uses: number): number {
  return Math.min(policy.windowMs, Math.max(0, debtMs + uses * costMsOf(policy)))
}

/** How many uses are left. */
export function remainingOf(policy: Policy, debtMs: number): number {
  return Math.max(0, Math.floor((policy.windowMs - debtMs) / costMsOf(policy) + GRAIN))
}

/** How long until there is room for one use; 0 when there is. */
export function waitMsOf(policy: Policy, debtMs: number): number {
  return Math.max(0, debtMs - roomMsOf(policy))
}
