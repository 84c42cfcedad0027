import { frameToTicks, formatRational } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { invariant } from '#kernel/assert.ts'
import { inputArgs } from '#platform/media/ffmpeg.ts'
import { fieldFilters, scaleFilters, shrinkFilters, toneFilters } from '#platform/media/picture.ts'
import type { MediaProbe, VideoStream } from '#platform/media/probe.ts'
import { seekArgs } from './seek.ts'
import type { AudioRung, VideoRung } from './ladder.ts'
import type { ChunkPlan, EncodingPlan } from './plan.ts'

/** What a chunk's command is made of. Paths are absolute and named by us. */
export interface ChunkCommand {
  readonly sourcePath: string
  readonly probe: MediaProbe
  readonly plan: EncodingPlan
  readonly chunk: ChunkPlan
  readonly outDir: string
  /** This FFmpeg has `zscale` and `tonemap`. */
  readonly canToneMap: boolean
  /** Threads of each encoder and of the decoder; absent: FFmpeg decides. */
  readonly threads?: number | undefined
}

/** Where the rendition of a rung lies in a chunk's or the sound's folder. */
export const rungFile = (rung: VideoRung): string => `${rung.name}.mp4`
export const audioFile = (rung: AudioRung): string => `${rung.name}.aac`

/**
 * Every IDR picture stands where the plan says and nowhere else; `stitchable` keeps the parameter sets of all chunks
 * alike. `veryfast` because the time from the last byte to ready is a promise; capped CRF keeps the quality.
 */
const X264_ARGS = ['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high', '-x264-params', 'stitchable=1']

/**
 * The arguments that encode one chunk: one decode, every rung a fragmented MP4 with a fragment for each key frame
 * interval, whose first `tfdt` is exactly the chunk's first frame.
 */
export function chunkArgs(command: ChunkCommand): string[] {
  const { probe, plan, chunk, threads } = command
  const { frameRate, keyframeFrames, timescale } = plan
  const threadArgs = threads === undefined ? [] : ['-threads', String(threads)]
  // The muxer's clock: microseconds, which round back to whole ticks.
  const offsetSeconds = microseconds(chunk.startFrame, frameRate)
  const common = [
    ...[...X264_ARGS, ...threadArgs],
    ...['-g', String(keyframeFrames), '-keyint_min', String(keyframeFrames), '-sc_threshold', '0'],
    ...['-force_key_frames', `expr:eq(mod(n,${keyframeFrames}),0)`],
    ...['-map_metadata', '-1', '-map_chapters', '-1', '-avoid_negative_ts', 'disabled'],
    ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof+frag_discont'],
    ...['-video_track_timescale', String(timescale), '-output_ts_offset', offsetSeconds, '-f', 'mp4'],
  ]
  return [
    ...inputArgs({ path: command.sourcePath, demuxer: probe.demuxer }, [
      ...threadArgs,
      ...['-copyts', '-reinit_filter', '0'],
      ...seekArgs(probe, chunk.startFrame, frameRate),
    ]),
    ...['-filter_complex', chunkGraph(command)],
    ...plan.video.flatMap((rung, index) => [
      ...['-map', `[v${index}]`],
      ...common,
      ...['-level:v', (rung.level / 10).toFixed(1), '-crf', String(rung.crf)],
      ...['-maxrate', String(rung.maxBitrateBps), '-bufsize', String(rung.bufferBits)],
      `file:${command.outDir}/${rungFile(rung)}`,
    ]),
  ]
}

/**
 * The filters of a chunk: pick the chunk's frames off the source's clock, normalise, scale. The picture's clock begins at
 * its first frame, so slot `n` is shown at `start + n / rate`; what is shown then is decided as over the whole file,
 * wherever the chunk begins.
 */
function chunkGraph(command: ChunkCommand): string {
  const { probe, plan, chunk, canToneMap } = command
  const { video } = probe
  const top = plan.video[0]
  invariant(top !== undefined, 'a plan has a rung')
  const head = [
    ...fieldFilters(video),
    ...slotFilters(video, plan.frameRate, chunk.startFrame),
    `trim=end_frame=${frameCap(plan, chunk)}`,
    'setpts=N',
    ...toneFilters(video, top.width, top.height, canToneMap),
    ...scaleFilters(video, top.width, top.height, video.hdr !== null && canToneMap),
  ]
  return `[0:${video.index}]${[...head, ...cascade(plan.video)].join(',')}`
}

/**
 * The rungs out of a picture of the highest rung's size: each is scaled from the one above it. Scaling all from the top
 * costs a fifth of a chunk's time, and the lower rungs differ from that by a structural similarity of 0.998 at the least (ADR 0010).
 */
function cascade(rungs: readonly VideoRung[]): string[] {
  return rungs.flatMap((_, index) => {
    const below = rungs[index + 1]
    if (below === undefined) return [`null[v${index}]`]
    const shrink = shrinkFilters(below.width, below.height).join(',')
    return [`split=2[v${index}][s${index}];[s${index}]${shrink}`]
  })
}

/** Clocks finer than this are not made: FFmpeg's `fps` takes its start in microseconds. */
const MAX_CLOCK = 2_000_000

/** The constant rate: from slot `startFrame` on, each slot takes the frame that is nearest to its beginning. */
function slotFilters(video: VideoStream, frameRate: Rational, startFrame: number): string[] {
  // On a clock that has both the source's ticks and the slots, the start is exact, and no frame is rounded otherwise
  // than it is when the whole file is read.
  const clock = leastCommonMultiple(video.timeBase.den, frameRate.num)
  const startMicros =
    (BigInt(video.startTicks) * BigInt(video.timeBase.num) * 1_000_000n) / BigInt(video.timeBase.den) +
    BigInt(frameToTicks(startFrame, frameRate, 1_000_000))
  // `fps` cuts what is behind its microsecond: half of one more, so that nothing is cut.
  const start = `${formatMicros(startMicros)}5`
  return [
    ...(clock <= MAX_CLOCK ? [`settb=1/${clock}`] : []),
    `fps=fps=${formatRational(frameRate)}:start_time=${start}:round=near`,
  ]
}

/** The last chunk takes what comes, within reason: a file may be a little longer than its packets said. */
function frameCap(plan: EncodingPlan, chunk: ChunkPlan): number {
  const isLast = chunk.index === plan.chunks.length - 1
  return isLast ? chunk.frameCount + 2 * plan.segmentFrames : chunk.frameCount
}

/** What the sound's command is made of. */
export interface AudioCommand {
  readonly sourcePath: string
  readonly probe: MediaProbe
  readonly plan: EncodingPlan
  readonly outDir: string
}

/** The sound goes on for this long after the planned end; whoever packages cuts it at the picture's true end. */
const AUDIO_TAIL_SECONDS = 2

/**
 * The arguments that encode the sound: one decode, every rung an ADTS file. Sample 0 sounds with the first frame; what
 * begins later or has gaps is filled with silence, what begins earlier is cut, and silence goes on to the end.
 */
export function audioArgs(command: AudioCommand): string[] {
  const { probe, plan } = command
  const { audio, video } = probe
  invariant(audio !== null && plan.audio.length > 0, 'the source has sound')
  const startSeconds = (video.startTicks * video.timeBase.num) / video.timeBase.den
  const seconds = (plan.frameCount * plan.frameRate.den) / plan.frameRate.num + AUDIO_TAIL_SECONDS
  const head = [
    `asetpts=round(PTS-(${startSeconds.toFixed(9)})/TB)`,
    // The resampler can cut at the beginning too, but is then a few samples off.
    'atrim=start=0',
    `aresample=48000:async=1:first_pts=0`,
    `aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo`,
    'apad',
    `atrim=end_sample=${Math.ceil(seconds * 48_000)}`,
    `asplit=${plan.audio.length}`,
  ]
  const pads = plan.audio.map((_, index) => `[a${index}]`).join('')
  return [
    ...inputArgs({ path: command.sourcePath, demuxer: probe.demuxer }, ['-copyts', '-vn', '-sn', '-dn']),
    ...['-filter_complex', `[0:${audio.index}]${head.join(',')}${pads}`],
    ...plan.audio.flatMap((rung, index) => [
      ...['-map', `[a${index}]`, '-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', String(rung.bitrateBps)],
      ...['-map_metadata', '-1', '-f', 'adts', `file:${command.outDir}/${audioFile(rung)}`],
    ]),
  ]
}

function microseconds(frame: number, frameRate: Rational): string {
  return formatMicros(BigInt(frameToTicks(frame, frameRate, 1_000_000)))
}

function formatMicros(micros: bigint): string {
  const size = micros < 0n ? -micros : micros
  return `${micros < 0n ? '-' : ''}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}`
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return (a / x) * b
}
