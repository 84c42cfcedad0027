import { invariant } from '#kernel/assert.ts'

/** The most that one line may be about: a million dollars. */
export const MOST_MICROS = 1_000_000_000_000

const MILLION = 1_000_000n

/** True for a whole number of micros from 0 to `MOST_MICROS`. */
export function isAmount(micros: number): boolean {
  return Number.isSafeInteger(micros) && micros >= 0 && micros <= MOST_MICROS
}

/**
 * What `units` cost at so many micros for a million of them, rounded up to a whole micro: nothing that is paid for is
 * counted as free.
 * @param units a whole number, 0 or more
 */
export function costMicros(units: number, microsPerMillion: number): number {
  invariant(Number.isSafeInteger(units) && units >= 0, 'units are counted in whole numbers')
  const millionths = BigInt(units) * BigInt(microsPerMillion)
  const micros = (millionths + MILLION - 1n) / MILLION
  return micros > BigInt(MOST_MICROS) ? MOST_MICROS : Number(micros)
}
