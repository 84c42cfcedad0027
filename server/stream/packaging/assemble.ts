import { rational } from '#kernel/rational.ts'
import type { EncodingPlan } from '../encoding/plan.ts'
import { type StoredSegment, type StoredTracks, measuredSegment, measuredVideoSegment } from '../encoding/stored.ts'
import { type AudioRung, type Presentation, type VideoRung, fileNames } from './presentation.ts'

/** A stored chunk, as far as manifests need it. */
export interface StoredChunk {
  readonly track: 'video' | 'audio'
  readonly index: number
  readonly frameCount: number
  readonly segments: unknown
}

/** A stored rendition, as far as manifests need it. */
export interface StoredRendition {
  readonly name: string
  readonly kind: 'video' | 'audio'
  readonly codecs: string
  readonly width: number | null
  readonly height: number | null
  readonly channels: number | null
  readonly timescale: number
}

/**
 * What manifests are written from: the stored chunks without a gap from the beginning. While chunks are missing the
 * presentation is incomplete and ends where the first gap is; sound is cut to the same number of segments.
 */
export function assemble(
  plan: EncodingPlan,
  chunks: readonly StoredChunk[],
  renditions: readonly StoredRendition[],
): Presentation {
  const picture = gapless(chunks.filter((chunk) => chunk.track === 'video'))
  const sound = chunks.find((chunk) => chunk.track === 'audio')
  const isComplete = picture.length === plan.chunks.length && (plan.audio.length === 0 || sound !== undefined)
  const segmentsOf = (name: string): StoredSegment[] =>
    picture.flatMap((chunk) => (chunk.segments as StoredTracks)[name] ?? [])
  const segmentCount = segmentsOf(plan.video[0]?.name ?? '').length
  return {
    isComplete,
    names: fileNames,
    segmentSeconds: rational(plan.segmentFrames * plan.frameRate.den, plan.frameRate.num),
    video: renditions
      .filter((each) => each.kind === 'video')
      .map((each) => videoRung(plan, each, segmentsOf(each.name))),
    audio: renditions
      .filter((each) => each.kind === 'audio')
      .map((each) =>
        audioRung(plan, each, ((sound?.segments as StoredTracks)?.[each.name] ?? []).slice(0, segmentCount)),
      ),
  }
}

function gapless(chunks: readonly StoredChunk[]): StoredChunk[] {
  const inOrder = chunks.toSorted((a, b) => a.index - b.index)
  const gap = inOrder.findIndex((chunk, position) => chunk.index !== position)
  return gap === -1 ? inOrder : inOrder.slice(0, gap)
}

function videoRung(plan: EncodingPlan, rendition: StoredRendition, segments: readonly StoredSegment[]): VideoRung {
  const planned = plan.video.find((rung) => rung.name === rendition.name)
  const ceiling = planned?.maxBitrateBps ?? 0
  return {
    id: rendition.name,
    codecs: rendition.codecs,
    width: rendition.width ?? 0,
    height: rendition.height ?? 0,
    frameRate: plan.frameRate,
    timescale: rendition.timescale,
    segments: segments.map(measuredVideoSegment),
    planned: { average: Math.round(ceiling * 0.75), peak: ceiling },
    // One for all: hls.js never ends a video whose last segment has been switched to another group of sound.
    audioId: plan.audio[0]?.name ?? null,
  }
}

function audioRung(plan: EncodingPlan, rendition: StoredRendition, segments: readonly StoredSegment[]): AudioRung {
  const bitrate = plan.audio.find((rung) => rung.name === rendition.name)?.bitrateBps ?? 0
  return {
    id: rendition.name,
    codecs: rendition.codecs,
    channels: rendition.channels ?? 2,
    timescale: rendition.timescale,
    segments: segments.map(measuredSegment),
    planned: { average: bitrate, peak: Math.round(bitrate * 1.05) },
    name: 'Sound',
    language: null,
  }
}
