import { SECOND_MS } from '#kernel/clock.ts'
import { type Problem, problem } from '#kernel/errors.ts'
import { remainingOf } from './gcra.ts'
import { type Ask, type Verdict, refusalOf } from './ledger.ts'
import type { Policy } from './policies.ts'

export const TooManyRequests = problem('platform/too-many-requests', 429, 'Too many requests')

/** An item of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-11): quota, and window in seconds. */
export function policyItem({ name, quota, windowMs }: Policy): string {
  return `"${name}";q=${quota};w=${windowMs / SECOND_MS}`
}

/** An item of `RateLimit`: what is left, and seconds until all of it is there again. */
export function standingItem(policy: Policy, debtMs: number): string {
  return `"${policy.name}";r=${remainingOf(policy, debtMs)};t=${Math.ceil(debtMs / SECOND_MS)}`
}

/** The answer to asks that were refused, with the time until they would not be. */
export function tooManyRequests(asks: readonly Ask[], verdict: Verdict): Problem {
  const { policy, waitMs } = refusalOf(asks, verdict)
  const seconds = Math.max(1, Math.ceil(waitMs / SECOND_MS))
  return TooManyRequests({
    detail: `Come again in ${seconds} s.`,
    policy: policy?.name,
    headers: { 'Retry-After': String(seconds) },
  })
}
