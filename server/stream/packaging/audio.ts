import type { Rational } from '#kernel/rational.ts'
import { adtsFrames, SAMPLE_RATES_HZ, type AdtsFormat, type AdtsFrame } from './adts.ts'
import { bytesOf, MalformedMedia } from './boxes.ts'
import { SEGMENT_TYPE, writeFragment } from './fragments.ts'
import { aacSampleEntry, writeInit } from './init.ts'

/** What the sound has to fit. */
interface AudioTimeline {
  /**
   * When the picture's segments end, in seconds from its start, strictly rising; the last one is the picture's duration.
   * Sound is cut at the AAC frame nearest to each.
   */
  readonly boundaries: readonly Rational[]
  /** Samples that the encoder put before the first of its input; whole frames. FFmpeg's own AAC encoder: 1,024. */
  readonly primingSamples: number
}

/** A CMAF segment of sound. Ticks are samples. */
export interface PackedAudioSegment {
  /** From 0. */
  readonly index: number
  readonly bytes: Buffer
  readonly startTicks: number
  readonly durationTicks: number
}

/** Packed sound. `segments` reads the source as it goes and can be walked once. */
export interface PackedAudio {
  readonly init: Buffer
  /** RFC 6381: `mp4a.40.2`, AAC-LC. */
  readonly codecs: 'mp4a.40.2'
  readonly channels: 1 | 2
  /** Ticks in a second: the sample rate. */
  readonly timescale: number
  readonly segments: AsyncGenerator<PackedAudioSegment, void, void>
}

/** Samples in an AAC frame. */
const FRAME_SAMPLES = 1024

/** A frame of silence for one and for two channels: all spectral data zero. */
const SILENCE = { 1: bytesOf('00 c8 00 80 23 80'), 2: bytesOf('21 00 49 90 02 19 00 23 80') } as const

/**
 * Cuts an ADTS stream to CMAF segments beside a picture. What is too long is dropped (and not read), what is too short is
 * filled with silence; the last frame is declared as long as it takes for sound and picture to end within half a sample.
 *
 * Sound and picture start together by leaving the encoder's priming frame out: a sample's decode time is its place in the
 * source. An edit list would say the same and keep the overlap of the first frame (which therefore fades in over its
 * 21 ms), but players disagree about it: Chromium, Firefox, Safari and FFmpeg apply it, while Shaka Player in HLS places
 * each segment by `tfdt` minus the playlist's time (media_source_engine.js), takes the priming away a second time from the
 * second segment on, and plays all sound 21 ms early (shaka-player#5445). hls.js knows no edit lists either, and
 * believes every segment to begin 21 ms late. Without one there is nothing to disagree about.
 * @throws MalformedMedia when the stream is no such ADTS or has no frames beside the priming; while `segments` is walked
 *   too
 */
export async function packAudio(
  source: Buffer | Iterable<Buffer> | AsyncIterable<Buffer>,
  timeline: AudioTimeline,
): Promise<PackedAudio> {
  const { primingSamples } = timeline
  if (!Number.isInteger(primingSamples / FRAME_SAMPLES) || primingSamples < 0) {
    throw new RangeError(`Priming of ${primingSamples} samples is no whole frame`)
  }
  const frames = adtsFrames(Buffer.isBuffer(source) ? [source] : source)
  let first = await frames.next()
  for (let skipped = 0; skipped < primingSamples / FRAME_SAMPLES && !first.done; skipped += 1)
    first = await frames.next()
  if (first.done) throw new MalformedMedia('The sound is empty')
  const { format } = first.value
  const plan = planAudioCuts(timeline.boundaries, format.sampleRateHz)
  return {
    init: audioInit(format),
    codecs: 'mp4a.40.2',
    channels: format.channels,
    timescale: format.sampleRateHz,
    segments: cutAudio(first.value, frames, plan),
  }
}

/** How sound of so many samples is cut. */
interface AudioCuts {
  /** How many frames stand before the end of each segment; strictly rising, the last one is the number of frames. */
  readonly endFrames: readonly number[]
  /** 1 to 1,024. */
  readonly lastFrameSamples: number
}

/**
 * Cuts at the frame nearest to each boundary. Every segment has at least one frame, so a boundary less than a frame from
 * its neighbour, as at the end of a video whose last segment is a single frame, may be missed by up to two frames.
 * @throws RangeError when there are no boundaries, they do not rise, or the sound would have fewer frames than segments
 */
export function planAudioCuts(boundaries: readonly Rational[], sampleRateHz: number): AudioCuts {
  const ends = boundaries.map((boundary) => secondsToTicks(boundary, sampleRateHz))
  const totalSamples = ends.at(-1) ?? 0
  if (ends.length === 0 || ends.some((end, index) => end <= (ends[index - 1] ?? 0))) {
    throw new RangeError('Boundaries must be given, and rise from above 0')
  }
  const totalFrames = Math.ceil(totalSamples / FRAME_SAMPLES)
  if (totalFrames < ends.length) throw new RangeError(`${totalFrames} frames of sound for ${ends.length} segments`)
  const endFrames: number[] = []
  for (const [index, end] of ends.entries()) {
    const segmentsAfter = ends.length - 1 - index
    const nearest = segmentsAfter === 0 ? totalFrames : Math.round(end / FRAME_SAMPLES)
    endFrames.push(Math.min(Math.max(nearest, (endFrames.at(-1) ?? 0) + 1), totalFrames - segmentsAfter))
  }
  return { endFrames, lastFrameSamples: totalSamples - (totalFrames - 1) * FRAME_SAMPLES }
}

/** An exact time in the nearest tick, half up. */
function secondsToTicks(seconds: Rational, ticksPerSecond: number): number {
  const [num, den] = [BigInt(seconds.num) * BigInt(ticksPerSecond), BigInt(seconds.den)]
  return Number((2n * num + den) / (2n * den))
}

async function* cutAudio(
  first: AdtsFrame,
  frames: AsyncGenerator<AdtsFrame>,
  plan: AudioCuts,
): AsyncGenerator<PackedAudioSegment, void, void> {
  const totalFrames = plan.endFrames.at(-1) ?? 0
  const silence = SILENCE[first.format.channels]
  let next: IteratorResult<AdtsFrame, unknown> = { done: false, value: first }
  let frame = 0
  try {
    for (const [index, endFrame] of plan.endFrames.entries()) {
      const startFrame = frame
      const samples = []
      for (; frame < endFrame; frame += 1) {
        const durationTicks = frame === totalFrames - 1 ? plan.lastFrameSamples : FRAME_SAMPLES
        samples.push({ data: next.done ? silence : next.value.data, durationTicks, compositionTicks: 0 })
        if (!next.done && frame < totalFrames - 1) next = await frames.next()
      }
      const baseTicks = startFrame * FRAME_SAMPLES
      const fragment = writeFragment({ sequenceNumber: index + 1, baseTicks, samples, isSync: true })
      const durationTicks = samples.reduce((sum, sample) => sum + sample.durationTicks, 0)
      yield { index, bytes: Buffer.concat([SEGMENT_TYPE, fragment]), startTicks: baseTicks, durationTicks }
    }
  } finally {
    await frames.return(undefined)
  }
}

function audioInit({ sampleRateHz, channels }: AdtsFormat): Buffer {
  // AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1): object type 2 (AAC-LC), rate, channels, frames of 1,024 samples.
  const rateIndex = SAMPLE_RATES_HZ.findIndex((rate) => rate === sampleRateHz)
  const config = Buffer.alloc(2)
  config.writeUInt16BE((2 << 11) | (rateIndex << 7) | (channels << 3))
  return writeInit({
    kind: 'audio',
    timescale: sampleRateHz,
    sampleEntry: aacSampleEntry(channels, sampleRateHz, config),
    width: 0,
    height: 0,
    delayTicks: 0,
    brands: ['caac'],
  })
}
