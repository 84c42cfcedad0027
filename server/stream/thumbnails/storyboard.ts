import { invariant } from '#kernel/assert.ts'
import type { MediaProbe } from '#platform/media/probe.ts'

/** One tile of a sprite: from when it is shown, and its place in the image in pixels. */
export interface StoryboardTile {
  readonly startMs: number
  readonly endMs: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A sprite: tiles in rows, from the left, in the order of time. */
export interface StoryboardPlan {
  readonly columns: number
  readonly rows: number
  readonly tileWidth: number
  readonly tileHeight: number
  /** The time between tiles. */
  readonly intervalMs: number
  readonly tiles: readonly StoryboardTile[]
}

const MAX_COLUMNS = 10
const MAX_TILES = 100
const LEAST_INTERVAL_MS = 2000
/** The box of a tile; upright pictures fill its height. */
const TILE_WIDTH = 160
const TILE_HEIGHT = 160

/** Lays out the sprite of a video of `durationMs`: at most 100 tiles, at least two seconds apart. */
export function planStoryboard(displayWidth: number, displayHeight: number, durationMs: number): StoryboardPlan {
  invariant(durationMs > 0 && displayWidth > 0 && displayHeight > 0, 'a video has a size and a length')
  const intervalMs = Math.max(LEAST_INTERVAL_MS, Math.ceil(durationMs / MAX_TILES))
  const count = Math.ceil(durationMs / intervalMs)
  const scale = Math.min(TILE_WIDTH / displayWidth, TILE_HEIGHT / displayHeight)
  const tileWidth = evenSide(displayWidth * scale)
  const tileHeight = evenSide(displayHeight * scale)
  const columns = Math.min(MAX_COLUMNS, count)
  const tiles = Array.from({ length: count }, (_, index) => ({
    startMs: index * intervalMs,
    endMs: Math.min(durationMs, (index + 1) * intervalMs),
    x: (index % columns) * tileWidth,
    y: Math.floor(index / columns) * tileHeight,
    width: tileWidth,
    height: tileHeight,
  }))
  return { columns, rows: Math.ceil(count / columns), tileWidth, tileHeight, intervalMs, tiles }
}

function evenSide(side: number): number {
  return Math.max(16, Math.round(side / 2) * 2)
}

/** Key frames may be this far apart, on average, and still show what a tile's time shows. */
const DENSE_KEY_FRAMES_MS = 5000
/** Short videos are decoded whole when their key frames are rare. */
const DECODED_WHOLE_MS = 5 * 60_000

/** Whether the tiles are taken from key frames alone, several times faster than from all frames. */
export function usesKeyFrames(probe: MediaProbe, intervalMs: number): boolean {
  const spacingMs = probe.durationMs / Math.max(1, probe.video.keyFrameSeconds.length)
  return spacingMs <= Math.max(DENSE_KEY_FRAMES_MS, intervalMs) || probe.durationMs > DECODED_WHOLE_MS
}
