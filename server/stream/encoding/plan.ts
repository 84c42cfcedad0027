import { invariant } from '#kernel/assert.ts'
import { rational, toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { STANDARD_RATES, approximate } from '#platform/media/timing.ts'
import type { MediaProbe, VideoStream } from '#platform/media/probe.ts'
import { AUDIO_LADDER, videoLadder } from './ladder.ts'
import type { AudioRung, VideoRung } from './ladder.ts'

/** Everything that encoding decides beforehand; plain data that survives JSON. Frames are counted at `frameRate`. */
export interface EncodingPlan {
  readonly frameRate: Rational
  /** Expected frames. The last chunk may bring some more or fewer: then what it brought is true. */
  readonly frameCount: number
  /** A key frame stands at every multiple of this: two seconds, rounded to whole frames. */
  readonly keyframeFrames: number
  /** A segment: a whole number of key frame intervals, six seconds. */
  readonly segmentFrames: number
  /** Ticks of a second in the video tracks; a frame is a whole number of ticks. */
  readonly timescale: number
  /** Highest first. */
  readonly video: readonly VideoRung[]
  /** Empty when the source has no sound. */
  readonly audio: readonly AudioRung[]
  /** In the order of time. */
  readonly chunks: readonly ChunkPlan[]
}

/** A stretch of whole segments that one job encodes. */
export interface ChunkPlan {
  readonly index: number
  readonly startFrame: number
  readonly frameCount: number
  /** Its first segment, counted over the whole video. */
  readonly firstSegment: number
  readonly segmentCount: number
}

/** How long segments and chunks are. */
export interface ChunkLengths {
  /** Key frame intervals of a segment. */
  readonly segmentKeyframes: number
  /** The first chunk is short: what it makes can be watched while the others are encoded. */
  readonly firstSegments: number
  /** The others, two at least, are as even as can be and at most this. */
  readonly maxSegments: number
}

/** Segments of 6 s (Apple 7.5); chunks of 12 s, then up to 54 s. */
export const DEFAULT_CHUNK_LENGTHS: ChunkLengths = { segmentKeyframes: 3, firstSegments: 2, maxSegments: 9 }

const KEYFRAME_SECONDS = 2
const MAX_RATE = 60
const MIN_RATE = 10
/** Fine enough that a player's rounding of a frame's time does not show. */
const MIN_TIMESCALE = 10_000

/** Plans the encoding of a probed file. Pure: the same probe and lengths give the same plan. */
export function planEncoding(probe: MediaProbe, lengths: ChunkLengths = DEFAULT_CHUNK_LENGTHS): EncodingPlan {
  const frameRate = outputRate(probe.video)
  const frameCount = expectedFrames(probe.video, frameRate)
  const keyframeFrames = Math.max(1, Math.round(toNumber(frameRate) * KEYFRAME_SECONDS))
  const segmentFrames = keyframeFrames * lengths.segmentKeyframes
  return {
    frameRate,
    frameCount,
    keyframeFrames,
    segmentFrames,
    timescale: frameRate.num * Math.ceil(MIN_TIMESCALE / frameRate.num),
    video: videoLadder(probe.video.displayWidth, probe.video.displayHeight, frameRate),
    audio: probe.audio === null ? [] : AUDIO_LADDER,
    chunks: planChunks(frameCount, segmentFrames, lengths),
  }
}

/**
 * The rate of the renditions. Constant sources keep theirs; above 60 every second (third …) frame is kept, under 10 each
 * frame is shown several times, so that key frames can stand every two seconds. Variable sources take the standard rate
 * at which their short frames run.
 */
export function outputRate(video: Pick<VideoStream, 'frameRate'>): Rational {
  const { num, den } = video.frameRate
  const value = num / den
  const standard = STANDARD_RATES.find((rate) => Math.abs(toNumber(rate) / value - 1) < 1e-6)
  if (standard !== undefined) return standard
  if (value > MAX_RATE && value < MAX_RATE * 1.01) return rational(MAX_RATE)
  if (value > MAX_RATE) return approximate(value / Math.ceil(value / MAX_RATE - 1e-9))
  if (value < MIN_RATE) return approximate(value * Math.ceil(MIN_RATE / value - 1e-9))
  return approximate(value)
}

/** The frames that `fps` makes of the picture: one for every slot that begins before its end, to the nearest. */
function expectedFrames(video: VideoStream, frameRate: Rational): number {
  const seconds = (video.endTicks - video.startTicks) * toNumber(video.timeBase)
  return Math.max(1, Math.round(seconds * toNumber(frameRate)))
}

/**
 * Cuts `frameCount` frames into chunks of whole segments: a short first one, the others even, the longer ones first. What is left over behind
 * the last whole segment is a short segment of its own, which the last chunk takes along: it never makes a chunk.
 */
export function planChunks(
  frameCount: number,
  segmentFrames: number,
  lengths: Pick<ChunkLengths, 'firstSegments' | 'maxSegments'>,
): ChunkPlan[] {
  invariant(frameCount > 0 && segmentFrames > 0, 'a video has frames')
  invariant(lengths.firstSegments > 0 && lengths.maxSegments > 0, 'a chunk has segments')
  const segments = Math.ceil(frameCount / segmentFrames)
  const whole = Math.max(1, Math.floor(frameCount / segmentFrames))
  const counts = [Math.min(lengths.firstSegments, whole)]
  const rest = whole - (counts[0] ?? 0)
  // At least two if there is enough: a single one, encoded when all else is done, would leave a processor idle.
  const others = Math.max(Math.ceil(rest / lengths.maxSegments), Math.min(2, rest))
  for (let other = 0; other < others; other += 1) {
    counts.push(Math.ceil((rest * (other + 1)) / others) - Math.ceil((rest * other) / others))
  }
  counts[counts.length - 1] = (counts.at(-1) ?? 0) + segments - whole

  let firstSegment = 0
  return counts.map((segmentCount, index) => {
    const startFrame = firstSegment * segmentFrames
    const endFrame = Math.min(frameCount, (firstSegment + segmentCount) * segmentFrames)
    const chunk = { index, startFrame, frameCount: endFrame - startFrame, firstSegment, segmentCount }
    firstSegment += segmentCount
    return chunk
  })
}
