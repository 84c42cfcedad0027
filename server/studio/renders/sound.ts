import { join } from 'node:path'
import { runFfmpeg } from '#platform/media/ffmpeg.ts'
import {
  type Loudness,
  MEASURE,
  MEASURE_LOUDNESS,
  TARGET_LUFS,
  TOLERANCE_LU,
  loudnessOf,
  parseLoudness,
} from './loudness.ts'

/** What a film's sound is made of; paths are named by us. */
export interface SoundParts {
  readonly voicePath: string
  readonly musicPath: string
  readonly totalFrames: number
  /** True when something is said at all. */
  readonly speaks: boolean
}

export interface SoundOptions {
  readonly cwd: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * What a synthesised voice needs to be pleasant: no rumble, less of the hollow and the shrill, even levels, and a little
 * room. Nothing of it moves the first sound: the echoes come after it.
 */
const VOICE_FILTERS = [
  'aresample=48000',
  'highpass=f=80',
  'equalizer=f=320:t=q:w=1.1:g=-2.5',
  'equalizer=f=2900:t=q:w=1.4:g=-2',
  'equalizer=f=150:t=q:w=0.9:g=2.5',
  'treble=g=-3:f=6500',
  'acompressor=threshold=-22dB:ratio=2.6:attack=6:release=140:makeup=2.5',
  'aecho=0.92:0.9:17|29|43:0.09|0.065|0.045',
  'aformat=channel_layouts=stereo',
].join(',')

/** How much softer than the voice the bed is where nobody speaks; under speech it is softer still. */
const BED_BELOW_VOICE_LU = 7
/** Alone a bed has no voice to be softer than. */
const VOICE_LUFS = -17
/** The limiter stays below the peak that is allowed: an encoder adds to it. */
const CEILINGS_DB = [-2, -3, -4] as const
const TURNS = 6
/** Nobody hears half a unit, and the encoder moves it by less than the other half. */
const NEAR_LU = TOLERANCE_LU / 2

/** What has to be done to the parts: gains in dB, and the limiter's ceiling. */
interface Levels {
  readonly voiceDb: number
  readonly musicDb: number
  readonly masterDb: number
  readonly ceilingDb: number
}

/** Mixes voice and bed at the loudness of every film, into `sound.wav` of the working folder. Returns what is measured. */
export async function mixSound(
  parts: SoundParts,
  options: SoundOptions,
): Promise<Loudness & { readonly path: string }> {
  const inputs = inputsOf(parts)
  const voice = await loudnessOf(inputs.slice(0, 2), VOICE_FILTERS, options, MEASURE_LOUDNESS)
  const music = await loudnessOf(inputs.slice(2, 4), '', options, MEASURE_LOUDNESS)
  const musicAim = parts.speaks ? VOICE_LUFS - BED_BELOW_VOICE_LU : TARGET_LUFS
  const path = join(options.cwd, 'sound.wav')
  const fixed = {
    voiceDb: voice.integratedLufs === null ? 0 : VOICE_LUFS - voice.integratedLufs,
    musicDb: music.integratedLufs === null ? 0 : musicAim - music.integratedLufs,
  }
  for (const ceilingDb of CEILINGS_DB) {
    let masterDb = parts.speaks ? TARGET_LUFS - VOICE_LUFS : 0
    for (let turn = 0; turn < TURNS; turn += 1) {
      const args = mixArgs(parts, { ...fixed, masterDb, ceilingDb })
      const measured = parseLoudness((await runFfmpeg([...inputs, ...args, `file:${path}`], options)).stderr)
      const off = TARGET_LUFS - (measured.integratedLufs ?? TARGET_LUFS)
      if (Math.abs(off) < NEAR_LU && (measured.truePeakDb ?? -99) <= ceilingDb + 0.6) return { ...measured, path }
      if (Math.abs(off) < NEAR_LU) break
      masterDb += off
    }
  }
  throw new Error('The sound could not be brought to its loudness')
}

const inputsOf = ({ voicePath, musicPath }: SoundParts): string[] => [
  '-i',
  `file:${voicePath}`,
  '-i',
  `file:${musicPath}`,
]

function mixArgs({ totalFrames }: SoundParts, { voiceDb, musicDb, masterDb, ceilingDb }: Levels): string[] {
  const samples = totalFrames * 1600
  const ceiling = 10 ** (ceilingDb / 20)
  const graph = [
    `[0:a]${VOICE_FILTERS},volume=${voiceDb.toFixed(3)}dB,apad=whole_len=${samples},atrim=end_sample=${samples}[voice]`,
    `[1:a]volume=${musicDb.toFixed(3)}dB,aformat=channel_layouts=stereo[music]`,
    '[voice][music]amix=inputs=2:normalize=0:duration=longest[both]',
    // Peaks between samples count: the limiter sees four times as many.
    `[both]volume=${masterDb.toFixed(3)}dB,aresample=192000,alimiter=limit=${ceiling.toFixed(5)}:level=false:attack=4:release=70,aresample=48000,apad=whole_len=${samples},atrim=end_sample=${samples},${MEASURE}[out]`,
  ].join(';')
  return ['-filter_complex', graph, '-map', '[out]', '-c:a', 'pcm_s24le', '-f', 'wav']
}
