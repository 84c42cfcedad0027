import { mkdtempSync, openSync, readFileSync, readSync, closeSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatRational, rational } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { run } from '#platform/process/run.ts'
import { SNIFF_BYTES } from '#platform/media/sniff.ts'

/*
 * Media that tests make themselves. Each file is made once for a process and kept in one temporary folder, which goes
 * when the process ends.
 */

let folder: string | null = null
const made = new Map<string, Promise<string>>()

/** The folder in which this process keeps its media. */
export function mediaFolder(): string {
  if (folder === null) {
    const path = mkdtempSync(join(tmpdir(), 'airdate-media-'))
    process.once('exit', () => rmSync(path, { recursive: true, force: true }))
    folder = path
  }
  return folder
}

/** An empty folder of its own below the media folder. */
export function emptyFolder(): string {
  return mkdtempSync(join(mediaFolder(), 'work-'))
}

/** The first bytes of a file, as `probeMedia` wants them. */
export function headOf(path: string): Buffer {
  const head = Buffer.alloc(SNIFF_BYTES)
  const file = openSync(path, 'r')
  try {
    return head.subarray(0, readSync(file, head, 0, SNIFF_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

/** Makes `name` with FFmpeg once; `args` are inputs, filters and encoders without the output. Answers with its path. */
export function makeMedia(name: string, args: readonly string[]): Promise<string> {
  const known = made.get(name)
  if (known !== undefined) return known
  const path = join(mediaFolder(), name)
  const making = ffmpeg([...args, path]).then(() => path)
  made.set(name, making)
  return making
}

/** A file with these bytes; answers with its path. */
export function makeFile(name: string, content: Uint8Array | string): string {
  const path = join(mediaFolder(), name)
  writeFileSync(path, content)
  return path
}

/** The same MP4 with the display matrix of a phone held upright: a player turns it clockwise by 90 degrees. */
export function quarterTurn(mp4: Uint8Array): Buffer {
  const bytes = Buffer.from(mp4)
  // ISO/IEC 14496-12 §8.3.2: the matrix of a version 0 track header, in 16.16 and 2.30 fixed point.
  const matrix = bytes.indexOf('tkhd', 0, 'latin1') + 44
  for (const [index, value] of [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30].entries()) {
    bytes.writeInt32BE(value, matrix + index * 4)
  }
  return bytes
}

/** Runs FFmpeg and answers with what it writes to standard output. */
export async function ffmpeg(args: readonly string[]): Promise<Buffer> {
  const cwd = mediaFolder()
  const result = await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], { cwd, timeoutMs: 600_000 })
  if (result.exitCode !== 0) throw new Error(`ffmpeg ${args.join(' ')}\n${result.stderr}`)
  return result.stdout
}

const COLUMNS = 8
const ROWS = 2
/** A frame's number is 16 bits: dark and bright blocks, eight beside each other in two rows. */
export const MAX_NUMBERED_FRAMES = 2 ** (COLUMNS * ROWS)
const DARK = 40
const BRIGHT = 215

export interface NumberedSource {
  readonly frames: number
  /** Constant: the rate. Variable: only the nominal one, times are irregular with still stretches in between. */
  readonly rate: Rational
  readonly isVariable?: boolean
  /** Default: 304 × 172, of which two rungs are made. */
  readonly width?: number
  readonly height?: number
  /** The container by its extension; default `mp4`. */
  readonly extension?: 'mp4' | 'mkv' | 'ts'
  /** Distance of key frames; default 77, which is no segment's multiple. */
  readonly keyframeFrames?: number
  /** A tone of this many hertz as sound. */
  readonly toneHz?: number
}

/** A video in which each frame shows its number, counted from 0; `frameNumbers` reads them back, encoded or not. */
export function numberedVideo(source: NumberedSource): Promise<string> {
  const { frames, rate, isVariable = false, width = 304, height = 172, extension = 'mp4', toneHz } = source
  const name = ['numbered', frames, rate.num, rate.den, isVariable ? 'v' : 'c', width, height, toneHz ?? 0].join('-')
  const keyframeFrames = source.keyframeFrames ?? 77
  const codes = makeFile(`${name}.gray`, numberBlocks(frames))
  // Steps of 11 to 55 ms, and every fifty frames one that stands still for 0.7 s.
  const times = isVariable ? ",settb=1/1000,setpts='N*33+mod(N*N*7,23)+700*floor(N/50)'" : ''
  return makeMedia(`${name}-${keyframeFrames}.${extension}`, [
    ...['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${COLUMNS}x${ROWS}`, '-r', formatRational(rate), '-i', codes],
    ...(toneHz === undefined ? [] : ['-f', 'lavfi', '-i', `sine=frequency=${toneHz}:sample_rate=48000`, '-shortest']),
    ...['-vf', `scale=${width}:${height}:flags=neighbor,format=yuv420p${times}`],
    ...(isVariable ? ['-fps_mode', 'passthrough', '-enc_time_base', '1/1000'] : []),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', String(keyframeFrames), '-crf', '20'],
    ...['-c:a', 'aac', '-b:a', '96k'],
  ])
}

function numberBlocks(frames: number): Buffer {
  const pixels = COLUMNS * ROWS
  const blocks = Buffer.alloc(frames * pixels)
  for (let frame = 0; frame < frames; frame += 1) {
    for (let bit = 0; bit < pixels; bit += 1) blocks[frame * pixels + bit] = (frame >> bit) & 1 ? BRIGHT : DARK
  }
  return blocks
}

/**
 * The number that each frame of a file shows, in the order of presentation. `filters` run before the reading, such as an
 * `fps` filter; `inputOptions` stand before `-i`.
 */
export async function frameNumbers(
  path: string,
  filters: readonly string[] = [],
  inputOptions: readonly string[] = [],
): Promise<number[]> {
  return numbersIn(await ffmpeg([...inputOptions, '-i', path, ...readingArgs(0, filters), '-']))
}

/** The same of several files, in their order, by one run of FFmpeg: to start it takes longer than to read a short file. */
export async function frameNumbersOf(paths: readonly string[]): Promise<number[][]> {
  const outDir = emptyFolder()
  const outputs = paths.map((_, index) => join(outDir, `${index}.gray`))
  await ffmpeg([
    ...paths.flatMap((path) => ['-i', path]),
    ...outputs.flatMap((output, index) => [...readingArgs(index, []), output]),
  ])
  return outputs.map((output) => numbersIn(readFileSync(output)))
}

function readingArgs(input: number, filters: readonly string[]): string[] {
  const graph = [...filters, `scale=${COLUMNS}:${ROWS}:flags=area`, 'format=gray'].join(',')
  return ['-map', `${input}:v:0`, '-vf', graph, '-fps_mode', 'passthrough', '-f', 'rawvideo']
}

function numbersIn(pixels: Buffer): number[] {
  const count = COLUMNS * ROWS
  return Array.from({ length: pixels.length / count }, (_, frame) => {
    let number = 0
    for (let bit = 0; bit < count; bit += 1) number |= (pixels[frame * count + bit] ?? 0) > 127 ? 1 << bit : 0
    return number
  })
}

/** The size of a numbered video of which three rungs are made. */
export const THREE_RUNGS = { width: 496, height: 280 } as const

/** The rates at which joints are proved. */
export const PROOF_RATES: readonly Rational[] = [
  rational(24_000, 1001),
  rational(25),
  rational(30_000, 1001),
  rational(30),
  rational(60),
]
