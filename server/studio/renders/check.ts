import type { Fault } from '#kernel/errors.ts'
import { runFfmpeg } from '#platform/media/ffmpeg.ts'
import { run } from '#platform/process/run.ts'
import { BLACK_SECONDS, type Expected, SILENT_SECONDS, STILL_SECONDS, findingsOf } from './findings.ts'
import { MEASURE, parseLoudness } from './loudness.ts'

export interface CheckOptions {
  readonly cwd: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Watches and hears a finished film from end to end, once. Returns what is wrong with it. */
export async function checkFilm(path: string, expected: Expected, options: CheckOptions): Promise<Fault[]> {
  const picture = [
    // Made small before it is looked at, so that grain does not count as movement.
    'scale=160:90:flags=area',
    `blackdetect=d=${BLACK_SECONDS}:pix_th=0.06`,
    `freezedetect=n=0.0006:d=${STILL_SECONDS}`,
  ].join(',')
  const sound = `silencedetect=noise=-55dB:d=${SILENT_SECONDS},${MEASURE}`
  const { stderr, progress } = await runFfmpeg(
    [
      ...['-i', `file:${path}`, '-map', '0:v', '-vf', picture, '-map', '0:a', '-af', sound],
      ...['-fps_mode', 'passthrough', '-f', 'null', '-'],
    ],
    options,
  )
  const { width, height } = await streamOf(path, options)
  const measured = { frames: progress.frame, width, height, loudness: parseLoudness(stderr), log: stderr }
  return findingsOf(measured, expected)
}

/** How many frames the container holds. */
export async function packetsOf(path: string, options: CheckOptions): Promise<number> {
  return (await streamOf(path, options)).packets
}

async function streamOf(
  path: string,
  options: CheckOptions,
): Promise<{ packets: number; width: number; height: number }> {
  const shown = 'stream=nb_read_packets,width,height'
  const args = [
    '-v',
    'error',
    '-count_packets',
    '-select_streams',
    'v:0',
    '-show_entries',
    shown,
    '-of',
    'json',
    `file:${path}`,
  ]
  const result = await run('ffprobe', args, options)
  if (result.ended === 'aborted') throw options.signal.reason
  if (result.exitCode !== 0) throw new Error(`The film could not be read: ${result.stderr.slice(-500)}`)
  const { streams } = JSON.parse(result.stdout.toString('utf8')) as {
    streams?: { nb_read_packets?: string; width?: number; height?: number }[]
  }
  const [stream] = streams ?? []
  return { packets: Number(stream?.nb_read_packets ?? 0), width: stream?.width ?? 0, height: stream?.height ?? 0 }
}
