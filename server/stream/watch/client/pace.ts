import type { WatchedVideo } from './video.ts'

/** A playback grant dies 60 s after its last renewal: three tries fit in. */
const RENEWAL_MS = 20_000
const FIRST_MS = 1000
const LONGEST_MS = 15_000

/**
 * How long to wait before asking for the video again; null when nothing about it will change by itself. `unchanged`
 * counts the answers in a row that told nothing new (or did not come): the pauses grow with it.
 */
export function nextWaitMs(video: Pick<WatchedVideo, 'state' | 'visibility'>, unchanged: number): number | null {
  const isSettled = video.state === 'ready' || video.state === 'failed'
  if (isSettled && video.visibility === 'private') return RENEWAL_MS
  if (isSettled) return null
  return Math.min(LONGEST_MS, Math.round(FIRST_MS * 1.5 ** Math.min(unchanged, 20)))
}
