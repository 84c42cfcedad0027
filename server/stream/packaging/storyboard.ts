/** A grid of small pictures, one for each `intervalMs`, row by row from the top left. */
export interface Storyboard {
  /** Relative to whoever refers to it. */
  readonly uri: string
  readonly columns: number
  readonly rows: number
  /** Pixels of one small picture. */
  readonly tileWidth: number
  readonly tileHeight: number
  readonly intervalMs: number
  /** Length of the video; the last small picture stands until then. */
  readonly durationMs: number
  readonly sizeBytes: number
}

/** One small picture: shown from `startMs` up to, not including, `endMs`; `x` and `y` are pixels in the sprite. */
interface Tile {
  readonly startMs: number
  readonly endMs: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The tiles that the video's length calls for, in order; never more than the grid holds, the last one lasting to the end. */
export function storyboardTiles(board: Storyboard): Tile[] {
  const { columns, rows, tileWidth, tileHeight, intervalMs, durationMs } = board
  const count = Math.min(columns * rows, Math.max(1, Math.ceil(durationMs / intervalMs)))
  return Array.from({ length: count }, (_, index) => ({
    startMs: index * intervalMs,
    endMs: index === count - 1 ? durationMs : (index + 1) * intervalMs,
    x: (index % columns) * tileWidth,
    y: Math.floor(index / columns) * tileHeight,
    width: tileWidth,
    height: tileHeight,
  }))
}

/**
 * The tiles as WebVTT metadata (W3C WebVTT §4): each cue's text is the sprite with a spatial fragment (Media Fragments
 * URI 1.0 §4.2.2), as hls.js players and media-chrome read it. `spriteUri` is relative to the VTT.
 * @throws RangeError when `spriteUri` is no plain relative URI
 */
export function storyboardVtt(tiles: readonly Tile[], spriteUri: string): string {
  if (!/^[\w\-.~%/?=&+]+$/.test(spriteUri)) throw new RangeError(`Not a URI: ${JSON.stringify(spriteUri)}`)
  const cues = tiles.map(
    ({ startMs, endMs, x, y, width, height }) =>
      `${timestamp(startMs)} --> ${timestamp(endMs)}\n${spriteUri}#xywh=${x},${y},${width},${height}\n`,
  )
  return ['WEBVTT\n', ...cues].join('\n')
}

/** `hh:mm:ss.mmm`; hours may have more digits. */
function timestamp(ms: number): string {
  const rest = String(ms % 1000).padStart(3, '0')
  return `${twoDigits(ms / 3_600_000)}:${twoDigits((ms / 60_000) % 60)}:${twoDigits((ms / 1000) % 60)}.${rest}`
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0')
}
