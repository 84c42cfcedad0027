import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatRational, rational, type Rational } from '#kernel/rational.ts'
import { run } from '#platform/process/run.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { packAudio } from '../../server/stream/packaging/audio.ts'
import { writeMpd } from '../../server/stream/packaging/dash.ts'
import { writeIFrames, writeMaster, writeMedia } from '../../server/stream/packaging/hls.ts'
import {
  fileNames,
  MASTER_NAME,
  MPD_NAME,
  type AudioRung,
  type Presentation,
  type VideoRung,
} from '../../server/stream/packaging/presentation.ts'
import { packVideoChunk, sameInit, type PackedVideoSegment } from '../../server/stream/packaging/video.ts'

/** A generated film: moving picture, a white frame together with a 5 ms burst of 1 kHz at each of `flashFrames`. */
export interface SampleSpec {
  readonly rate: Rational
  /** Ticks of a second and of a frame; `timescale / frameTicks` is the rate. */
  readonly timescale: number
  readonly frameTicks: number
  readonly framesPerKeyframe: number
  readonly frames: number
  readonly flashFrames: readonly number[]
}

/** What was packed, as it would be published: every file by its path. */
export interface PackagedSample {
  readonly spec: SampleSpec
  readonly presentation: Presentation
  readonly files: Map<string, Buffer>
}

/** Key-frame intervals in a segment. */
export const KEYFRAMES_PER_SEGMENT = 3

const RUNGS = [
  { id: 'v90', width: 160, height: 90, audioId: 'high', kilobits: 120 },
  { id: 'v54', width: 96, height: 54, audioId: 'high', kilobits: 60 },
]
const SOUNDS = [
  { id: 'high', channels: 2, kilobits: 96 },
  { id: 'low', channels: 1, kilobits: 48 },
]
const PLANNED = { average: 100_000, peak: 150_000 }

/** 25 frames a second, two whole segments and a short one; flashes near both ends. */
export const pal: SampleSpec = sampleOf(rational(25), 25_000, 1000, 50)

/** A sample at `rate` of two whole segments, one more interval and seven frames. */
export function sampleOf(rate: Rational, timescale: number, frameTicks: number, framesPerKeyframe: number): SampleSpec {
  const frames = (2 * KEYFRAMES_PER_SEGMENT + 1) * framesPerKeyframe + 7
  return { rate, timescale, frameTicks, framesPerKeyframe, frames, flashFrames: [framesPerKeyframe / 2, frames - 5] }
}

/** Makes a sample with FFmpeg in `folder`: encoded in two chunks, the first of one segment, as the product does. */
export async function packageSample(folder: string, spec: SampleSpec): Promise<PackagedSample> {
  const files = new Map<string, Buffer>()
  const video: VideoRung[] = []
  for (const rung of RUNGS) video.push(await packRung(folder, spec, rung, files))
  const boundaries = boundariesOf(video[0])
  const audio: AudioRung[] = []
  for (const sound of SOUNDS) audio.push(await packSound(folder, spec, sound, boundaries, files))
  const segmentSeconds = rational(KEYFRAMES_PER_SEGMENT * spec.framesPerKeyframe * spec.frameTicks, spec.timescale)
  const presentation = { video, audio, isComplete: true, segmentSeconds, names: fileNames }
  writeManifests(presentation, files)
  return { spec, presentation, files }
}

let made: Promise<PackagedSample> | undefined

/** The sample `pal`, made once for all tests of a process: copy `files` before changing them. */
export function palSample(): Promise<PackagedSample> {
  made ??= (async () => {
    await using folder = await tempDir()
    return await packageSample(folder.path, pal)
  })()
  return made
}

/** Writes every manifest of `presentation` into `files`. */
function writeManifests(presentation: Presentation, files: Map<string, Buffer>): void {
  const { names, video, audio } = presentation
  files.set(MASTER_NAME, Buffer.from(writeMaster(presentation)))
  files.set(MPD_NAME, Buffer.from(writeMpd(presentation, null)))
  for (const { id } of [...video, ...audio]) files.set(names.playlist(id), Buffer.from(writeMedia(presentation, id)))
  for (const { id } of video) files.set(names.iframes(id), Buffer.from(writeIFrames(presentation, id)))
}

/** Writes the files below `folder`. */
export async function publish(folder: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

/** Runs FFmpeg or FFprobe in `folder` and answers standard output. @throws Error with what it said when it fails */
export async function media(program: 'ffmpeg' | 'ffprobe', folder: string, args: readonly string[]): Promise<Buffer> {
  const quiet = program === 'ffmpeg' ? ['-v', 'error', '-nostdin', '-y'] : ['-v', 'error']
  const result = await run(program, [...quiet, ...args], { cwd: folder, timeoutMs: 60_000, maxOutputBytes: 64 << 20 })
  if (result.exitCode !== 0 || result.stderr !== '') throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** Encodes frames `start` up to `start + count` of a rung, as a chunk of the product is: an MP4 that says when it begins. */
export async function encodeChunk(
  folder: string,
  spec: SampleSpec,
  rung: { readonly width: number; readonly height: number; readonly kilobits: number },
  start: number,
  count: number,
): Promise<Buffer> {
  const flashes = spec.flashFrames.map((frame) => `eq(n,${frame})`).join('+')
  const file = join(folder, 'chunk.mp4')
  const rate = formatRational(spec.rate)
  await media('ffmpeg', folder, [
    ...words(`-f lavfi -i testsrc2=s=${rung.width}x${rung.height}:r=${rate} -vf`),
    `drawbox=c=white:t=fill:enable='${flashes}',trim=start_frame=${start}:end_frame=${start + count},` +
      `setpts=N/(${rate})/TB,setsar=1`,
    ...words(`-frames:v ${count} -c:v libx264 -preset medium -profile:v high -pix_fmt yuv420p -threads 1`),
    ...words(`-b:v ${rung.kilobits}k -maxrate ${rung.kilobits}k -bufsize ${rung.kilobits}k -sc_threshold 0`),
    ...words(`-force_key_frames expr:eq(mod(n,${spec.framesPerKeyframe}),0) -avoid_negative_ts disabled`),
    ...words('-movflags frag_keyframe+empty_moov+default_base_moof+frag_discont'),
    ...words(`-video_track_timescale ${spec.timescale} -output_ts_offset ${secondsOf(spec, start).toFixed(6)}`),
    file,
  ])
  return readFile(file)
}

/** Encodes the sound as ADTS; half a second longer than the picture unless said otherwise. */
export async function encodeSound(
  folder: string,
  spec: SampleSpec,
  sound: { readonly channels: number; readonly kilobits: number },
  seconds: number = secondsOf(spec, spec.frames) + 0.5,
): Promise<Buffer> {
  const bursts = spec.flashFrames.map((frame) => secondsOf(spec, frame)).map((at) => `between(t,${at},${at + 0.005})`)
  return media('ffmpeg', folder, [
    ...words('-f lavfi -i'),
    `aevalsrc='(${bursts.join('+')})*0.8*sin(2*PI*1000*t)':s=48000:d=${seconds}`,
    ...words(`-ac ${sound.channels} -c:a aac -b:a ${sound.kilobits}k -f adts -`),
  ])
}

/** Arguments without spaces of their own. */
export function words(args: string): string[] {
  return args.split(' ')
}

/** When a frame begins. */
export function secondsOf(spec: SampleSpec, frame: number): number {
  return (frame * spec.frameTicks) / spec.timescale
}

async function packRung(
  folder: string,
  spec: SampleSpec,
  rung: (typeof RUNGS)[number],
  files: Map<string, Buffer>,
): Promise<VideoRung> {
  const firstChunk = KEYFRAMES_PER_SEGMENT * spec.framesPerKeyframe
  const segments: PackedVideoSegment[] = []
  let described
  for (const [startFrame, frameCount] of [
    [0, firstChunk],
    [firstChunk, spec.frames - firstChunk],
  ] as const) {
    const packed = packVideoChunk(await encodeChunk(folder, spec, rung, startFrame, frameCount), {
      frameTicks: spec.frameTicks,
      startFrame,
      frameCount,
      firstSegment: segments.length,
      keyframesPerSegment: KEYFRAMES_PER_SEGMENT,
      isLast: startFrame > 0,
    })
    if (described !== undefined) sameInit(described.init, packed.init)
    described = packed
    segments.push(...packed.segments)
  }
  if (described === undefined) throw new Error('No chunk')
  files.set(fileNames.init(rung.id), described.init)
  for (const { index, bytes } of segments) files.set(fileNames.segment(rung.id, index), bytes)
  const { codecs, width, height, timescale } = described
  const measured = segments.map(({ bytes, durationTicks, keyframes }) => ({
    sizeBytes: bytes.length,
    durationTicks,
    keyframes,
  }))
  const { id, audioId } = rung
  return { id, codecs, width, height, timescale, frameRate: spec.rate, segments: measured, planned: PLANNED, audioId }
}

async function packSound(
  folder: string,
  spec: SampleSpec,
  sound: (typeof SOUNDS)[number],
  boundaries: readonly Rational[],
  files: Map<string, Buffer>,
): Promise<AudioRung> {
  const packed = await packAudio(await encodeSound(folder, spec, sound), { boundaries, primingSamples: 1024 })
  files.set(fileNames.init(sound.id), packed.init)
  const segments = []
  for await (const { index, bytes, durationTicks } of packed.segments) {
    files.set(fileNames.segment(sound.id, index), bytes)
    segments.push({ sizeBytes: bytes.length, durationTicks })
  }
  const { codecs, channels, timescale } = packed
  return { id: sound.id, codecs, channels, timescale, segments, planned: PLANNED, name: 'Original', language: null }
}

function boundariesOf(rung: VideoRung | undefined): Rational[] {
  let ticks = 0
  return (rung?.segments ?? []).map(({ durationTicks }) => rational((ticks += durationTicks), rung?.timescale))
}
