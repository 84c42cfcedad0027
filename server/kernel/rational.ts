import { invariant } from './assert.ts'

/** An exact number `num/den`, reduced, `den` > 0. Frame rates and times derived from frames are rationals, never floats. */
export interface Rational {
  readonly num: number
  readonly den: number
}

function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}

/** `num/den` in lowest terms. Both are safe integers, `den` ≠ 0; zero is 0/1. */
export function rational(num: number, den = 1): Rational {
  invariant(Number.isSafeInteger(num) && Number.isSafeInteger(den) && den !== 0, `not a rational: ${num}/${den}`)
  const divisor = (gcd(num, den) || 1) * Math.sign(den)
  return { num: num / divisor || 0, den: den / divisor }
}

/** Reads `30000/1001`, `25/1` or `25`; null when the text is no positive rational. FFmpeg writes `0/0` for unknown. */
export function parseRational(text: string): Rational | null {
  const match = /^(\d{1,15})(?:\/(\d{1,15}))?$/.exec(text)
  if (match === null) return null
  const [num, den] = [Number(match[1]), Number(match[2] ?? 1)]
  return num > 0 && den > 0 ? rational(num, den) : null
}

export function toNumber(value: Rational): number {
  return value.num / value.den
}

/** `30000/1001`, the form that FFmpeg reads. */
export function formatRational(value: Rational): string {
  return `${value.num}/${value.den}`
}

/**
 * The instant at which frame `frame` begins, in ticks of `ticksPerSecond`, rounded to the nearest tick (half up).
 * Exact for every frame number and rate that occur: the product is computed with BigInt.
 */
export function frameToTicks(frame: number, rate: Rational, ticksPerSecond: number): number {
  const num = BigInt(frame) * BigInt(rate.den) * BigInt(ticksPerSecond)
  const den = BigInt(rate.num)
  return Number((2n * num + den) / (2n * den))
}

/** The length of `frames` frames in milliseconds, rounded to the nearest (half up). */
export function framesToMs(frames: number, rate: Rational): number {
  return frameToTicks(frames, rate, 1000)
}
