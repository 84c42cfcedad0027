/** Where each video was left: seconds by id, the one left last at the end. */
export type Positions = Readonly<Record<string, number>>

const KEPT = 100
const WORTH_SECONDS = 10

/**
 * The positions after `id` was left at `seconds` of `duration`. Nothing is kept of a video that has hardly begun or is
 * nearly over (the last 5 %): there, beginning anew is right. At most 100 are kept, the oldest goes first.
 */
export function leftAt(positions: Positions, id: string, seconds: number, duration: number): Positions {
  const others = Object.entries(positions).filter(([key]) => key !== id)
  const isWorth = seconds >= WORTH_SECONDS && duration > 0 && seconds < duration * 0.95
  const all = isWorth ? [...others, [id, Math.floor(seconds)] as const] : others
  return Object.fromEntries(all.slice(-KEPT))
}

/** Reads what was kept; anything that is not a record of finite seconds counts as nothing. */
export function parsePositions(text: string | null): Positions {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  const entries = Object.entries(value).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]) && entry[1] >= 0,
  )
  return Object.fromEntries(entries)
}

/** How loud it was left. */
export interface Volume {
  /** 0 to 1. */
  readonly volume: number
  readonly muted: boolean
}

export function parseVolume(text: string | null): Volume | null {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return null
  const { volume, muted } = value as Partial<Record<keyof Volume, unknown>>
  if (typeof volume !== 'number' || !(volume >= 0 && volume <= 1)) return null
  return { volume, muted: muted === true }
}

function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
