/** Numbers that look like chance and are the same each time: `next` gives 0 ≤ n < 1. */
export interface Chance {
  next(): number
  /** low ≤ n < high. */
  between(low: number, high: number): number
  /** A whole number, low ≤ n ≤ high. */
  whole(low: number, high: number): number
  pick<T>(from: readonly [T, ...T[]]): T
  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): T[]
}

/** A 32-bit number of a text (FNV-1a with the final mix of MurmurHash3): near texts give far numbers. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * A stream of chance of its own for each thing that is decided, named by `label`: one more draw for the one does not
 * change the others. The generator is mulberry32 (public domain, Tommy Ettinger).
 */
export function chanceOf(seed: number, label: string): Chance {
  let state = seedOf(`${seed}/${label}`)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    whole,
    pick: (from) => from[whole(0, from.length - 1)] ?? from[0],
    shuffled: (things) => {
      const order = [...things]
      for (let at = order.length - 1; at > 0; at -= 1) {
        const other = whole(0, at)
        const [a, b] = [order[at], order[other]]
        if (a !== undefined && b !== undefined) [order[at], order[other]] = [b, a]
      }
      return order
    },
  }
}
