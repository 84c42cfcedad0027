import { runFfmpeg } from '#platform/media/ffmpeg.ts'

/** How loud something is (EBU R 128): null where it is silence. */
export interface Loudness {
  readonly integratedLufs: number | null
  readonly truePeakDb: number | null
}

/** What every film is brought to, and how far it may be from it. */
export const TARGET_LUFS = -14
export const TOLERANCE_LU = 1
export const MOST_TRUE_PEAK_DB = -1

/** The filter that measures what passes it, for `parseLoudness`. */
export const MEASURE = 'ebur128=peak=true:framelog=verbose'
/** The same without peaks, in half the time. */
export const MEASURE_LOUDNESS = 'ebur128=framelog=verbose'

/**
 * Measures the sound of a file of ours. `filters` come before the measurement, which is `measure`; `args` name the inputs.
 */
export async function loudnessOf(
  args: readonly string[],
  filters: string,
  options: { readonly cwd: string; readonly timeoutMs: number; readonly signal: AbortSignal },
  measure = MEASURE,
): Promise<Loudness> {
  const graph = `${filters}${filters === '' ? '' : ','}${measure}`
  const { stderr } = await runFfmpeg([...args, '-map', '0:a', '-af', graph, '-f', 'null', '-'], options)
  return parseLoudness(stderr)
}

/** Reads the summary that FFmpeg's ebur128 prints at its end; what it takes for silence is -70 LUFS or `-inf`. */
export function parseLoudness(log: string): Loudness {
  const summary = log.slice(log.lastIndexOf('Summary:'))
  const integrated = Number(/\bI:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1] ?? Number.NaN)
  const peak = Number(/\bPeak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1] ?? Number.NaN)
  return {
    integratedLufs: Number.isFinite(integrated) && integrated > -69.9 ? integrated : null,
    truePeakDb: Number.isFinite(peak) ? peak : null,
  }
}
