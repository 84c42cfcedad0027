import { encode } from 'uqr'

/** A QR code (ISO/IEC 18004) as vectors. */
export interface QrCode {
  /** Width and height in modules, the quiet zone of four on each side included. */
  readonly size: number
  /** The dark modules as data of an SVG path, one unit each; the rest is light. */
  readonly path: string
}

/** What a camera reads as `text`. Up to 15 % of it may be dirty. @throws RangeError when it is longer than about 2,300 bytes */
export function qrCodeOf(text: string): QrCode {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const runs = data.flatMap((row, y) => darkRuns(row).map(({ x, width }) => `M${x} ${y}h${width}v1H${x}z`))
  return { size, path: runs.join('') }
}

function darkRuns(row: readonly boolean[]): { x: number; width: number }[] {
  const runs: { x: number; width: number }[] = []
  for (const [x, isDark] of row.entries()) {
    const last = runs.at(-1)
    if (!isDark) continue
    if (last !== undefined && last.x + last.width === x) last.width += 1
    else runs.push({ x, width: 1 })
  }
  return runs
}
