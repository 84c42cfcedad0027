import { copyFileSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatRational, frameToTicks, rational } from '#kernel/rational.ts'
import { clickErrorsMs, clicks } from '#tests/support/clicks.ts'
import { type Joined, boxes, encodeInChunks, probed } from '#tests/support/joints.ts'
import {
  type NumberedSource,
  PROOF_RATES,
  THREE_RUNGS,
  emptyFolder,
  ffmpeg,
  frameNumbers,
  frameNumbersOf,
  makeFile,
  makeMedia,
  numberedVideo,
  quarterTurn,
} from '#tests/support/media.ts'
import { AAC_PRIMING_SAMPLES, encodeAudio, encodeChunk } from './encode.ts'
import { planEncoding } from './plan.ts'
import type { ChunkLengths } from './plan.ts'

/** A chunk for each key frame interval: two seconds. */
const SHORT_CHUNKS: ChunkLengths = { segmentKeyframes: 1, firstSegments: 1, maxSegments: 1 }

const decodeTimes = (bytes: Buffer): number[] =>
  boxes(bytes, ['tfdt']).map(({ at }) =>
    bytes[at + 8] === 1 ? Number(bytes.readBigUInt64BE(at + 12)) : bytes.readUInt32BE(at + 12),
  )

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const encoded = new Map<string, Promise<Joined>>()

/** A numbered video in short chunks, encoded once for all tests that ask for the same. */
function shortChunksOf(source: NumberedSource): Promise<Joined> {
  const key = JSON.stringify(source)
  const encoding = encoded.get(key) ?? numberedVideo(source).then((path) => encodeInChunks(path, SHORT_CHUNKS))
  encoded.set(key, encoding)
  return encoding
}

test.each(PROOF_RATES.map((rate) => [formatRational(rate), rate] as const))(
  'chunks at %s frames a second join with every frame once and in order on every rung',
  async (_, rate) => {
    const frames = 6 * Math.round(rate.num / rate.den) + 7
    const size = rate.num === 25 ? THREE_RUNGS : {}
    const { plan, counts, joined } = await shortChunksOf({ frames, rate, ...size })
    expect(plan.frameRate).toEqual(rate)
    expect(plan.chunks.length).toBeGreaterThan(2)
    expect(counts.reduce((sum, count) => sum + count)).toBe(frames)
    expect(joined.length).toBe(plan.video.length)
    expect(await frameNumbersOf(joined)).toEqual(joined.map(() => counting(frames)))
  },
)

/** One of two rungs is enough where only the source's container differs. */
const ONE_RUNG = { width: 256, height: 144 } as const

test.each([
  ['mp4', {}],
  ['mkv', ONE_RUNG],
  ['ts', ONE_RUNG],
] as const)(
  'chunks of a variable rate in %s are exactly the frames of one command over the whole file',
  async (extension, size) => {
    const source = await numberedVideo({ frames: 180, rate: rational(30), isVariable: true, extension, ...size })
    const { probe, plan, joined } = await encodeInChunks(source, SHORT_CHUNKS)
    expect(probe.video.isVariable).toBe(true)
    const start = (probe.video.startTicks * probe.video.timeBase.num) / probe.video.timeBase.den
    const fps = `fps=fps=${formatRational(plan.frameRate)}:start_time=${start}:round=near`
    const whole = await frameNumbers(source, [fps], ['-copyts'])
    expect(plan.chunks.length).toBeGreaterThan(2)
    expect(await frameNumbersOf(joined)).toEqual(joined.map(() => whole))
  },
)

test('chunks of a transport stream, which cannot seek to key frames, lose nothing', async () => {
  const source = await numberedVideo({ frames: 227, rate: rational(30), extension: 'ts', keyframeFrames: 200 })
  const { joined } = await encodeInChunks(source, SHORT_CHUNKS)
  expect(await frameNumbersOf(joined)).toEqual(joined.map(() => counting(227)))
})

test('every chunk begins its fragments at its frames and has the same decoder configuration', async () => {
  const rate = rational(30_000, 1001)
  const { plan, files } = await shortChunksOf({ frames: 187, rate })
  const ticks = (frame: number): number => frameToTicks(frame, rate, plan.timescale)
  for (const chunks of files) {
    const contents = chunks.map((path) => readFileSync(path))
    const configurations = contents.map((bytes) => {
      const [box] = boxes(bytes, ['avcC'])
      return box === undefined ? '' : bytes.toString('hex', box.at, box.at + box.sizeBytes)
    })
    expect(configurations[0]).not.toBe('')
    expect(new Set(configurations).size).toBe(1)
    for (const [index, bytes] of contents.entries()) {
      const { startFrame = 0, frameCount = 0 } = plan.chunks[index] ?? {}
      const fragments = Math.ceil(frameCount / plan.keyframeFrames)
      const expected = counting(fragments).map((fragment) => ticks(startFrame + fragment * plan.keyframeFrames))
      expect(decodeTimes(bytes)).toEqual(expected)
    }
  }
})

test('sound begins with the picture and reaches beyond its end', async () => {
  const sourcePath = await numberedVideo({ frames: 150, rate: rational(25), toneHz: 440 })
  const probe = await probed(sourcePath)
  const plan = planEncoding(probe)
  const { rungs } = await encodeAudio({ sourcePath, probe, plan, outDir: emptyFolder() })
  expect(rungs.map((rung) => rung.name)).toEqual(['audio-128k', 'audio-48k'])
  for (const rung of rungs) {
    const samples = await ffmpeg(['-i', rung.path, '-ac', '1', '-f', 's16le', '-'])
    const loud = (at: number): boolean =>
      counting(480).some((index) => Math.abs(samples.readInt16LE((at + index) * 2)) > 1000)
    expect(loud(AAC_PRIMING_SAMPLES + 480)).toBe(true)
    expect(samples.length / 2).toBeGreaterThan(6 * 48_000 + AAC_PRIMING_SAMPLES)
    expect(loud(AAC_PRIMING_SAMPLES + 6 * 48_000 - 960)).toBe(true)
    expect(loud(AAC_PRIMING_SAMPLES + 6 * 48_000 + 4800)).toBe(false)
  }
})

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10']
const PICTURE = ['-f', 'lavfi', '-i', 'color=size=64x48:rate=25:duration=6']
const CLICKS = clicks(6)

test.each([
  ['a film', 'clicks.mp4', [...PICTURE, ...CLICKS], 0],
  ['a transport stream', 'clicks.ts', [...PICTURE, ...CLICKS], 0],
  ['a film with thousandths', 'clicks.mkv', [...PICTURE, ...CLICKS], 0],
  ['a film whose sound begins half a second later', 'late.mkv', [...PICTURE, '-itsoffset', '0.5', ...CLICKS], 0.5],
  ['a film whose picture begins 0.32 s later', 'early.mkv', ['-itsoffset', '0.32', ...PICTURE, ...CLICKS], -0.32],
] as const)(
  'the sound of %s is within a millisecond of the picture, to its end',
  async (_, name, inputs, shiftSeconds) => {
    const sourcePath = await makeMedia(name, [...inputs, ...X264, '-c:a', 'aac', '-b:a', '160k'])
    const probe = await probed(sourcePath)
    const plan = planEncoding(probe)
    const { rungs } = await encodeAudio({ sourcePath, probe, plan, outDir: emptyFolder() })
    const errors = await clickErrorsMs(rungs[0]?.path ?? '', [1, 2, 3, 4, 5], shiftSeconds)
    expect(Math.max(...errors)).toBeLessThanOrEqual(1)
  },
)

test('a picture that stops being decodable is corrupt media', async () => {
  const whole = await numberedVideo({ frames: 227, rate: rational(30), extension: 'mkv' })
  const probe = await probed(whole)
  const plan = planEncoding(probe, SHORT_CHUNKS)
  const sourcePath = join(emptyFolder(), 'source.mkv')
  copyFileSync(whole, sourcePath)
  truncateSync(sourcePath, Math.floor(readFileSync(whole).length / 3))
  await expect(encodeChunk({ sourcePath, probe, plan, chunkIndex: 1, outDir: emptyFolder() })).rejects.toMatchObject({
    code: 'corrupt_media',
  })
})

test('an aborted encoding ends with the reason of its signal', async () => {
  const sourcePath = await numberedVideo({ frames: 187, rate: rational(30) })
  const probe = await probed(sourcePath)
  const signal = AbortSignal.abort(new Error('cancelled by its owner'))
  const plan = planEncoding(probe)
  await expect(encodeChunk({ sourcePath, probe, plan, chunkIndex: 0, outDir: emptyFolder(), signal })).rejects.toThrow(
    'cancelled by its owner',
  )
})

/** The mean colours, as `rgb` hex, of a 4 × 2 grid over the first frame of the highest rung. */
async function coloursOf(sourcePath: string): Promise<{ size: string; colours: string[] }> {
  const { plan, joined } = await encodeInChunks(sourcePath)
  const grid = ['-vf', 'scale=4:2:flags=area,format=rgb24', '-frames:v', '1', '-f', 'rawvideo', '-']
  const pixels = await ffmpeg(['-i', joined[0] ?? '', ...grid])
  const colours = counting(8).map((cell) => pixels.toString('hex', cell * 3, cell * 3 + 3))
  return { size: `${plan.video[0]?.width}x${plan.video[0]?.height}`, colours }
}

const near = (hex: string, wanted: string): boolean =>
  counting(3).every((part) => {
    const channel = (text: string): number => Number.parseInt(text.slice(part * 2, part * 2 + 2), 16)
    return Math.abs(channel(hex) - channel(wanted)) <= 12
  })

const RED_LEFT_BLUE_RIGHT =
  'color=c=0xC02020:size=160x180:rate=25:duration=0.4[l];color=c=0x2020C0:size=160x180:rate=25:duration=0.4[r];[l][r]hstack'

test('colours stay what they are, from BT.601, BT.709, full range, 4:2:2 with ten bits and an odd size', async () => {
  const source = (name: string, filters: string, args: readonly string[]): Promise<string> =>
    makeMedia(name, ['-f', 'lavfi', '-i', `${RED_LEFT_BLUE_RIGHT},${filters}`, ...X264, ...args])
  const tags = (space: string): string[] => ['-colorspace', space, '-color_primaries', 'bt709', '-color_trc', 'bt709']
  const files = [
    await source('bt601.mp4', 'scale=out_color_matrix=bt601,format=yuv420p', []),
    await source('bt709.mp4', 'scale=out_color_matrix=bt709,format=yuv420p', tags('bt709')),
    await source('full.mp4', 'scale=out_color_matrix=bt709:out_range=pc,format=yuvj420p', tags('bt709')),
    await source('422p10.mp4', 'scale=out_color_matrix=bt709,format=yuv422p10le', tags('bt709')),
    await source('odd.mkv', 'scale=301:171,setsar=1,format=yuv444p', []),
  ]
  for (const file of files) {
    const { size, colours } = await coloursOf(file)
    expect(size).toBe(file.endsWith('odd.mkv') ? '300x170' : '320x180')
    expect({ file, colours, ok: near(colours[0] ?? '', 'c02020') && near(colours[3] ?? '', '2020c0') }).toMatchObject({
      ok: true,
    })
  }
})

test('a turned picture is encoded upright', async () => {
  const lying = await makeMedia('lying.mp4', [
    ...['-f', 'lavfi', '-i', `${RED_LEFT_BLUE_RIGHT},format=yuv420p`, ...X264],
  ])
  const { size, colours } = await coloursOf(makeFile('upright.mp4', quarterTurn(readFileSync(lying))))
  expect(size).toBe('180x320')
  expect([near(colours[0] ?? '', 'c02020'), near(colours[7] ?? '', '2020c0')]).toEqual([true, true])
})

test('fields become frames and HDR becomes SDR, with no frame lost', async () => {
  const fields = await makeMedia('fields.ts', [
    ...[
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=320x240:rate=50:duration=2',
      '-vf',
      'tinterlace=interleave_top,fieldorder=tff',
    ],
    ...['-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-b:v', '4M'],
  ])
  const hdr = await makeMedia('hdr-short.mkv', [
    ...['-f', 'lavfi', '-i', 'testsrc=size=128x72:rate=25:duration=1', '-c:v', 'libx265', '-preset', 'ultrafast'],
    ...['-pix_fmt', 'yuv420p10le'],
    ...['-x265-params', 'log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc'],
  ])
  for (const [file, frames] of [
    [fields, 50],
    [hdr, 25],
  ] as const) {
    const { joined, counts } = await encodeInChunks(file)
    expect(counts).toEqual([frames])
    const info = await ffmpeg(['-i', joined[0] ?? '', '-map', '0:v', '-f', 'framehash', '-hash', 'md5', '-'])
    expect(info.toString().match(/^0,/gm)).toHaveLength(frames)
  }
})

test('a picture that changes its size on the way goes on in the size it began with', async () => {
  const part = (size: string): Promise<string> =>
    makeMedia(`part-${size}.ts`, ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=25:duration=1`, ...X264])
  const both = Buffer.concat([readFileSync(await part('320x180')), readFileSync(await part('160x90'))])
  const probe = await probed(makeFile('changing.ts', both))
  const plan = planEncoding(probe)
  const outDir = emptyFolder()
  const { rungs } = await encodeChunk({ sourcePath: makeFile('changing.ts', both), probe, plan, chunkIndex: 0, outDir })
  const sizes = await ffmpeg(['-i', rungs[0]?.path ?? '', '-map', '0:v', '-f', 'framehash', '-'])
  expect(sizes.toString()).toContain('#dimensions 0: 320x180')
})

test('the lowest rung with the lower sound stays under 192 kbit/s whatever is shown', async () => {
  const sourcePath = await makeMedia('noisy.mkv', [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=256x144:rate=60:duration=6,noise=alls=60:allf=t'],
    ...['-f', 'lavfi', '-i', 'anoisesrc=duration=6:sample_rate=48000:amplitude=0.8', ...X264, '-c:a', 'flac'],
  ])
  const { probe, plan, joined } = await encodeInChunks(sourcePath)
  const { rungs } = await encodeAudio({ sourcePath, probe, plan, outDir: emptyFolder() })
  const sound = readFileSync(rungs.find(({ name }) => name === 'audio-48k')?.path ?? '')
  // As if the two seconds behind the end cost nothing.
  const soundBps = (sound.length * 8) / 6
  const bytes = readFileSync(joined.at(-1) ?? '')
  const [first] = boxes(bytes, ['moof'])
  const pictureBps = ((bytes.length - (first?.at ?? 0)) * 8) / 6
  expect({ pictureBps, soundBps, isSlow: pictureBps + soundBps < 192_000 }).toMatchObject({ isSlow: true })
})
