import { HOUR_MS, SECOND_MS } from '#kernel/clock.ts'
import type { Retry } from './job.ts'

/**
 * How long to wait, in ms, before the next try after `failures` failed ones (1 or more). Exponential: the delay doubles
 * with each failure and half of it is random ("equal jitter"), never more than an hour. `chance` is 0 ≤ chance < 1.
 */
export function backoffMs(retry: Retry, failures: number, chance: number): number {
  if (retry.backoff === 'none') return retry.delayMs ?? 0
  const fullMs = Math.min(HOUR_MS, (retry.delayMs ?? SECOND_MS) * 2 ** Math.min(failures - 1, 30))
  return Math.round(fullMs / 2 + (fullMs / 2) * chance)
}
