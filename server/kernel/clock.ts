/** The time of day, passed in so that tests can freeze it. Leases and expiry that several machines share use the database's clock instead. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Milliseconds of a clock that never goes back; only differences mean something. */
export function monotonicMs(): number {
  return performance.now()
}

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
