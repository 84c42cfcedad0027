import { join } from 'node:path'
import { MINUTE_MS } from '#kernel/clock.ts'
import { run } from '#platform/process/run.ts'
import { readBytes, writeTempFile } from '#platform/storage/files.ts'
import { chanceOf } from '../direction/chance.ts'
import { OTHERWISE, installedVoices, voiceFor } from './languages.ts'
import { VOICE_RATE } from './schema.ts'
import { samplesOf } from './wav.ts'

/** A voice with its manner. */
export interface Speaker {
  readonly name: string
  readonly language: string
  readonly speaksLanguage: boolean
  readonly wordsPerMinute: number
  /** 0..99, 50 is the voice's own. */
  readonly pitch: number
}

/** Where espeak-ng is told something, it is told in files: nothing that a stranger wrote is an argument. */
const LIMITS = { cpuSeconds: 60, fileSizeBytes: 512 * 1024 * 1024, openFiles: 64 }
/** What is softer than this before the first sound and after the last is cut. */
const SILENCE = 0.004
const BEFORE_SECONDS = 0.004
const AFTER_SECONDS = 0.05

/** Manners of speaking that are pleasant to most: variants of the voice, each with a pitch. */
const MANNERS: readonly [Manner, ...Manner[]] = [
  { variant: 'm3', pitch: 42 },
  { variant: 'f2', pitch: 48 },
  { variant: 'm7', pitch: 45 },
]

interface Manner {
  readonly variant: string
  readonly pitch: number
}

let installed: Promise<ReadonlySet<string>> | null = null

/**
 * The speaker of a film. Its manner follows from the film's seed.
 * @throws Error when espeak-ng does not run
 */
export async function speakerFor(seed: number, language: string, cwd: string): Promise<Speaker> {
  installed ??= listVoices(cwd)
  // What failed is asked again the next time.
  installed.catch(() => (installed = null))
  const own = voiceFor(language, await installed)
  const chance = chanceOf(seed, 'voice')
  const { variant, pitch } = chance.pick(MANNERS)
  return {
    name: `${own ?? OTHERWISE}+${variant}`,
    language: own ?? OTHERWISE,
    speaksLanguage: own !== null || language === 'und',
    wordsPerMinute: chance.whole(150, 160),
    pitch,
  }
}

async function listVoices(cwd: string): Promise<ReadonlySet<string>> {
  const result = await run('espeak-ng', ['--voices'], { cwd, timeoutMs: 20_000 })
  if (result.exitCode !== 0) throw new Error(`espeak-ng does not run: ${result.stderr.slice(-500)}`)
  return installedVoices(result.stdout.toString('utf8'))
}

/** Speaks one line. Returns its samples at VOICE_RATE, from the first sound to the last; none when there is no sound. */
export async function speak(
  speaker: Speaker,
  text: string,
  name: string,
  options: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<Float32Array> {
  const [said, heard] = [join(options.cwd, `${name}.txt`), join(options.cwd, `${name}.wav`)]
  await writeTempFile(said, text)
  const manner = ['-v', speaker.name, '-s', String(speaker.wordsPerMinute), '-p', String(speaker.pitch)]
  const args = [...manner, '-b', '1', '-z', '-f', said, '-w', heard]
  const result = await run('espeak-ng', args, { ...options, timeoutMs: MINUTE_MS, limits: LIMITS })
  if (result.ended === 'aborted') throw options.signal.reason
  if (result.exitCode !== 0) throw new Error(`espeak-ng could not speak: ${result.stderr.slice(-500)}`)
  const { sampleRate, samples } = samplesOf(await readBytes(heard))
  if (sampleRate !== VOICE_RATE) throw new Error(`espeak-ng speaks at ${sampleRate} samples in a second`)
  return trimmed(samples)
}

function trimmed(samples: Float32Array): Float32Array {
  const isHeard = (sample: number): boolean => Math.abs(sample) > SILENCE
  const first = samples.findIndex(isHeard)
  if (first < 0) return new Float32Array(0)
  const last = samples.findLastIndex(isHeard)
  const from = Math.max(0, first - Math.round(BEFORE_SECONDS * VOICE_RATE))
  return samples.slice(from, Math.min(samples.length, last + Math.round(AFTER_SECONDS * VOICE_RATE)))
}
