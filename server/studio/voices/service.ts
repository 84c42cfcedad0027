import type { Ctx } from '#platform/context.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { seedOf } from '../direction/chance.ts'
import { planOf } from '../direction/plan.ts'
import { type Made, type ProviderCall, make, productOf } from '../generations/service.ts'
import type { Script } from '../scripts/schema.ts'
import { scriptOf } from '../scripts/service.ts'
import { speak, speakerFor } from './espeak.ts'
import { canRead } from './languages.ts'
import { type SpokenLine, VOICE_RATE, type Voice } from './schema.ts'
import { trackOf } from './track.ts'
import { wavOf } from './wav.ts'
import { wordTimes, wordsOf } from './words.ts'

interface VoiceRequest {
  readonly seed: number
  readonly script: Script
}

/** A narration line by line: samples at VOICE_RATE, and the times of the words in them. */
interface Recording {
  readonly voice: string
  readonly language: string
  readonly speaksLanguage: boolean
  readonly lines: readonly (SpokenLine & { readonly samples: Float32Array })[]
  readonly costMicros: number
}

/** Who speaks. */
interface VoiceProvider {
  readonly name: string
  make(request: VoiceRequest, folder: string, call: ProviderCall): Promise<Recording>
}

const offline: VoiceProvider = {
  name: 'offline',
  make: async ({ seed, script }, cwd, { signal }) => {
    const speaker = await speakerFor(seed, script.language, cwd)
    const language = script.language === 'und' ? 'en' : script.language
    const lines: Recording['lines'][number][] = []
    for (const [index, { text, spoken }] of script.lines.entries()) {
      // Before a line that goes on, the voice stays up.
      const goesOn = script.lines[index + 1]?.continues === true && !/\p{P}$/u.test(spoken)
      const said = spoken === '' || !canRead(script.language, spoken) ? '' : `${spoken}${goesOn ? ',' : ''}`
      const samples = said === '' ? new Float32Array(0) : await speak(speaker, said, `line-${index}`, { cwd, signal })
      signal.throwIfAborted()
      lines.push({ samples, ...timed(text, samples, language) })
    }
    const { name, language: spokenIn, speaksLanguage } = speaker
    return { voice: `espeak-ng ${name}`, language: spokenIn, speaksLanguage, lines, costMicros: 0 }
  },
}

/** What has no sound is shown as long as it takes to read. */
const SILENT_LEAST_MS = 1_600
const SILENT_MS_FOR_CHARACTER = 75

function timed(text: string, samples: Float32Array, language: string): SpokenLine {
  const heard = samples.length > 0
  const readMs = Math.max(SILENT_LEAST_MS, [...text].length * SILENT_MS_FOR_CHARACTER)
  const durationMs = heard ? (samples.length * 1000) / VOICE_RATE : readMs
  if (heard) return { durationMs, heard, words: wordTimes(text, samples, language) }
  return {
    durationMs,
    heard,
    words: wordsOf(text, language).map((word) => ({ text: word, startMs: 0, endMs: durationMs })),
  }
}

/**
 * Records the narration, line by line, and lays it on the film's time. Idempotent.
 * @throws FilmNotFound
 * @throws StageMissing
 */
export function recordVoice(ctx: Ctx, projectId: string, signal: AbortSignal): Promise<Made> {
  return make<Voice>(ctx, projectId, {
    kind: 'voice',
    provider: offline.name,
    work: async (_project, key) => {
      const script = await scriptOf(ctx, projectId)
      await using folder = await tempDir()
      const recording = await offline.make({ seed: seedOf(projectId), script }, folder.path, { key, signal })
      const { voice, language, speaksLanguage, costMicros } = recording
      const lines = recording.lines.map(({ durationMs, heard, words }) => ({ durationMs, heard, words }))
      const plan = planOf(projectId, script, lines)
      const track = trackOf(
        recording.lines.map(({ samples }) => samples),
        plan.lines,
        plan.totalFrames,
      )
      const storageKey = `studio/${projectId}/voice.wav`
      await ctx.storage.put(storageKey, wavOf([track], VOICE_RATE), { signal })
      const spokenMs = Math.round(lines.reduce((sum, line) => sum + (line.heard ? line.durationMs : 0), 0))
      return {
        ...{ result: { voice, language, speaksLanguage, lines, storageKey }, storageKeys: [storageKey], costMicros },
        summary: {
          ...{ voice, language, speaksLanguage, spokenMs, lines: lines.length },
          silentLines: lines.filter(({ heard }) => !heard).length,
        },
      }
    },
  })
}

/**
 * The narration of a film.
 * @throws StageMissing
 */
export async function voiceOf(ctx: Ctx, projectId: string): Promise<Voice> {
  return (await productOf<Voice>(ctx, projectId, 'voice')).result
}
