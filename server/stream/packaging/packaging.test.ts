import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { tempDir, type TempDir } from '#platform/storage/temp.ts'
import {
  encodeChunk,
  encodeSound,
  media,
  packageSample,
  pal,
  publish,
  sampleOf,
  secondsOf,
  words,
  type PackagedSample,
  type SampleSpec,
} from '../../../tests/support/packaged-sample.ts'
import { packAudio, type PackedAudio, type PackedAudioSegment } from './audio.ts'
import { MalformedMedia } from './boxes.ts'
import { MASTER_NAME, MPD_NAME } from './presentation.ts'
import { packVideoChunk } from './video.ts'

/** Key frames stand two seconds apart at 25 frames a second, and at the other rates, to save time, one. */
const RATES: readonly [string, SampleSpec][] = [
  ['23.976', sampleOf(rational(24_000, 1001), 24_000, 1001, 24)],
  ['25', pal],
  ['29.97', sampleOf(rational(30_000, 1001), 30_000, 1001, 30)],
  ['60', sampleOf(rational(60), 60_000, 1000, 60)],
]

interface Stream {
  readonly codec_type: string
  readonly start_time: string
  readonly duration?: string
  readonly nb_read_frames?: string
}

async function streamsOf(folder: string, input: string, only?: string): Promise<Stream[]> {
  const args = ['-count_frames', '-show_entries', 'stream=codec_type,start_time,duration,nb_read_frames']
  const selected = only === undefined ? [] : ['-select_streams', only]
  const answer = await media('ffprobe', folder, [...args, ...selected, '-of', 'json', input])
  const parsed: { streams: Stream[] } = JSON.parse(answer.toString())
  return parsed.streams
}

/** The whole rung as one file. */
function joined({ presentation, files }: PackagedSample, id: string): Buffer {
  const { names, video, audio } = presentation
  const count = [...video, ...audio].find((rung) => rung.id === id)?.segments.length ?? 0
  const paths = [names.init(id), ...Array.from({ length: count }, (_, index) => names.segment(id, index))]
  return Buffer.concat(paths.map((path) => files.get(path) ?? Buffer.alloc(0)))
}

async function collect(packed: Promise<PackedAudio>): Promise<PackedAudioSegment[]> {
  const segments: PackedAudioSegment[] = []
  for await (const segment of (await packed).segments) segments.push(segment)
  return segments
}

/** The numbers of the frames that are white. */
async function whiteFrames(folder: string, input: readonly string[]): Promise<number[]> {
  const toLevels = '-map 0:v:0 -vf scale=1:1:flags=area,format=gray -fps_mode passthrough -f rawvideo -'
  const pixels = await media('ffmpeg', folder, [...input, ...words(toLevels)])
  return [...pixels.entries()].filter(([, level]) => level > 220).map(([frame]) => frame)
}

/** How many samples after `expected` (seconds) the burst sounds, by cross-correlation over ±20 ms. */
function lagSamples(sound: Int16Array, expected: number): number {
  const start = Math.round(expected * 48_000)
  let best = { lag: Number.NaN, match: 0 }
  for (let lag = -960; lag <= 960; lag += 1) {
    let match = 0
    for (let index = 0; index < 240; index += 1) {
      match += (sound[start + lag + index] ?? 0) * Math.sin((2 * Math.PI * 1000 * (start + index)) / 48_000)
    }
    if (match > best.match) best = { lag, match }
  }
  return best.lag
}

describe.each(RATES)('at %s frames a second', (_, spec) => {
  let folder: TempDir
  let sample: PackagedSample
  beforeAll(async () => {
    folder = await tempDir()
    sample = await packageSample(folder.path, spec)
    await publish(folder.path, sample.files)
    await publish(folder.path, new Map(['v90', 'v54', 'high', 'low'].map((id) => [`${id}.mp4`, joined(sample, id)])))
  })
  afterAll(async () => folder[Symbol.asyncDispose]())

  test('the chunks of a rung join to every frame once, from 0 to the exact end', async () => {
    for (const id of ['v90', 'v54']) {
      const [stream] = await streamsOf(folder.path, `${id}.mp4`)
      expect(stream).toMatchObject({ start_time: '0.000000', nb_read_frames: String(spec.frames) })
      expect(Math.abs(Number(stream?.duration) - secondsOf(spec, spec.frames))).toBeLessThan(0.001)
    }
  })

  test('decode and presentation times have no gap', async () => {
    const args = ['-show_entries', 'packet=pts,dts', '-of', 'csv=p=0', 'v90.mp4']
    const rows = (await media('ffprobe', folder.path, args)).toString().trim().split('\n')
    const times = rows.map((row) => row.split(',').map(Number))
    const grid = Array.from({ length: spec.frames }, (__, frame) => frame * spec.frameTicks)
    expect(times.map(([pts]) => pts ?? 0).toSorted((a, b) => a - b)).toEqual(grid)
    const firstDts = times[0]?.[1] ?? 0
    expect(times.map(([, dts]) => (dts ?? 0) - firstDts)).toEqual(grid)
  })

  test('sound begins with the picture and ends within a millisecond of it', async () => {
    for (const id of ['high', 'low']) {
      const [stream] = await streamsOf(folder.path, `${id}.mp4`)
      expect(stream?.start_time).toBe('0.000000')
      expect(Math.abs(Number(stream?.duration) - secondsOf(spec, spec.frames))).toBeLessThan(0.001)
    }
  })

  test('FFmpeg reads the whole HLS: every frame, both starts at 0', async () => {
    const streams = await streamsOf(folder.path, MASTER_NAME)
    expect(streams.map(({ codec_type }) => codec_type).toSorted()).toEqual(['audio', 'audio', 'video', 'video'])
    for (const stream of streams) {
      expect(stream.start_time).toBe('0.000000')
      if (stream.codec_type === 'video') expect(stream.nb_read_frames).toBe(String(spec.frames))
    }
  })

  test('FFmpeg reads the whole DASH: every frame, both starts at 0', async () => {
    const streams = await streamsOf(folder.path, MPD_NAME)
    expect(streams.map(({ codec_type }) => codec_type).toSorted()).toEqual(['audio', 'audio', 'video', 'video'])
    expect(streams.map(({ start_time }) => start_time)).toEqual(streams.map(() => '0.000000'))
    // One at a time: FFmpeg's DASH reader ends all streams with the first that ends.
    for (const stream of ['v:0', 'v:1']) {
      const [alone] = await streamsOf(folder.path, MPD_NAME, stream)
      expect(alone?.nb_read_frames).toBe(String(spec.frames))
    }
  })

  test('flash and click come together near the start and at the end', async () => {
    expect(await whiteFrames(folder.path, ['-i', MASTER_NAME])).toEqual(spec.flashFrames)
    const args = ['-i', MASTER_NAME, '-map', '0:a:0', '-ac', '1', '-f', 's16le', '-']
    const pcm = await media('ffmpeg', folder.path, args)
    const sound = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1)
    for (const frame of spec.flashFrames) {
      expect(Math.abs(lagSamples(sound, secondsOf(spec, frame)))).toBeLessThan(48)
    }
  })

  test('an I-frame playlist plays one picture for each key frame', async () => {
    const [stream] = await streamsOf(folder.path, 'v90/iframes.m3u8')
    expect(stream?.nb_read_frames).toBe(String(Math.ceil(spec.frames / spec.framesPerKeyframe)))
  })
})

describe('a chunk', () => {
  let folder: TempDir
  let file: Buffer
  const rung = { width: 96, height: 54, kilobits: 60 }
  const frames = 3 * pal.framesPerKeyframe
  const chunk = { frameTicks: 1000, startFrame: frames, frameCount: frames, firstSegment: 1, keyframesPerSegment: 3 }
  beforeAll(async () => {
    folder = await tempDir()
    file = await encodeChunk(folder.path, pal, rung, frames, frames)
  })
  afterAll(async () => folder[Symbol.asyncDispose]())

  test('of a single frame shares the initialisation segment of the others', async () => {
    const single = await encodeChunk(folder.path, pal, rung, frames, 1)
    const packed = packVideoChunk(single, { ...chunk, frameCount: 1, isLast: true })
    expect(packed.init).toEqual(packVideoChunk(file, { ...chunk, isLast: false }).init)
    expect(packed.segments).toMatchObject([{ startTicks: 150_000, durationTicks: 1000, frameCount: 1 }])
  })

  test('that lacks a frame is refused', () => {
    expect(() => packVideoChunk(file, { ...chunk, frameCount: frames + 1, isLast: true })).toThrow(MalformedMedia)
  })

  test('that belongs elsewhere is refused', () => {
    expect(() => packVideoChunk(file, { ...chunk, startFrame: 0, isLast: true })).toThrow(MalformedMedia)
  })

  test('in the middle of a video with half a segment is refused', () => {
    expect(() => packVideoChunk(file, { ...chunk, keyframesPerSegment: 2, isLast: false })).toThrow(MalformedMedia)
  })

  test('cut off anywhere is refused', () => {
    for (let length = 0; length < file.length - 200; length += 397) {
      expect(() => packVideoChunk(file.subarray(0, length), { ...chunk, isLast: true })).toThrow(MalformedMedia)
    }
  })

  test('with a byte turned over is refused or packed, and never breaks anything else', () => {
    for (let position = 0; position < 3000; position += 1) {
      const spoilt = Buffer.from(file)
      spoilt.writeUInt8(spoilt.readUInt8(position) ^ 0xff, position)
      try {
        packVideoChunk(spoilt, { ...chunk, isLast: true })
      } catch (error) {
        if (!(error instanceof MalformedMedia)) throw error
      }
    }
  })
})

describe('sound', () => {
  let folder: TempDir
  beforeAll(async () => {
    folder = await tempDir()
  })
  afterAll(async () => folder[Symbol.asyncDispose]())

  test('that is shorter than the picture is filled with silence to its end', async () => {
    const short = await encodeSound(folder.path, pal, { channels: 2, kilobits: 64 }, 1)
    const packed = await packAudio(short, { boundaries: [rational(6), rational(9)], primingSamples: 1024 })
    const parts = [packed.init]
    for await (const { bytes } of packed.segments) parts.push(bytes)
    await publish(folder.path, new Map([['filled.mp4', Buffer.concat(parts)]]))
    const [stream] = await streamsOf(folder.path, 'filled.mp4')
    expect(stream).toMatchObject({ start_time: '0.000000', duration: '9.000000' })
  })

  test('is packed alike from one buffer and from pieces of any size', async () => {
    const adts = await encodeSound(folder.path, pal, { channels: 1, kilobits: 48 }, 3)
    const timeline = { boundaries: [rational(2), rational(3)], primingSamples: 1024 }
    const whole = await collect(packAudio(adts, timeline))
    for (const size of [1, 7, 4096]) {
      const pieces = Array.from({ length: Math.ceil(adts.length / size) }, (_, index) =>
        adts.subarray(index * size, (index + 1) * size),
      )
      expect(await collect(packAudio(pieces, timeline))).toEqual(whole)
    }
  })

  test('that ends inside a frame, is no ADTS or is empty is refused', async () => {
    const adts = await encodeSound(folder.path, pal, { channels: 1, kilobits: 48 }, 1)
    const timeline = { boundaries: [rational(60)], primingSamples: 1024 }
    const pack = async (source: Buffer): Promise<unknown> => collect(packAudio(source, timeline))
    await expect(pack(adts.subarray(0, -3))).rejects.toThrow(MalformedMedia)
    await expect(pack(Buffer.from('This is no sound at all.'))).rejects.toThrow(MalformedMedia)
    await expect(pack(Buffer.alloc(0))).rejects.toThrow(MalformedMedia)
  })
})
