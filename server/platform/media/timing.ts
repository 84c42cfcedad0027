import { rational, toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'

/** The rates of film, television and screens, in rising order. */
export const STANDARD_RATES: readonly Rational[] = [
  rational(24_000, 1001),
  rational(24),
  rational(25),
  rational(30_000, 1001),
  rational(30),
  rational(48),
  rational(50),
  rational(60_000, 1001),
  rational(60),
]

/** What the times of all frames say about their rate. */
export interface FrameTiming {
  /** Constant: the rate at which every frame has a slot of its own. Variable: the rate at which its short frames run. */
  readonly frameRate: Rational
  readonly isVariable: boolean
}

/** A frame may be this far from its slot, in frames, and still be nearest to it. */
const SLOT_TOLERANCE = 0.45
/** Denominators of a rate that is no standard one. */
const MAX_DENOMINATOR = 1001

/**
 * Decides the frame rate from the presentation times themselves: a source is constant when there is a rate at which each
 * frame of the whole file falls into a slot of its own. Containers' own figures only propose candidates, for they call
 * many constant sources variable: a last frame of odd length or times rounded to milliseconds suffice.
 * @param times presentation times in ticks, rising, at least one
 * @param hints what the container claims; empty when it claims nothing
 */
export function frameTiming(times: Float64Array, timeBase: Rational, hints: readonly Rational[]): FrameTiming {
  const first = times[0] ?? 0
  const spanSeconds = (((times.at(-1) ?? first) - first) * timeBase.num) / timeBase.den
  const intervals = times.length - 1
  if (intervals < 1 || spanSeconds <= 0) {
    return {
      frameRate: hints.find((rate) => toNumber(rate) >= 1 && toNumber(rate) <= 60) ?? rational(25),
      isVariable: false,
    }
  }
  const average = intervals / spanSeconds
  const nearest = STANDARD_RATES.toSorted((a, b) => Math.abs(toNumber(a) - average) - Math.abs(toNumber(b) - average))
  const candidates = [...nearest.slice(0, 2), ...hints.map((rate) => approximate(toNumber(rate))), approximate(average)]
  const constant = candidates.find((rate) => everyFrameHasItsSlot(times, timeBase, rate))
  if (constant !== undefined) return { frameRate: constant, isVariable: false }
  return { frameRate: shortFrameRate(times, timeBase), isVariable: true }
}

function everyFrameHasItsSlot(times: Float64Array, timeBase: Rational, rate: Rational): boolean {
  const first = times[0] ?? 0
  const framesPerTick = (timeBase.num / timeBase.den) * toNumber(rate)
  // The last frame first: a rate that drifts away from the times is refused at once.
  for (let frame = times.length - 1; frame > 0; frame -= 1) {
    if (Math.abs(((times[frame] ?? 0) - first) * framesPerTick - frame) > SLOT_TOLERANCE) return false
  }
  return true
}

/** What a variable source that is near no standard rate is shown at. */
const VARIABLE_RATES: readonly Rational[] = [24, 25, 30, 50, 60].map((rate) => rational(rate))

/** The standard rate that is nearest to that of the shorter frames (the first quartile of lengths) of a variable source. */
function shortFrameRate(times: Float64Array, timeBase: Rational): Rational {
  const lengths = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  lengths.sort()
  const length = lengths.subarray(Math.floor(lengths.length / 4)).find((ticks) => ticks > 0) ?? 1
  const rate = timeBase.den / (timeBase.num * length)
  const distance = (standard: Rational): number => Math.abs(Math.log(toNumber(standard) / rate))
  const byDistance = (a: Rational, b: Rational): number => distance(a) - distance(b)
  const near = STANDARD_RATES.find((standard) => distance(standard) < 0.002)
  return near ?? VARIABLE_RATES.toSorted(byDistance)[0] ?? rational(30)
}

/**
 * The nearest fraction whose denominator is at most 1001, by continued fractions; an exact integer or 1001st when the
 * value is within a millionth of one.
 */
export function approximate(value: number): Rational {
  let [lowNum, lowDen, num, den] = [0, 1, 1, 0]
  let rest = value
  for (let step = 0; step < 32; step += 1) {
    const whole = Math.floor(rest)
    const [nextNum, nextDen] = [whole * num + lowNum, whole * den + lowDen]
    if (nextDen > MAX_DENOMINATOR) break
    ;[lowNum, lowDen, num, den] = [num, den, nextNum, nextDen]
    if (rest - whole < 1e-6) break
    rest = 1 / (rest - whole)
  }
  return rational(Math.max(num, 1), den)
}
