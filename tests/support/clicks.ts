import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AAC_PRIMING_SAMPLES } from '../../server/stream/encoding/encode.ts'
import { emptyFolder, ffmpeg } from './media.ts'

const SAMPLE_RATE = 48_000

/** FFmpeg's input of a sound with two milliseconds of noise at every full second. */
export function clicks(seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `aevalsrc='if(lt(mod(t,1),0.002),0.9*sin(9000*t),0)':s=44100:d=${seconds}`]
}

/**
 * How far the clicks of an encoded sound lie from where they belong, in milliseconds; Infinity when there is none within 50.
 * `at` are the seconds to look at, `shiftSeconds` how much later than the picture the sound began in the source.
 */
export async function clickErrorsMs(path: string, at: readonly number[], shiftSeconds = 0): Promise<number[]> {
  const decoded = join(emptyFolder(), 'clicks.raw')
  await ffmpeg(['-i', path, '-ac', '1', '-f', 's16le', decoded])
  const samples = readFileSync(decoded)
  return at.map((second) => {
    const expected = AAC_PRIMING_SAMPLES + Math.round((second + shiftSeconds) * SAMPLE_RATE)
    for (let index = expected - 2400; index < expected + 2400; index += 1) {
      if (Math.abs(samples.readInt16LE(index * 2)) > 6000) return (Math.abs(index - expected) * 1000) / SAMPLE_RATE
    }
    return Infinity
  })
}
