import type { PlacedLine } from '../direction/plan.ts'
import type { SpokenLine, SpokenWord } from '../voices/schema.ts'

/** A word of a cue with its time in the film. */
export interface CueWord {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
  /** No blank before the next word. */
  readonly glued: boolean
}

/** What is shown at once: one or two lines. Cues are in order and do not overlap. */
export interface Cue {
  readonly startMs: number
  readonly endMs: number
  readonly lines: readonly (readonly CueWord[])[]
}

/** Characters of a line; signs that stand for syllables are twice as wide. */
export const LINE_LENGTH = 42
const LINES = 2
/** Nobody reads more in a second. */
const CHARACTERS_PER_SECOND = 17
const LEAST_MS = 900
/** What a cue stays when its last word is spoken, if nothing follows. */
const LINGER_MS = 350
/** Between cues, so that the change is seen. */
const GAP_MS = 66
const FRAME_MS = 1000 / 30

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF00-\uFF60]/gu

/** Length of a text in columns. */
export function columnsOf(text: string): number {
  return (
    [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].length +
    (text.match(WIDE)?.length ?? 0)
  )
}

/** Cuts the narration into cues. A cue begins with its first word, and stays as long as it takes to read if there is time. */
export function cuesOf(lines: readonly SpokenLine[], placed: readonly PlacedLine[], totalFrames: number): Cue[] {
  const bare = placed.flatMap(({ line, startFrame }) => {
    const words = timed(lines[line]?.words ?? [], startFrame * FRAME_MS)
    return parted(words).map((part) => ({
      words: part,
      startMs: part[0]?.startMs ?? 0,
      spokenMs: part.at(-1)?.endMs ?? 0,
    }))
  })
  return bare.map(({ words, startMs, spokenMs }, index) => {
    const text = textOf(words)
    const wantedMs = Math.max(
      spokenMs + LINGER_MS,
      startMs + LEAST_MS,
      startMs + (columnsOf(text) * 1000) / CHARACTERS_PER_SECOND,
    )
    const next = bare[index + 1]?.startMs ?? totalFrames * FRAME_MS
    const endMs = Math.max(startMs + FRAME_MS, Math.min(wantedMs, next - GAP_MS))
    return { startMs: Math.round(startMs), endMs: Math.round(endMs), lines: balanced(words) }
  })
}

function timed(words: readonly SpokenWord[], offsetMs: number): CueWord[] {
  return words.map((word, index) => ({
    text: word.text.trim(),
    startMs: offsetMs + word.startMs,
    endMs: offsetMs + word.endMs,
    glued: index === words.length - 1 || !/\s$/u.test(word.text),
  }))
}

/** A stretch of words as it is read. */
export function textOf(words: readonly CueWord[]): string {
  return words.map((word, index) => word.text + (word.glued || index === words.length - 1 ? '' : ' ')).join('')
}

/** Parts that fit into a cue, of about the same length, so that none is left with a single word. */
function parted(words: readonly CueWord[]): CueWord[][] {
  const columns = columnsOf(textOf(words))
  if (words.length === 0) return []
  if (words.length === 1 || fits(words)) return [[...words]]
  const aim = columns / Math.ceil(columns / (LINE_LENGTH * LINES))
  let best = 1
  for (let at = 1; at < words.length; at += 1) {
    const part = words.slice(0, at)
    if (!fits(part)) break
    const [far, least] = [part, words.slice(0, best)].map((some) => {
      // A mark of a clause is worth ten characters of difference.
      const bonus = /[,;:.!?…、。，；：！？،؛]["'”»)]*$/u.test(some.at(-1)?.text ?? '') ? 10 : 0
      return Math.abs(columnsOf(textOf(some)) - aim) - bonus
    }) as [number, number]
    if (far <= least) best = at
  }
  return [words.slice(0, best), ...parted(words.slice(best))]
}

function fits(words: readonly CueWord[]): boolean {
  return words.length === 1 || balanced(words).every((line) => columnsOf(textOf(line)) <= LINE_LENGTH)
}

/** One line, or two of which neither is much longer. */
function balanced(words: readonly CueWord[]): CueWord[][] {
  if (words.length < 2 || columnsOf(textOf(words)) <= LINE_LENGTH) return [[...words]]
  let best = 1
  let least = Number.POSITIVE_INFINITY
  for (let at = 1; at < words.length; at += 1) {
    const longest = Math.max(columnsOf(textOf(words.slice(0, at))), columnsOf(textOf(words.slice(at))))
    if (longest < least) [best, least] = [at, longest]
  }
  return [words.slice(0, best), words.slice(best)]
}
