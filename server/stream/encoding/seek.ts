import { toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import type { MediaProbe } from '#platform/media/probe.ts'
import type { Demuxer } from '#platform/media/sniff.ts'

/**
 * Demuxers that seek to a key frame at or before the asked time. The others land at any packet near it, so the key frame
 * must be known; asking a little earlier only means that some undecodable packets are read first.
 */
const SEEKS_TO_KEY_FRAMES: ReadonlySet<Demuxer> = new Set<Demuxer>(['mov', 'matroska', 'avi', 'flv'])

/** Decoding begins at least this long before the first wanted frame: it may belong to the group of pictures before. */
const PREROLL_SECONDS = 0.5
/** Orders by decoding time run this far ahead of what is shown. */
const REORDER_SECONDS = 0.5

/**
 * Input options that open the source before frame `startFrame` (at `frameRate`, from the picture's first frame), with no
 * frame missing from there on. Nothing is dropped by FFmpeg after the seek: a frame that began long before may still be
 * the one that is shown.
 */
export function seekArgs(probe: MediaProbe, startFrame: number, frameRate: Rational): string[] {
  if (startFrame === 0) return []
  const { video } = probe
  const wanted = video.startTicks * toNumber(video.timeBase) + startFrame / toNumber(frameRate) - PREROLL_SECONDS
  const key = video.keyFrameSeconds.findLast((seconds) => seconds <= wanted)
  if (key === undefined) return []
  const target = SEEKS_TO_KEY_FRAMES.has(probe.demuxer) ? wanted : key - REORDER_SECONDS
  const seconds = target - probe.startSeconds
  return seconds <= 0 ? [] : ['-noaccurate_seek', '-ss', seconds.toFixed(6)]
}
