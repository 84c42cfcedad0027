import { type Command, runPiped } from '#platform/process/piped.ts'
import { run } from '#platform/process/run.ts'
import type { Limits, RunResult } from '#platform/process/run.ts'
import { DECODERS } from './decoders.ts'
import { MediaFailure } from './failure.ts'
import type { Demuxer } from './sniff.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** A file from outside: where it lies and which demuxer its first bytes allow. `path` is absolute and named by us. */
export interface MediaSource {
  readonly path: string
  readonly demuxer: Demuxer
}

/** How far a run has come. `frame` counts the first video output's frames, `outTimeMs` the written time. */
export interface FfmpegProgress {
  readonly frame: number
  readonly outTimeMs: number
}

export interface FfmpegOptions {
  /** The working folder: one of the job's own. */
  readonly cwd: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FfmpegProgress) => void) | undefined
  /** Added to the defaults of 12 GiB of address space and 64 GiB for each file written. */
  readonly limits?: Limits | undefined
  readonly nice?: number | undefined
}

export interface FfmpegResult {
  readonly progress: FfmpegProgress
  /** The last 64 KiB of what FFmpeg said: warnings, and what analysing filters print. */
  readonly stderr: string
}

/** No picture larger than this is decoded, whatever the header said before (8192 × 4608). */
const MAX_DECODED_PIXELS = 8192 * 4608

/** Address space, not memory in use: x264 with many threads maps much and touches little. */
const FFMPEG_LIMITS: Limits = { memoryBytes: 12 * GIB, fileSizeBytes: 64 * GIB, openFiles: 256 }
/** One allocation: a 16-bit 8192 × 4608 picture of three planes stays under it. */
const MAX_ALLOC_BYTES = 512 * MIB

/**
 * The arguments that open a file from outside: one demuxer, one protocol, the allowed decoders, a bound on pixels.
 * `before` are further options of this input, such as a seek. The same for ffmpeg and, without `before`, ffprobe.
 */
export function inputArgs(source: MediaSource, before: readonly string[] = []): string[] {
  return [...guardArgs(source.demuxer), ...before, '-i', `file:${source.path}`]
}

/** The allow-lists alone, for a program that names its input otherwise. */
export function guardArgs(demuxer: Demuxer): string[] {
  return [
    ...['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-f', demuxer],
    ...['-codec_whitelist', DECODERS, '-max_pixels', String(MAX_DECODED_PIXELS)],
  ]
}

/**
 * Runs FFmpeg with `args` (inputs, filters, outputs) and waits for its end. Damage inside a stream is concealed and does
 * not end the run; the caller counts frames.
 * @throws MediaFailure `encoding_failed` or `storage_full`
 * @throws the signal's reason when aborted
 */
export async function runFfmpeg(args: readonly string[], options: FfmpegOptions): Promise<FfmpegResult> {
  const progress = new ProgressReader(options.onProgress)
  const result = await run('ffmpeg', [...GLOBAL_ARGS, ...args], {
    cwd: options.cwd,
    timeoutMs: options.timeoutMs,
    limits: { ...FFMPEG_LIMITS, ...options.limits },
    onStdout: (chunk) => progress.push(chunk),
    ...(options.signal !== undefined && { signal: options.signal }),
    ...(options.nice !== undefined && { nice: options.nice }),
  })
  throwUnlessDone(result, options.signal)
  return { progress: progress.last, stderr: result.stderr }
}

/**
 * Runs FFmpeg on what a program of ours writes to its standard output: in `args` that is the input `pipe:0`. Both have
 * to end well.
 * @throws MediaFailure `encoding_failed` or `storage_full`
 * @throws Error when the program of ours failed
 * @throws the signal's reason when aborted
 */
export async function runFfmpegFrom(
  feed: Command,
  args: readonly string[],
  options: FfmpegOptions,
): Promise<FfmpegResult> {
  const progress = new ProgressReader(options.onProgress)
  const sink = { program: 'ffmpeg', args: [...GLOBAL_ARGS, ...args], limits: { ...FFMPEG_LIMITS, ...options.limits } }
  const {
    source,
    sink: end,
    ended,
  } = await runPiped(feed, sink, {
    cwd: options.cwd,
    timeoutMs: options.timeoutMs,
    onStdout: (chunk) => progress.push(chunk),
    ...(options.signal !== undefined && { signal: options.signal }),
    ...(options.nice !== undefined && { nice: options.nice }),
  })
  // One that lost its reader is not the one that failed.
  if (ended === 'exit' && source.exitCode !== 0 && (end.exitCode === 0 || !/EPIPE/.test(source.stderr))) {
    throw new Error(`${feed.program} ended with ${source.signal ?? source.exitCode}: ${lastLines(source.stderr)}`)
  }
  throwUnlessDone({ ...end, stdout: Buffer.alloc(0), ended }, options.signal)
  return { progress: progress.last, stderr: end.stderr }
}

const GLOBAL_ARGS = [
  ...['-nostdin', '-hide_banner', '-nostats', '-y', '-loglevel', 'level+info', '-progress', 'pipe:1'],
  ...['-stats_period', '1', '-max_alloc', String(MAX_ALLOC_BYTES)],
  // A damaged stretch is held over by the frame before it: the share of faulty frames alone does not end the run.
  ...['-max_error_rate', '1'],
]

/** Turns the end of an FFmpeg or ffprobe run that did not finish well into an error. */
export function throwUnlessDone(result: RunResult, signal: AbortSignal | undefined): void {
  if (result.ended === 'aborted') throw signal?.reason ?? new DOMException('The run was aborted', 'AbortError')
  const log = lastLines(result.stderr)
  if (result.ended === 'timeout') throw new MediaFailure('encoding_failed', 'The media took too long to process.', log)
  if (result.ended === 'output-limit' || result.signal === 'SIGXCPU' || result.signal === 'SIGXFSZ') {
    throw new MediaFailure('encoding_failed', 'The media needs more than a video may use.', log)
  }
  if (result.signal !== null) throw new MediaFailure('encoding_failed', 'The encoder was ended from outside.', log)
  if (result.exitCode === 0) return
  if (/No space left on device|Disk quota exceeded/.test(result.stderr)) {
    throw new MediaFailure('storage_full', 'There is no room left to encode.', log)
  }
  throw new MediaFailure('encoding_failed', 'The media could not be encoded.', log)
}

/** What is worth logging of a program's standard error: its last few lines. */
export function lastLines(stderr: string): string {
  return stderr.trim().split('\n').slice(-6).join('\n').slice(-2000)
}

/** Reads the `key=value` lines of `-progress`; a block ends with `progress=`. */
class ProgressReader {
  last: FfmpegProgress = { frame: 0, outTimeMs: 0 }
  readonly #onProgress: ((progress: FfmpegProgress) => void) | undefined
  #rest = ''
  #frame = 0
  #outTimeMs = 0

  constructor(onProgress: ((progress: FfmpegProgress) => void) | undefined) {
    this.#onProgress = onProgress
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  #line(line: string): void {
    const [key, value = ''] = line.split('=', 2)
    // `out_time_ms` is in microseconds too, in every release so far; `out_time_us` says what it is.
    if (key === 'frame' && /^\s*\d+$/.test(value)) this.#frame = Number(value)
    else if (key === 'out_time_us' && /^-?\d+$/.test(value)) this.#outTimeMs = Math.round(Number(value) / 1000)
    else if (key === 'progress') {
      this.last = { frame: this.#frame, outTimeMs: Math.max(0, this.#outTimeMs) }
      this.#onProgress?.(this.last)
    }
  }
}

let filterNames: Promise<ReadonlySet<string>> | null = null

/** Whether this FFmpeg was built with a filter. Asked once for the process. */
export async function hasFilter(name: string): Promise<boolean> {
  filterNames ??= listFilters()
  return (await filterNames).has(name)
}

async function listFilters(): Promise<ReadonlySet<string>> {
  const { stdout } = await run('ffmpeg', ['-hide_banner', '-filters'], { cwd: '/', timeoutMs: 20_000 })
  const names = stdout.toString('latin1').matchAll(/^\s[A-Z.]{2,3}\s+(\w+)\s/gm)
  return new Set([...names].map((match) => match[1] ?? ''))
}
