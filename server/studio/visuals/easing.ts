/** A number kept between 0 and 1. */
export const clamp01 = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value)

/** Comes fast and settles: 0 → 1. */
export const easeOut = (share: number): number => 1 - (1 - clamp01(share)) ** 3

/** Starts and ends at rest: 0 → 1. */
export function easeInOut(share: number): number {
  const at = clamp01(share)
  return at < 0.5 ? 4 * at ** 3 : 1 - (-2 * at + 2) ** 3 / 2
}

/** 1 on the beat, and quickly less after it. `beats` is the time in beats. */
export const pulse = (beats: number): number => Math.exp(-4.5 * (beats - Math.floor(beats)))

/** A wave of three sines that do not repeat together: between -1 and 1, smooth. */
export function wander(at: number, phase: number): number {
  return (Math.sin(at + phase) + 0.6 * Math.sin(at * 1.73 + phase * 2.1) + 0.4 * Math.sin(at * 2.91 + phase * 0.7)) / 2
}
