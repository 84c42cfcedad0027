import { SECOND_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import type { SoundAsk, Transcript } from './contract.ts'
import { NOTHING, paid } from './paid.ts'
import type { Patience } from './patience.ts'
import type { Provider } from './providers.ts'

/** What was heard, or why it was not. */
export type Heard =
  | { readonly text: string; readonly language: string | null; readonly segments: Transcript['segments'] }
  | 'budget'
  | 'unavailable'
  | 'off-schema'

const TRIES = 3
const TEXT_CHARS = 1_000_000
const SEGMENTS_MOST = 20_000

/** Asks one provider what is said in a recording: again after failures that pass. */
export async function askForSound(
  ctx: Ctx,
  ask: SoundAsk,
  provider: Provider,
  patience: Patience,
): Promise<{ readonly heard: Heard; readonly costMicros: number }> {
  const { transcribe } = await provider.open()
  if (transcribe === undefined) return { heard: 'unavailable', costMicros: 0 }
  const { file, mime, language = null, durationMs } = ask
  // Begun seconds are paid for.
  const most = { ...NOTHING, audioSeconds: Math.ceil(durationMs / SECOND_MS) }
  const about = { source: ask.source, provider, most, lastsMs: patience.lastsMs }
  let costMicros = 0
  for (let failures = 0; ;) {
    patience.requireWanted()
    const made = await paid(ctx, about, async () => {
      const answer = await transcribe({ model: provider.model, file, mime, language, signal: patience.signal })
      return { answer, used: most }
    })
    if (made.kind === 'budget') return { heard: 'budget', costMicros }
    costMicros += made.costMicros
    if (made.kind === 'answered') return { heard: transcriptOf(made.answer, durationMs), costMicros }
    const { failure } = made
    const { connectionId, name } = provider
    ctx.log.info({ connectionId, provider: name, status: failure.status, says: failure.says }, 'a model was not heard')
    patience.requireWanted()
    failures += 1
    const isOver = failure.kind !== 'again' || failures >= TRIES
    if (isOver || !(await patience.wait(failure, failures))) return { heard: 'unavailable', costMicros }
  }
}

/** Reads an answer of which nothing is certain: text within bounds, times in order and within the recording. */
export function transcriptOf(answer: unknown, durationMs: number): Heard {
  const { text, language, segments } = (answer ?? {}) as Readonly<Record<string, unknown>>
  if (typeof text !== 'string' || text.length > TEXT_CHARS || !isText(text)) return 'off-schema'
  const told = Array.isArray(segments) && segments.length <= SEGMENTS_MOST ? (segments as readonly unknown[]) : []
  const read: { startMs: number; endMs: number; text: string }[] = []
  let before = 0
  for (const one of told) {
    const { start, end, text: said } = (one ?? {}) as Readonly<Record<string, unknown>>
    if (typeof start !== 'number' || typeof end !== 'number' || typeof said !== 'string' || !isText(said)) continue
    const startMs = clamp(Math.round(start * SECOND_MS), before, durationMs)
    const endMs = clamp(Math.round(end * SECOND_MS), startMs, durationMs)
    before = endMs
    if (said.trim() !== '') read.push({ startMs, endMs, text: said.trim().slice(0, TEXT_CHARS) })
  }
  const whole = text.trim() === '' ? [] : [{ startMs: 0, endMs: durationMs, text: text.trim() }]
  return {
    text: text.trim(),
    language: typeof language === 'string' && /^[A-Za-z -]{1,40}$/.test(language) ? language.toLowerCase() : null,
    segments: read.length > 0 ? read : whole,
  }
}

/** What can be stored: no NUL, no half characters. */
function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function clamp(value: number, least: number, most: number): number {
  return Number.isNaN(value) ? least : Math.min(Math.max(value, least), most)
}
