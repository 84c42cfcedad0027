import type { PlacedLine } from '../direction/plan.ts'
import { VOICE_SAMPLES_PER_FRAME } from './schema.ts'

/** Begins and ends of lines come and go within this many samples (4 ms): a cut in a wave clicks. */
const RAMP = 88

/** Lays recorded lines at their places on the film's time. */
export function trackOf(
  lines: readonly Float32Array[],
  placed: readonly PlacedLine[],
  totalFrames: number,
): Float32Array {
  const track = new Float32Array(totalFrames * VOICE_SAMPLES_PER_FRAME)
  for (const { line, startFrame } of placed) {
    const samples = lines[line] ?? new Float32Array(0)
    const from = startFrame * VOICE_SAMPLES_PER_FRAME
    const ramp = Math.min(RAMP, samples.length / 2)
    for (let at = 0; at < samples.length && from + at < track.length; at += 1) {
      const edge = Math.min(1, at / ramp, (samples.length - 1 - at) / ramp)
      track[from + at] = (samples[at] ?? 0) * edge
    }
  }
  return track
}
