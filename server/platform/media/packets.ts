import { run } from '#platform/process/run.ts'
import { guardArgs, throwUnlessDone } from './ffmpeg.ts'
import type { MediaSource } from './ffmpeg.ts'

/** What the packets of a picture stream say, read once from the first to the last. Nothing is decoded. */
export interface PacketScan {
  /** Presentation times in ticks, rising; packets that the container tells us not to show are left out. */
  readonly times: Float64Array
  /** Where the last shown packet ends, in ticks. */
  readonly endTicks: number
  /** Presentation times of key frames in ticks, rising. */
  readonly keyTicks: readonly number[]
  /** More packets than asked for: the scan was given up. */
  readonly overflow: boolean
  /** How many packets there were, those not shown included. */
  readonly packetCount: number
}

export interface ScanOptions {
  readonly cwd: string
  readonly timeoutMs: number
  readonly maxPackets: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Lists the packets of stream `streamIndex`. The file is read to its end, at the speed of the disk.
 * @throws MediaFailure when ffprobe cannot finish
 */
export async function scanPackets(source: MediaSource, streamIndex: number, options: ScanOptions): Promise<PacketScan> {
  const packets = new PacketReader(options.maxPackets)
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
  const result = await run(
    'ffprobe',
    [
      ...['-v', 'error', ...guardArgs(source.demuxer), '-select_streams', String(streamIndex)],
      ...['-show_entries', 'packet=pts,dts,duration,flags', '-of', 'csv=p=0', `file:${source.path}`],
    ],
    {
      cwd: options.cwd,
      timeoutMs: options.timeoutMs,
      limits: { memoryBytes: 4 * 1024 ** 3, fileSizeBytes: 0, openFiles: 64 },
      signal,
      onStdout: (chunk) => {
        if (!packets.push(chunk)) stop.abort()
      },
    },
  )
  if (!packets.overflow) throwUnlessDone(result, options.signal)
  return packets.finish()
}

/** Gathers `pts,dts,duration,flags` lines; at most `maxPackets` of them. */
class PacketReader {
  overflow = false
  readonly #maxPackets: number
  #rest = ''
  #count = 0
  #times = new Float64Array(4096)
  #shown = 0
  readonly #keys: number[] = []
  #last = { ticks: -Infinity, lengthTicks: 0 }

  constructor(maxPackets: number) {
    this.#maxPackets = maxPackets
  }

  push(chunk: Buffer): boolean {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
    return !this.overflow
  }

  #line(line: string): void {
    const [pts = '', dts = '', duration = '', flags = ''] = line.split(',', 4)
    if (flags === '' || this.overflow) return
    this.#count += 1
    if (this.#count > this.#maxPackets) {
      this.overflow = true
      return
    }
    // AVI and some damaged files carry decoding times only.
    const ticks = /^-?\d+$/.test(pts) ? Number(pts) : /^-?\d+$/.test(dts) ? Number(dts) : null
    if (ticks === null || !Number.isSafeInteger(ticks) || flags.includes('D')) return
    if (this.#shown === this.#times.length) {
      const larger = new Float64Array(this.#times.length * 2)
      larger.set(this.#times)
      this.#times = larger
    }
    this.#times[this.#shown++] = ticks
    if (flags.startsWith('K')) this.#keys.push(ticks)
    if (ticks > this.#last.ticks) this.#last = { ticks, lengthTicks: /^\d+$/.test(duration) ? Number(duration) : 0 }
  }

  finish(): PacketScan {
    const times = this.#times.subarray(0, this.#shown).toSorted()
    const { ticks, lengthTicks } = this.#last
    const typical = typicalLength(times)
    // Some writers give the last frame no length, or that of everything they forgot.
    const length = lengthTicks > 0 ? lengthTicks : typical
    return {
      times,
      endTicks: this.#shown === 0 ? 0 : ticks + Math.max(1, length),
      keyTicks: this.#keys.toSorted((a, b) => a - b),
      overflow: this.overflow,
      packetCount: this.#count,
    }
  }
}

function typicalLength(times: Float64Array): number {
  const lengths = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  lengths.sort()
  return lengths[Math.floor(lengths.length / 2)] ?? 1
}
