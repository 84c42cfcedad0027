import type { Ctx } from '../context.ts'
import { tooManyRequests } from './fields.ts'
import type { Ask } from './ledger.ts'
import type { UseLimit } from './policies.ts'

/** What was counted, for who finds out that it need not have been. */
export interface Counted {
  /** Gives it back: after a success, where failures alone are meant to count. */
  giveBack(): Promise<void>
}

/**
 * Counts one use under each named policy, by keys that may be secret or personal: they are kept hidden. All are counted,
 * or none when one of them has no room; of uses at the same time exactly as many as fit. Count before the work and give
 * back after a success: then guesses made at the same time do not pass together.
 * @throws TooManyRequests with `Retry-After`
 */
export async function limited(
  { limits }: Pick<Ctx, 'limits'>,
  keys: Readonly<Partial<Record<UseLimit, string>>>,
): Promise<Counted> {
  const asks = (Object.keys(keys) as UseLimit[]).map((name): Ask => ({
    policy: limits.uses[name],
    key: limits.hide(keys[name] ?? ''),
  }))
  const verdict = await limits.takeExactly(asks)
  if (!verdict.allowed) throw tooManyRequests(asks, verdict)
  return { giveBack: () => limits.giveBack(asks) }
}
