import { SECOND_MS } from '#kernel/clock.ts'
import { toNumber } from '#kernel/rational.ts'
import { MediaFailure } from './failure.ts'
import { scanPackets } from './packets.ts'
import { DEFAULT_PROBE_LIMITS, type ProbeInput, pick, reportOf } from './probe.ts'
import { readReport } from './report.ts'
import { type Demuxer, sniff } from './sniff.ts'

/** What is known of a recording of which the sound counts. */
export interface SoundProbe {
  readonly demuxer: Demuxer
  /** From the beginning of the sound to its end. */
  readonly durationMs: number
  readonly hasPicture: boolean
}

/**
 * Finds out how long the sound of a file from outside is: by its packets, because recorders in browsers write no length.
 * @throws MediaFailure as `probeMedia` does; `no_streams` where there is no sound
 */
export async function probeSound(input: ProbeInput): Promise<SoundProbe> {
  const limits = { ...DEFAULT_PROBE_LIMITS, ...input.limits }
  const sniffed = sniff(input.head)
  if (sniffed === null || sniffed.kind === 'still') {
    throw new MediaFailure('unsupported_media', 'The file is of no kind that holds sound.')
  }
  const source = { path: input.path, demuxer: sniffed.demuxer }
  const { streams } = readReport((await reportOf(source, input, limits)).json)
  if (streams.length > limits.maxStreams) {
    throw new MediaFailure('unsupported_media', `The file has more than ${limits.maxStreams} streams.`)
  }
  const sound = pick(streams, 'audio')
  if (sound === undefined) throw new MediaFailure('no_streams', 'The file holds no sound.')
  const { cwd, signal } = input
  const scan = await scanPackets(source, sound.index, {
    ...{ cwd, signal, timeoutMs: limits.timeoutMs, maxPackets: limits.maxFrames },
  })
  const startTicks = scan.times[0] ?? scan.endTicks
  const durationMs = Math.round((scan.endTicks - startTicks) * toNumber(sound.timeBase) * SECOND_MS)
  if (durationMs > limits.maxDurationMs) throw new MediaFailure('too_long', 'The recording is too long.')
  return {
    demuxer: sniffed.demuxer,
    durationMs: Math.max(1, durationMs),
    hasPicture: pick(streams, 'video') !== undefined,
  }
}
