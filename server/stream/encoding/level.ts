import { toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'

interface LevelLimits {
  readonly level: number
  readonly macroblocksPerSecond: number
  readonly macroblocksPerFrame: number
  readonly bufferMacroblocks: number
  /** VCL bit rate and coded picture buffer for High profile (1.25 × the table), in kbit/s and kbit. */
  readonly kbps: number
  readonly bufferKbit: number
}

const row = (
  level: number,
  perSecond: number,
  perFrame: number,
  dpb: number,
  kbps: number,
  cpb: number,
): LevelLimits => ({
  level,
  macroblocksPerSecond: perSecond,
  macroblocksPerFrame: perFrame,
  bufferMacroblocks: dpb,
  kbps: kbps * 1.25,
  bufferKbit: cpb * 1.25,
})

/** ITU-T H.264 table A-1; levels under 2.1 are left out, no decoder in use stops there. */
const LEVELS: readonly LevelLimits[] = [
  row(21, 19_800, 792, 4752, 4_000, 4_000),
  row(22, 20_250, 1620, 8100, 4_000, 4_000),
  row(30, 40_500, 1620, 8100, 10_000, 10_000),
  row(31, 108_000, 3600, 18_000, 14_000, 14_000),
  row(32, 216_000, 5120, 20_480, 20_000, 20_000),
  row(40, 245_760, 8192, 32_768, 20_000, 25_000),
  row(42, 522_240, 8704, 34_816, 50_000, 62_500),
  row(50, 589_824, 22_080, 110_400, 135_000, 135_000),
  row(51, 983_040, 36_864, 184_320, 240_000, 240_000),
  row(52, 2_073_600, 36_864, 184_320, 240_000, 240_000),
]

/** Pictures that our encoder's settings keep for reference: B-frame pyramids need four. */
const REFERENCE_PICTURES = 4

/** The lowest H.264 level, times ten, that holds such a picture; 52 when none does. */
export function h264Level(
  width: number,
  height: number,
  frameRate: Rational,
  maxBitrateBps: number,
  bufferBits: number,
): number {
  const columns = Math.ceil(width / 16)
  const rows = Math.ceil(height / 16)
  const macroblocks = columns * rows
  const fits = LEVELS.find(
    (limits) =>
      macroblocks <= limits.macroblocksPerFrame &&
      macroblocks * toNumber(frameRate) <= limits.macroblocksPerSecond &&
      macroblocks * REFERENCE_PICTURES <= limits.bufferMacroblocks &&
      // A side may be at most √(8 × the frame's macroblocks).
      Math.max(columns, rows) ** 2 <= 8 * limits.macroblocksPerFrame &&
      maxBitrateBps <= limits.kbps * 1000 &&
      bufferBits <= limits.bufferKbit * 1000,
  )
  return fits?.level ?? 52
}
