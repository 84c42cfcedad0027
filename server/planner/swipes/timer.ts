import { MINUTE_MS } from '#kernel/clock.ts'

/** How far a timer is, all by the clock of the server. */
export interface TimerTimes {
  readonly startedAt: Date
  readonly endsAt: Date
  readonly finishedAt: Date | null
}

/** Milliseconds until it rings; 0 when it has, or was ended. */
export function remainingMs({ endsAt, finishedAt }: TimerTimes, now: Date): number {
  return finishedAt === null ? Math.max(0, endsAt.getTime() - now.getTime()) : 0
}

/**
 * Whole minutes from the beginning of a timer to now, rounded to the nearest; never less than none. A timer that somebody
 * forgot counts for no longer than it was set to.
 */
export function minutesByClock(startedAt: Date, now: Date, setMinutes: number): number {
  const minutes = Math.max(0, Math.round((now.getTime() - startedAt.getTime()) / MINUTE_MS))
  return Math.min(minutes, setMinutes)
}
