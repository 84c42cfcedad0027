import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts'
import { monotonicMs } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import type { Failure } from './drivers/failure.ts'

/** Whoever waits longer within a transaction loses it: an idle one is ended after 30 s. */
const MOST_JOINED_MS = 20 * SECOND_MS
const LONGEST_MS = 10 * MINUTE_MS
const FIRST_WAIT_MS = SECOND_MS / 5

/** How long somebody waits for an answer, over all tries. */
export interface Patience {
  /** Ends what is asked: by the caller's signal, or because it is late. */
  readonly signal: AbortSignal
  readonly lastsMs: number
  /** Throws the caller's reason when it was the caller who gave up. */
  requireWanted(): void
  readonly isOver: boolean
  /** Waits before the try after this many; false when that would take too long, at once. */
  wait(failure: Failure, tries: number): Promise<boolean>
}

export function patienceOf(
  ctx: Pick<Ctx, 'database'>,
  wanted: { readonly signal?: AbortSignal | undefined; readonly deadlineMs: number },
): Patience {
  const most = ctx.database.isJoined ? MOST_JOINED_MS : LONGEST_MS
  const lastsMs = Math.min(wanted.deadlineMs, most)
  const endsMs = monotonicMs() + lastsMs
  const late = AbortSignal.timeout(lastsMs)
  const signal = wanted.signal === undefined ? late : AbortSignal.any([wanted.signal, late])
  return {
    ...{ signal, lastsMs },
    requireWanted: () => wanted.signal?.throwIfAborted(),
    get isOver() {
      return late.aborted
    },
    wait: async (failure, tries) => {
      const waitMs = failure.waitMs ?? FIRST_WAIT_MS * 2 ** (tries - 1)
      if (waitMs >= endsMs - monotonicMs()) return false
      // Who is told to wait by a signal is asked again by the caller of this, which throws its reason.
      await delay(waitMs, undefined, { signal }).catch(() => undefined)
      return !signal.aborted
    },
  }
}
