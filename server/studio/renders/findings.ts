import type { Fault } from '#kernel/errors.ts'
import { type Loudness, MOST_TRUE_PEAK_DB, TARGET_LUFS, TOLERANCE_LU } from './loudness.ts'

/** What was measured of a finished film. */
export interface Measured {
  readonly frames: number
  readonly width: number
  readonly height: number
  readonly loudness: Loudness
  /** What FFmpeg's detectors wrote. */
  readonly log: string
}

/** What it has to be. */
export interface Expected {
  readonly frames: number
  readonly width: number
  readonly height: number
}

/** Seconds of black, of a picture that stands still, and of silence that are faults. */
export const BLACK_SECONDS = 0.5
export const STILL_SECONDS = 2
export const SILENT_SECONDS = 2.5

/** Everything that is wrong with a film, each with its time. */
export function findingsOf(measured: Measured, expected: Expected): Fault[] {
  const { frames, width, height, loudness, log } = measured
  const wrong: Fault[] = []
  if (frames !== expected.frames)
    wrong.push({ pointer: '/length', detail: `it has ${frames} frames instead of ${expected.frames}` })
  if (width !== expected.width || height !== expected.height) {
    wrong.push({ pointer: '/size', detail: `it is ${width}×${height} instead of ${expected.width}×${expected.height}` })
  }
  const stretches = [
    ...stretchesOf(log, /black_start:([\d.]+) black_end:([\d.]+)/g, '/picture/black', 'the picture is black'),
    ...framed(log, 'freezedetect.freeze', '/picture/frozen', 'the picture stands still', expected.frames / 30),
    ...framed(log, 'silence', '/sound/silent', 'nothing is heard', expected.frames / 30),
  ]
  return [...wrong, ...stretches, ...loudnessFindings(loudness)]
}

function loudnessFindings({ integratedLufs, truePeakDb }: Loudness): Fault[] {
  if (integratedLufs === null) return [{ pointer: '/sound/silent', detail: 'the film has no sound at all' }]
  const found: Fault[] = []
  if (Math.abs(integratedLufs - TARGET_LUFS) > TOLERANCE_LU) {
    found.push({
      pointer: '/sound/loudness',
      detail: `it is ${integratedLufs} LUFS instead of ${TARGET_LUFS} ±${TOLERANCE_LU}`,
    })
  }
  if (truePeakDb !== null && truePeakDb > MOST_TRUE_PEAK_DB) {
    found.push({ pointer: '/sound/peak', detail: `its true peak is ${truePeakDb} dB, above ${MOST_TRUE_PEAK_DB}` })
  }
  return found
}

const told = (pointer: string, what: string, from: number, to: number): Fault => ({
  pointer,
  detail: `${what} from ${from.toFixed(2)} s to ${to.toFixed(2)} s`,
})

function stretchesOf(log: string, pattern: RegExp, pointer: string, what: string): Fault[] {
  return [...log.matchAll(pattern)].map(([, from, to]) => told(pointer, what, Number(from), Number(to)))
}

/** Detectors that write a line where a stretch begins and one where it ends; one that lasts has no second line. */
function framed(log: string, name: string, pointer: string, what: string, endSeconds: number): Fault[] {
  const starts = [...log.matchAll(new RegExp(String.raw`${name.replace('.', String.raw`\.`)}_start: (-?[\d.]+)`, 'g'))]
  const ends = [...log.matchAll(new RegExp(String.raw`${name.replace('.', String.raw`\.`)}_end: ([\d.]+)`, 'g'))]
  return starts.map(([, from], index) =>
    told(pointer, what, Math.max(0, Number(from)), Number(ends[index]?.[1] ?? endSeconds)),
  )
}
