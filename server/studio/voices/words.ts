import type { SpokenWord } from './schema.ts'
import { VOICE_RATE } from './schema.ts'

/** A pause inside a line is at least this long. */
const PAUSE_SECONDS = 0.07
const WINDOW_SECONDS = 0.01
const QUIET = 0.012

const MARK_AT_END = /[,;:.!?…–—、。，；：！？،؛][\])"'”»’]*\s*$/u

/**
 * When each word of a line is spoken. The line's beginning, its end and its pauses are heard in the samples; between them
 * time is shared out by the length of the words: an estimate, since the program tells no events. Captions begin with lines,
 * never with words; what is estimated only moves the mark under the word that is spoken.
 */
export function wordTimes(text: string, samples: Float32Array, language: string): SpokenWord[] {
  const words = wordsOf(text, language)
  const durationMs = (samples.length * 1000) / VOICE_RATE
  const pauses = pausesOf(samples)
  const breaks = words.flatMap((word, index) => (index < words.length - 1 && MARK_AT_END.test(word) ? [index] : []))
  // Only when every mark is heard as a pause do they tell which is which.
  const anchors = breaks.length === pauses.length ? breaks.map((word, index) => ({ word, ...pauses[index] })) : []
  const spoken: SpokenWord[] = []
  let [from, fromMs] = [0, 0]
  for (const anchor of [...anchors, { word: words.length - 1, startMs: durationMs, endMs: durationMs }]) {
    spoken.push(...shared(words.slice(from, anchor.word + 1), fromMs, anchor.startMs ?? durationMs))
    ;[from, fromMs] = [anchor.word + 1, anchor.endMs ?? durationMs]
  }
  return spoken
}

/** Words with the blanks and marks that follow them; signs without blanks between them are cut as the language counts words. */
export function wordsOf(text: string, language: string): string[] {
  const parts = text.match(/\S+\s*/gu) ?? []
  return parts.flatMap((part) =>
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(part)
      ? segments(part, language)
      : [part],
  )
}

function segments(part: string, language: string): string[] {
  const words: string[] = []
  for (const { segment, isWordLike } of new Intl.Segmenter(language, { granularity: 'word' }).segment(part)) {
    if (isWordLike === true || words.length === 0) words.push(segment)
    else words[words.length - 1] = `${words.at(-1) ?? ''}${segment}`
  }
  return words
}

function shared(words: readonly string[], fromMs: number, toMs: number): SpokenWord[] {
  const weights = words.map(weightOf)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let at = fromMs
  return words.map((text, index) => {
    const startMs = at
    at += total === 0 ? 0 : ((toMs - fromMs) * (weights[index] ?? 0)) / total
    return { text, startMs: Math.round(startMs), endMs: Math.round(index === words.length - 1 ? toMs : at) }
  })
}

/** About how long a word takes to say: vowels more than consonants, figures as long as their names. */
function weightOf(word: string): number {
  const letters = word.match(/\p{L}/gu)?.length ?? 0
  const vowels = word.normalize('NFD').match(/[aeiouyаеёиоуыэюяαεηιουω]/giu)?.length ?? 0
  const figures = word.match(/\p{N}/gu)?.length ?? 0
  const dense = word.match(/[\p{Script=Han}\p{Script=Hangul}]/gu)?.length ?? 0
  return letters * 0.7 + vowels * 0.75 + figures * 3.5 + dense * 1.5 + (letters + figures > 0 ? 0.9 : 0)
}

/** Stretches inside a line in which nothing is heard, in milliseconds. */
function pausesOf(samples: Float32Array): { startMs: number; endMs: number }[] {
  const size = Math.round(WINDOW_SECONDS * VOICE_RATE)
  const pauses: { startMs: number; endMs: number }[] = []
  let quietSince = -1
  for (let at = 0; at + size <= samples.length; at += size) {
    let peak = 0
    for (let index = at; index < at + size; index += 1) peak = Math.max(peak, Math.abs(samples[index] ?? 0))
    if (peak < QUIET && quietSince < 0) quietSince = at
    if (peak < QUIET || quietSince < 0) continue
    if (quietSince > 0 && (at - quietSince) / VOICE_RATE >= PAUSE_SECONDS) {
      pauses.push({ startMs: (quietSince * 1000) / VOICE_RATE, endMs: (at * 1000) / VOICE_RATE })
    }
    quietSince = -1
  }
  return pauses
}
