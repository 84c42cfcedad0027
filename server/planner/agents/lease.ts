import { MINUTE_MS } from '#kernel/clock.ts'

/** How long an agent may be silent before it counts as lost and its work goes back. */
export const LEASE_MS = 5 * MINUTE_MS
