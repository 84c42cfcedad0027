import { SECOND_MS } from '#kernel/clock.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import { type Reconciler, defineReconciler } from '#platform/jobs/schedule.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type ExpiredRow, commons, expiredReservations, prolong } from './queries.ts'
import { release, settle } from './service.ts'

/** A reservation that nobody has ended in time: its holder is dead, or slow beyond all measure. */
export type Expired = ExpiredRow

/** What became of something: it cost so much, it cost nothing, or it is under way and held for so much longer. */
export type Outcome = { readonly settleMicros: number } | 'release' | { readonly holdMs: number }

/** Knows what became of what was reserved under its name. */
export interface ReservationOwner {
  /** As in `Reservation.owner`. */
  readonly name: string
  outcomeOf(expired: Expired): Outcome | Promise<Outcome>
}

interface Ground extends HasDatabase {
  readonly log: Logger
}

const EVERY_MS = 30 * SECOND_MS
const PAGE_ROWS = 100

/**
 * Ends what nobody has ended in time. Its owner is asked what became of it; what has no owner any more is given back. One
 * that cannot be ended keeps no other from its end. Runs in the scope of the system, and returns how many it has ended.
 */
export async function endExpired(
  ground: Ground,
  owners: readonly ReservationOwner[],
  signal?: AbortSignal,
): Promise<number> {
  let ended = 0
  for (let after: string | null = null; ;) {
    const page: { after: string | null; limit: number } = { after, limit: PAGE_ROWS }
    const rows: readonly Expired[] = await commons.one(ground, (db) => expiredReservations(db, page))
    for (const row of rows) {
      signal?.throwIfAborted()
      try {
        if (await endOne(ground, row, owners)) ended += 1
      } catch (error) {
        ground.log.error(
          { err: error, source: row.source },
          'a reservation could not be ended; the next look tries again',
        )
      }
    }
    after = rows.at(-1)?.id ?? null
    if (rows.length < PAGE_ROWS) return ended
  }
}

async function endOne(ground: Ground, row: Expired, owners: readonly ReservationOwner[]): Promise<boolean> {
  const owner = owners.find(({ name }) => name === row.owner)
  const outcome = owner === undefined ? 'release' : await owner.outcomeOf(row)
  if (outcome !== 'release' && 'holdMs' in outcome) {
    await commons.writeOne(ground, (db) => prolong(db, row.id, outcome.holdMs))
    return false
  }
  const isEnded = await commons.write(ground, (tx) =>
    outcome === 'release' ? release(tx, row.source) : settle(tx, row.source, outcome.settleMicros),
  )
  if (isEnded) ground.log.warn({ source: row.source, outcome }, 'a reservation was ended in its holder’s place')
  return isEnded
}

/** Looks twice a minute, and at the start of each worker. */
export function reservationSweeper(owners: readonly ReservationOwner[]): Reconciler {
  return defineReconciler({
    name: 'metering.end-expired',
    everyMs: EVERY_MS,
    run: async (ctx, signal) => {
      await endExpired(ctx, owners, signal)
    },
  })
}
