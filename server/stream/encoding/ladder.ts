import { toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { h264Level } from './level.ts'

/** One picture size of a video. Capped CRF: quality decides, `maxBitrateBps` over `bufferBits` is the ceiling. */
export interface VideoRung {
  /** Unique in a ladder and fit for a file name: `720p`. */
  readonly name: string
  /** Even, at least 16. */
  readonly width: number
  readonly height: number
  readonly maxBitrateBps: number
  readonly bufferBits: number
  /** x264's constant rate factor. */
  readonly crf: number
  /** H.264 level times ten: 31 is 3.1. */
  readonly level: number
}

/** One sound quality. AAC-LC. */
export interface AudioRung {
  readonly name: 'audio-128k' | 'audio-48k'
  readonly bitrateBps: number
  readonly sampleRate: 48_000
  readonly channels: 2
}

interface Step {
  readonly name: string
  /** The box into which the picture is fitted, lying; for an upright picture it stands. */
  readonly longSide: number
  readonly shortSide: number
  /** The ceiling at 30 frames a second and a picture that fills the box. */
  readonly kbps: number
}

/**
 * From Apple's HLS authoring specification, table of H.264 average bit rates, with the room that capped CRF leaves
 * between average and ceiling. The lowest step is set apart: see `LOWEST_CEILING_BPS`.
 */
const STEPS: readonly Step[] = [
  { name: '2160p', longSide: 3840, shortSide: 2160, kbps: 20_000 },
  { name: '1440p', longSide: 2560, shortSide: 1440, kbps: 11_600 },
  { name: '1080p', longSide: 1920, shortSide: 1080, kbps: 7_000 },
  { name: '720p', longSide: 1280, shortSide: 720, kbps: 3_800 },
  { name: '480p', longSide: 854, shortSide: 480, kbps: 1_600 },
  { name: '360p', longSide: 640, shortSide: 360, kbps: 800 },
  { name: '240p', longSide: 426, shortSide: 240, kbps: 400 },
  { name: '144p', longSide: 256, shortSide: 144, kbps: 112 },
]

/**
 * With the low sound, which DASH players choose by themselves, the lowest rung fits a line of 192 kbit/s. 112 kbit/s over
 * half a second of buffer is 121 in the worst six seconds; sound (48 and its spread) and the boxes of the fragments take
 * the rest.
 */
const LOWEST_CEILING_BPS = 112_000
/** Slivers of pictures still get more than the lowest rung. */
const LEAST_CEILING_BPS = 168_000
const LOWEST_BUFFER_SECONDS = 0.5
/** A second: the peak of a six-second segment stays within a sixth of the ceiling. */
const BUFFER_SECONDS = 1
const CRF = 23
const MIN_SIDE = 16
/** A picture a pixel or two larger than a step's box is that step's: 427 × 240 by its pixel aspect is a 426 × 240. */
const NEARLY_FITS = 0.99
/** A source must be this much larger than a step, by side, before it gets a rung of its own above that step. */
const WORTH_A_RUNG = 1.15

/**
 * The rungs for a picture of `displayWidth` × `displayHeight`, highest first, at least one. Nothing is scaled up (but for
 * pictures under 16 pixels, which no player takes); shapes are kept to within a pixel.
 */
export function videoLadder(displayWidth: number, displayHeight: number, frameRate: Rational): VideoRung[] {
  const scaleInto = (step: Step): number => {
    const upright = displayHeight > displayWidth
    const [boxWidth, boxHeight] = upright ? [step.shortSide, step.longSide] : [step.longSide, step.shortSide]
    const scale = Math.min(boxWidth / displayWidth, boxHeight / displayHeight)
    return scale >= NEARLY_FITS ? 1 : scale
  }
  const shrinking = STEPS.filter((step) => scaleInto(step) < 1)
  const next = shrinking[0]
  const holding = STEPS.findLast((step) => scaleInto(step) === 1)
  const own = holding !== undefined && (next === undefined || 1 / scaleInto(next) > WORTH_A_RUNG) ? [holding] : []
  return [...own, ...shrinking].map((step) => {
    const scale = scaleInto(step)
    return rung(step, evenSide(displayWidth, scale), evenSide(displayHeight, scale), frameRate)
  })
}

/**
 * The sound of a video. In HLS the higher plays beside every rung and the lower is a variant of its own, for lines too thin
 * for a picture (Apple 9.21); in DASH players choose. Always stereo, which Apple's
 * authoring specification asks for (2.3); a mono source sounds the same from both sides and costs hardly more.
 */
export const AUDIO_LADDER: readonly AudioRung[] = [
  { name: 'audio-128k', bitrateBps: 128_000, sampleRate: 48_000, channels: 2 },
  { name: 'audio-48k', bitrateBps: 48_000, sampleRate: 48_000, channels: 2 },
]

function rung(step: Step, width: number, height: number, frameRate: Rational): VideoRung {
  const isLowest = step === STEPS.at(-1)
  const fill = (width * height) / (step.longSide * step.shortSide)
  // Twice the frames cost about 1.4 times the bits, a smaller picture somewhat more a pixel.
  const scaled = step.kbps * 1000 * Math.min(1, fill ** 0.75) * Math.max(0.8, Math.sqrt(toNumber(frameRate) / 30))
  const maxBitrateBps = isLowest ? LOWEST_CEILING_BPS : Math.max(LEAST_CEILING_BPS, Math.round(scaled / 1000) * 1000)
  const bufferBits = Math.round(maxBitrateBps * (isLowest ? LOWEST_BUFFER_SECONDS : BUFFER_SECONDS))
  return {
    name: step.name,
    width,
    height,
    maxBitrateBps,
    bufferBits,
    crf: CRF,
    level: h264Level(width, height, frameRate, maxBitrateBps, bufferBits),
  }
}

/** The nearest even number, but never more than the source has. */
function evenSide(side: number, scale: number): number {
  return Math.max(MIN_SIDE, scale === 1 ? Math.floor(side / 2) * 2 : Math.round((side * scale) / 2) * 2)
}
