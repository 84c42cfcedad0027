import { toNumber, type Rational } from '#kernel/rational.ts'

/** A stored segment, as measured when it was packed. Lists of them are in the order of `index`, from 0, without gaps. */
export interface MeasuredSegment {
  readonly sizeBytes: number
  /** In the rung's timescale. */
  readonly durationTicks: number
}

/** The byte range of a key frame in its segment, and the time until the next one. */
export interface MeasuredKeyframe {
  readonly offset: number
  readonly size: number
  readonly durationTicks: number
}

/** A segment of a picture rung. */
export interface MeasuredVideoSegment extends MeasuredSegment {
  readonly keyframes: readonly MeasuredKeyframe[]
}

/** Bits in a second: over all segments, and at the worst moment. */
export interface Bitrates {
  readonly average: number
  readonly peak: number
}

/** A rung of the ladder as far as it is encoded. */
export interface VideoRung {
  /** Folder of its files; lower-case letters, digits and hyphens. Unique in the presentation. */
  readonly id: string
  readonly codecs: string
  readonly width: number
  readonly height: number
  readonly frameRate: Rational
  readonly timescale: number
  readonly segments: readonly MeasuredVideoSegment[]
  /** What the plan expects; told until everything is measured. */
  readonly planned: Bitrates
  /** The audio rung that plays beside it; null for a silent video. */
  readonly audioId: string | null
}

/** A rendition of the sound as far as it is packed. */
export interface AudioRung {
  /** As for a picture rung; also the name of its group in HLS. */
  readonly id: string
  readonly codecs: string
  readonly channels: number
  readonly timescale: number
  readonly segments: readonly MeasuredSegment[]
  readonly planned: Bitrates
  /** What people read in a menu. */
  readonly name: string
  /** BCP 47; null when unknown. */
  readonly language: string | null
}

/** How files are called, relative to the folder of the master playlist and the MPD. Names are used as URLs: no spaces. */
interface FileNames {
  init(rungId: string): string
  /** `$Number$` asks for the template of DASH (ISO/IEC 23009-1 §5.3.9.4.4). */
  segment(rungId: string, index: number | '$Number$'): string
  playlist(rungId: string): string
  iframes(rungId: string): string
}

/** Everything that manifests are made of. */
export interface Presentation {
  /** At least one. */
  readonly video: readonly VideoRung[]
  readonly audio: readonly AudioRung[]
  /** True when all segments of all rungs are there. */
  readonly isComplete: boolean
  /** How long a whole segment is by plan, in seconds. */
  readonly segmentSeconds: Rational
  readonly names: FileNames
}

/** `<rung>/init.mp4`, `<rung>/<n>.m4s`, `<rung>/playlist.m3u8`, `<rung>/iframes.m3u8`. */
export const fileNames: FileNames = {
  init: (rungId) => `${rungId}/init.mp4`,
  segment: (rungId, index) => `${rungId}/${index}.m4s`,
  playlist: (rungId) => `${rungId}/playlist.m3u8`,
  iframes: (rungId) => `${rungId}/iframes.m3u8`,
}

/** The manifests that stand beside the rungs' folders. */
export const MASTER_NAME = 'master.m3u8'
export const MPD_NAME = 'manifest.mpd'

/** The sum of the segments' durations, in ticks. */
export function totalTicks(segments: readonly Pick<MeasuredSegment, 'durationTicks'>[]): number {
  return segments.reduce((sum, segment) => sum + segment.durationTicks, 0)
}

/**
 * EXT-X-TARGETDURATION of every playlist but those of I-frames, in whole seconds: the longest segment of the plan or of
 * any rung, rounded (RFC 8216bis §4.4.3.1). The plan takes part so that it stays the same while segments join.
 */
export function targetSeconds({ video, audio, segmentSeconds }: Presentation): number {
  const longest = [...video, ...audio].flatMap(({ segments, timescale }) =>
    segments.map(({ durationTicks }) => durationTicks / timescale),
  )
  return Math.max(1, Math.round(longest.reduce((a, b) => Math.max(a, b), toNumber(segmentSeconds))))
}

/**
 * Bit rates by the definitions of RFC 8216bis §4.4.6.2, rounded up. The peak is the largest rate of any run of segments
 * that together last 0.5 to 1.5 target durations; where no run does, of the whole.
 */
export function measureBitrates(segments: readonly MeasuredSegment[], timescale: number, target: number): Bitrates {
  const [shortest, longest] = [0.5 * target * timescale, 1.5 * target * timescale]
  const allBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  const average = (allBytes * 8 * timescale) / Math.max(1, totalTicks(segments))
  let peak = 0
  for (let first = 0; first < segments.length; first += 1) {
    let [bytes, ticks] = [0, 0]
    for (const segment of segments.slice(first, first + MAX_RUN)) {
      bytes += segment.sizeBytes
      ticks += segment.durationTicks
      if (ticks > longest) break
      if (ticks >= shortest) peak = Math.max(peak, (bytes * 8 * timescale) / ticks)
    }
  }
  return { average: Math.ceil(average), peak: Math.ceil(peak === 0 ? average : peak) }
}

// Far more segments than ever fit in 1.5 target durations; keeps the search linear.
const MAX_RUN = 64

/** What manifests tell of a rung: measured when all is there, else planned, so that figures do not jump. */
export function rungBitrates(rung: VideoRung | AudioRung, presentation: Presentation): Bitrates {
  return presentation.isComplete
    ? measureBitrates(rung.segments, rung.timescale, targetSeconds(presentation))
    : rung.planned
}

/** The audio rung that plays beside a picture rung; undefined for a silent video. @throws RangeError when it is not there */
export function soundOf(rung: VideoRung, presentation: Presentation): AudioRung | undefined {
  if (rung.audioId === null) return undefined
  const found = presentation.audio.find(({ id }) => id === rung.audioId)
  if (found === undefined) throw new RangeError(`No audio rung ${rung.audioId}`)
  return found
}

/** A BCP 47 tag by its shape (RFC 5646 §2.1), else `und`: manifests never carry what somebody merely typed. */
export function languageTag(language: string | null): string {
  return language !== null && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,7}$/.test(language) ? language : 'und'
}
