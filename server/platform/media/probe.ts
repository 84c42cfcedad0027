import { rational, toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { run } from '#platform/process/run.ts'
import { MediaFailure } from './failure.ts'
import { guardArgs, inputArgs, lastLines, runFfmpeg, throwUnlessDone } from './ffmpeg.ts'
import type { MediaSource } from './ffmpeg.ts'
import { scanPackets } from './packets.ts'
import type { PacketScan } from './packets.ts'
import { bitDepthOf, displaySize, hdrOf, isOneOf, readReport, rotationOf } from './report.ts'
import type { ReportStream } from './report.ts'
import { sniff } from './sniff.ts'
import type { Demuxer } from './sniff.ts'
import { frameTiming } from './timing.ts'

/** A file's facts, measured and bounded; plain data that survives JSON. */
export interface MediaProbe {
  readonly demuxer: Demuxer
  /** Where the container's clock starts, in seconds; seeking counts from here. */
  readonly startSeconds: number
  /** The length of the picture, from its first frame to the end of its last. Sound does not count. */
  readonly durationMs: number
  readonly video: VideoStream
  readonly audio: AudioStream | null
  readonly streamCount: number
}

export interface VideoStream {
  /** FFmpeg's stream index. */
  readonly index: number
  readonly codec: string
  readonly codedWidth: number
  readonly codedHeight: number
  /** As it is meant to be seen: after pixel aspect and rotation, whole pixels, not necessarily even. */
  readonly displayWidth: number
  readonly displayHeight: number
  /** Clockwise turn that a player has to make. */
  readonly rotationDegrees: 0 | 90 | 180 | 270
  readonly pixelAspect: Rational
  /** Seconds of one tick of `startTicks` and `endTicks`. */
  readonly timeBase: Rational
  /** The first frame's presentation time, and the end of the last frame. */
  readonly startTicks: number
  readonly endTicks: number
  /** Frames that the container holds and shows. */
  readonly frameCount: number
  /** Constant: the source's rate, as it is. Variable: the standard rate at which its short frames run. */
  readonly frameRate: Rational
  readonly isVariable: boolean
  readonly interlaced: boolean
  readonly pixelFormat: string
  readonly bitDepth: number
  /** FFmpeg's names; null when the file does not say. */
  readonly colorTransfer: string | null
  readonly colorPrimaries: string | null
  readonly colorMatrix: string | null
  readonly hdr: 'pq' | 'hlg' | null
  /** Presentation times of key frames at least two seconds apart, in seconds of the container's clock, rising. */
  readonly keyFrameSeconds: readonly number[]
}

export interface AudioStream {
  readonly index: number
  readonly codec: string
  readonly channels: number
  readonly sampleRateHz: number
}

/** What a file may claim and cost. */
export interface ProbeLimits {
  readonly maxDurationMs: number
  /** Coded and displayed width × height. */
  readonly maxPixels: number
  readonly maxStreams: number
  readonly maxFrames: number
  readonly timeoutMs: number
}

export const DEFAULT_PROBE_LIMITS: ProbeLimits = {
  maxDurationMs: 12 * 3_600_000,
  maxPixels: 8192 * 4608,
  maxStreams: 32,
  maxFrames: 12 * 3600 * 120,
  timeoutMs: 10 * 60_000,
}

export interface ProbeInput {
  /** Absolute, named by us. */
  readonly path: string
  /** The file's first `SNIFF_BYTES` bytes. */
  readonly head: Uint8Array
  /** The working folder of the child processes. */
  readonly cwd: string
  readonly signal?: AbortSignal | undefined
  readonly limits?: Partial<ProbeLimits> | undefined
}

const KEY_FRAME_SPACING_SECONDS = 2

/**
 * Finds out what a file from outside is: kind by its first bytes, streams by ffprobe, times by reading every packet of
 * the picture, fields by looking at some frames when the container does not say. Reads the file once to its end.
 * @throws MediaFailure `unsupported_media` (another kind, a still image, an unknown codec, too many streams),
 *   `corrupt_media`, `too_long`, `too_many_pixels`, `no_streams` (no picture: `detail` says whether there is sound)
 * @throws the signal's reason when aborted
 */
export async function probeMedia(input: ProbeInput): Promise<MediaProbe> {
  const limits = { ...DEFAULT_PROBE_LIMITS, ...input.limits }
  const sniffed = sniff(input.head)
  if (sniffed === null) throw new MediaFailure('unsupported_media', 'The file is of no kind that can become a video.')
  if (sniffed.kind === 'still') throw new MediaFailure('unsupported_media', 'The file is a still image, not a video.')
  const source: MediaSource = { path: input.path, demuxer: sniffed.demuxer }

  const { json, stderr } = await reportOf(source, input, limits)
  const report = readReport(json)
  if (report.streams.length === 0) throw new MediaFailure('no_streams', 'The file holds neither picture nor sound.')
  if (report.streams.length > limits.maxStreams) {
    throw new MediaFailure('unsupported_media', `The file has more than ${limits.maxStreams} streams.`)
  }
  const audio = pick(report.streams, 'audio')
  const picture = pick(report.streams, 'video')
  if (picture === undefined) {
    const detail = audio === undefined ? 'neither picture nor sound' : 'sound but no picture'
    throw new MediaFailure('no_streams', `The file holds ${detail}.`)
  }
  // The decoders refuse what is too large before ffprobe can tell its size.
  if (TOO_LARGE.test(stderr)) throw tooManyPixels(limits)
  refuseTooLarge(picture, report.durationSeconds, limits)
  const scan = await scanPackets(source, picture.index, {
    cwd: input.cwd,
    timeoutMs: limits.timeoutMs,
    maxPackets: limits.maxFrames,
    signal: input.signal,
  })
  const video = await describeVideo(source, picture, scan, input, limits)
  return {
    demuxer: source.demuxer,
    startSeconds: report.startSeconds,
    durationMs: Math.max(1, Math.round((video.endTicks - video.startTicks) * toNumber(video.timeBase) * 1000)),
    video,
    audio: describeAudio(audio),
    streamCount: report.streams.length,
  }
}

/** What ffprobe tells of a file, within bounds. @throws MediaFailure */
export async function reportOf(
  source: MediaSource,
  input: ProbeInput,
  limits: ProbeLimits,
): Promise<{ json: unknown; stderr: string }> {
  const entries = [
    'format=start_time,duration',
    'stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,pix_fmt,bits_per_raw_sample,field_order',
    'stream=r_frame_rate,avg_frame_rate,time_base,start_pts,duration,nb_frames,channels,sample_rate',
    'stream=color_transfer,color_primaries,color_space',
    'stream_disposition=attached_pic,default,timed_thumbnails,still_image',
    'stream_tags=rotate:stream_side_data=rotation',
  ]
  const result = await run(
    'ffprobe',
    [
      ...['-v', 'error', ...guardArgs(source.demuxer), '-probesize', '20M', '-analyzeduration', '10M'],
      ...['-show_entries', entries.join(':'), '-of', 'json', `file:${source.path}`],
    ],
    {
      cwd: input.cwd,
      timeoutMs: Math.min(limits.timeoutMs, 60_000),
      limits: { cpuSeconds: 60, memoryBytes: 4 * 1024 ** 3, fileSizeBytes: 0, openFiles: 64 },
      maxOutputBytes: 4 * 1024 * 1024,
      ...(input.signal !== undefined && { signal: input.signal }),
    },
  )
  if (result.ended !== 'exit' || result.signal !== null) {
    if (result.ended === 'aborted') throwUnlessDone(result, input.signal)
    throw new MediaFailure('corrupt_media', 'The file could not be read within its limits.', lastLines(result.stderr))
  }
  if (result.exitCode !== 0) {
    if (TOO_LARGE.test(result.stderr)) throw tooManyPixels(limits)
    const unknownCodec = result.stderr.includes('not on whitelist')
    if (unknownCodec)
      throw new MediaFailure('unsupported_media', 'The codec is not supported.', lastLines(result.stderr))
    throw new MediaFailure('corrupt_media', 'The file is damaged or incomplete.', lastLines(result.stderr))
  }
  return { json: JSON.parse(result.stdout.toString('utf8')), stderr: result.stderr }
}

/** The default stream of a type, else the first; pictures attached to music are not streams to us. */
export function pick(streams: readonly ReportStream[], type: 'video' | 'audio'): ReportStream | undefined {
  const usable = streams.filter((stream) => stream.type === type && !stream.isAttachment)
  return usable.find((stream) => stream.isDefault) ?? usable[0]
}

function refuseTooLarge(picture: ReportStream, durationSeconds: number, limits: ProbeLimits): void {
  const display = displaySize(picture)
  const pixels = Math.max(picture.width * picture.height, display.width * display.height)
  if (pixels > limits.maxPixels) throw tooManyPixels(limits)
  if (picture.codec === null || pixels === 0 || picture.pixelFormat === null) {
    throw new MediaFailure('corrupt_media', 'The picture could not be read.')
  }
  if (durationSeconds * 1000 > limits.maxDurationMs) throw tooLong(limits)
}

const TOO_LARGE = /Picture size \d+x\d+ (?:is invalid|exceeds)/
const tooManyPixels = (limits: ProbeLimits): MediaFailure =>
  new MediaFailure('too_many_pixels', `A picture may have at most ${limits.maxPixels} pixels.`)
const tooLong = (limits: ProbeLimits): MediaFailure =>
  new MediaFailure('too_long', `A video may be at most ${Math.floor(limits.maxDurationMs / 60_000)} minutes long.`)

async function describeVideo(
  source: MediaSource,
  picture: ReportStream,
  scan: PacketScan,
  input: ProbeInput,
  limits: ProbeLimits,
): Promise<VideoStream> {
  const { timeBase } = picture
  const seconds = (ticks: number): number => ticks * toNumber(timeBase)
  const startTicks = scan.times[0]
  if (startTicks === undefined) throw new MediaFailure('corrupt_media', 'The file holds no frame of its picture.')
  if (scan.overflow || seconds(scan.endTicks - startTicks) * 1000 > limits.maxDurationMs) throw tooLong(limits)
  // The index of an MP4 counts its frames: when much fewer are there, the upload or the recording was cut off.
  if (picture.frameCount !== null && scan.packetCount < Math.floor(picture.frameCount * 0.98) - 1) {
    throw new MediaFailure('corrupt_media', 'The file ends before its own index says.')
  }
  const hints = [picture.realFrameRate, picture.averageFrameRate].filter((rate) => rate !== null)
  const display = displaySize(picture)
  return {
    index: picture.index,
    codec: picture.codec ?? 'unknown',
    codedWidth: picture.width,
    codedHeight: picture.height,
    displayWidth: display.width,
    displayHeight: display.height,
    rotationDegrees: rotationOf(picture),
    pixelAspect: picture.pixelAspect ?? rational(1),
    timeBase,
    startTicks,
    endTicks: scan.endTicks,
    frameCount: scan.times.length,
    ...frameTiming(scan.times, timeBase, hints),
    interlaced: await isInterlaced(source, picture, input),
    pixelFormat: picture.pixelFormat ?? 'unknown',
    bitDepth: bitDepthOf(picture),
    colorTransfer: picture.colorTransfer,
    colorPrimaries: picture.colorPrimaries,
    colorMatrix: picture.colorMatrix,
    hdr: hdrOf(picture),
    keyFrameSeconds: thinned(scan.keyTicks.map(seconds)),
  }
}

function thinned(keys: readonly number[]): number[] {
  const kept: number[] = []
  for (const key of keys) {
    const last = kept.at(-1)
    if (last === undefined || key - last >= KEY_FRAME_SPACING_SECONDS) kept.push(key)
  }
  return kept
}

function describeAudio(audio: ReportStream | undefined): AudioStream | null {
  if (audio === undefined || audio.codec === null || audio.channels < 1 || audio.sampleRateHz < 1) return null
  return { index: audio.index, codec: audio.codec, channels: audio.channels, sampleRateHz: audio.sampleRateHz }
}

const FIELD_CODECS = ['h264', 'mpeg2video', 'mpeg4', 'vc1', 'dvvideo', 'prores', 'dnxhd', 'ffv1', 'rawvideo', 'v210']
const FIELD_ORDERS = ['tt', 'bb', 'tb', 'bt']

/** Fields by the container's word; by a look at a hundred frames (`idet`) when it has none and the codec may have fields. */
async function isInterlaced(source: MediaSource, picture: ReportStream, input: ProbeInput): Promise<boolean> {
  if (isOneOf(FIELD_ORDERS, picture.fieldOrder)) return true
  if (picture.fieldOrder === 'progressive' || !isOneOf(FIELD_CODECS, picture.codec) || picture.height > 1200)
    return false
  const { stderr } = await runFfmpeg(
    [
      ...inputArgs(source, ['-t', '30']),
      ...['-map', `0:${picture.index}`, '-vf', 'idet', '-frames:v', '100', '-f', 'null', '-'],
    ],
    { cwd: input.cwd, timeoutMs: 60_000, signal: input.signal, limits: { cpuSeconds: 60 } },
  )
  const counts = /Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)/.exec(stderr)
  if (counts === null) return false
  const fields = Number(counts[1]) + Number(counts[2])
  return fields > 10 && fields > Number(counts[3])
}
