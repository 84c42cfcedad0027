/** Chance that a seed repeats. */
export interface Chance {
  /** 0 ≤ x < 1. */
  next(): number
  /** A whole number, `least` ≤ x ≤ `most`. */
  between(least: number, most: number): number
  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): T[]
}

/** Mulberry32 (Tommy Ettinger): 32 bits of state are enough to choose moments. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    shuffled: (things) => {
      const left = [...things]
      return things.flatMap(() => left.splice(between(0, left.length - 1), 1))
    },
  }
}
