import { type Bus, SAMPLE_RATE, busOf, smooth } from './tone.ts'

/** Delays of the four lines in samples: primes near 30 to 55 ms, so that no echoes coincide. */
const DELAYS = [1_433, 1_777, 2_203, 2_621] as const
const SECONDS_TO_SILENCE = 2.4
/** Share of a sample that the damping lets through: high tones die first. */
const DAMPING = 0.42

/**
 * The room that a sound is in, without the sound itself: a feedback delay network of four lines with a Householder matrix
 * (Jot & Chaigne 1991).
 */
export function roomOf(dry: Bus): Bus {
  const wet = busOf(dry.left.length)
  const lines = DELAYS.map((delay) => new Float32Array(delay))
  const gains = DELAYS.map((delay) => 10 ** ((-3 * delay) / (SECONDS_TO_SILENCE * SAMPLE_RATE)))
  const damped = [0, 0, 0, 0]
  const heads = [0, 0, 0, 0]
  for (let at = 0; at < dry.left.length; at += 1) {
    let sum = 0
    for (let line = 0; line < 4; line += 1) {
      const out = lines[line]?.[heads[line] ?? 0] ?? 0
      damped[line] = (damped[line] ?? 0) + DAMPING * (out - (damped[line] ?? 0))
      sum += damped[line] ?? 0
    }
    for (let line = 0; line < 4; line += 1) {
      const delay = lines[line]
      if (delay === undefined) continue
      const input = line % 2 === 0 ? (dry.left[at] ?? 0) : (dry.right[at] ?? 0)
      const head = heads[line] ?? 0
      delay[head] = input + (gains[line] ?? 0) * ((damped[line] ?? 0) - sum / 2)
      heads[line] = head + 1 === delay.length ? 0 : head + 1
    }
    wet.left[at] = (damped[0] ?? 0) - (damped[2] ?? 0)
    wet.right[at] = (damped[1] ?? 0) - (damped[3] ?? 0)
  }
  return wet
}

/** Seconds in which the bed makes room for a voice, before it begins, and comes back when it has ended. */
const DUCK_SECONDS = 0.22
const RETURN_SECONDS = 0.7
/** What is left of it under speech: 10 dB less. */
export const DUCKED = 10 ** (-10 / 20)

/** The gain of the bed at each of `samples`: 1, and DUCKED while someone speaks. `speech` is in samples, in order. */
export function duckingOf(samples: number, speech: readonly (readonly [number, number])[]): Float32Array {
  const gains = new Float32Array(samples).fill(1)
  const lead = DUCK_SECONDS * SAMPLE_RATE
  const trail = RETURN_SECONDS * SAMPLE_RATE
  for (const [start, end] of speech) {
    for (let at = Math.max(0, Math.floor(start - lead)); at < Math.min(samples, end + trail); at += 1) {
      const share = at < start ? smooth((at - start + lead) / lead) : at < end ? 1 : smooth((end + trail - at) / trail)
      // In a short pause the bed does not come back: the lowest of what is asked counts.
      gains[at] = Math.min(gains[at] ?? 1, 1 - (1 - DUCKED) * share)
    }
  }
  return gains
}
