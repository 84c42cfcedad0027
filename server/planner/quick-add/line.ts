import { months, weekdays } from './lexicon.ts'

/** A word of the text without the signs that only stand around it. Offsets count UTF-16 units of the text. */
export interface Word {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly lower: string
  /** Signs that follow it without a space: `,` of `tomorrow,`. */
  readonly after: string
  /** It stands in quotes or behind a backslash: text, whatever it says. */
  readonly quoted: boolean
}

/** A stretch of the text, `start` included and `end` not. */
export interface Stretch {
  readonly start: number
  readonly end: number
}

const SPACE = /\s/
const OPENS = /[(["'“‘«¿¡\p{Extended_Pictographic}]|\u{200d}|\u{fe0f}/u
const CLOSES = /[.,;:!?)\]}"'”’»…\p{Extended_Pictographic}]|\u{200d}|\u{fe0f}/u
const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['“', '”'],
  ['«', '»'],
])

/**
 * The text as words that readers take away. Every reader asks it for words in one breath: a full stop, a bracket or a
 * word that is taken ends what can be read together. Each question costs a constant; making it costs a few looks at each
 * character.
 */
export class Line {
  readonly text: string
  readonly words: readonly Word[]
  /** Backslashes that keep the word after them from being read. */
  readonly escapes: readonly Stretch[]
  readonly #taken: boolean[]
  #edges: { readonly first: number; readonly last: number } | null = null

  constructor(text: string, signs: string) {
    const { words, escapes } = split(text, signs)
    this.text = text
    this.words = words
    this.escapes = escapes
    this.#taken = words.map(() => false)
  }

  isFree(index: number): boolean {
    return this.#taken[index] === false && this.words[index]?.quoted === false
  }

  /** Takes the words from `from` to before `next`: they are read no more, and the text ends or begins beside them. */
  take(from: number, next: number): void {
    this.#taken.fill(true, from, next)
    this.#edges = null
  }

  /** The word in small letters, when it is free and stands in one breath with the one before; `from` begins the breath. */
  low(index: number, from: number): string {
    return this.isFree(index) && (index === from || this.#joins(index, '')) ? (this.words[index]?.lower ?? '') : ''
  }

  /** Like `low`, and a comma may stand before the word. */
  lowAfterComma(index: number, from: number): string {
    return this.isFree(index) && (index === from || this.#joins(index, ',')) ? (this.words[index]?.lower ?? '') : ''
  }

  /** Nothing but taken words stands from here on. */
  ends(index: number): boolean {
    return index > this.#edge().last
  }

  /** Nothing but taken words stands before. */
  begins(index: number): boolean {
    return index <= this.#edge().first
  }

  /** The words from `from` to before `next` in the text, with the brackets that stand around just them. */
  stretch(from: number, next: number): Stretch {
    const { start } = this.words[from] ?? { start: 0 }
    let { end } = this.words[next - 1] ?? { end: start }
    if (/^[ap]\.m$/.test(this.words[next - 1]?.lower.slice(-3) ?? '') && this.text[end] === '.') end += 1
    if (/^\d{1,2}\.\d{1,2}$/.test(this.words[next - 1]?.lower ?? '') && this.text[end] === '.') end += 1
    const around = `${this.text[start - 1]}${this.text[end]}`
    if (around === '()' || around === '[]') return { start: start - 1, end: end + 1 }
    // a sign that only parts the first words from the rest goes with them
    if (this.begins(from) && /^[:,]/.test(this.text.slice(end, end + 1))) end += 1
    return { start, end }
  }

  #joins(index: number, allowed: string): boolean {
    const before = this.words[index - 1]
    const word = this.words[index]
    if (before === undefined || word === undefined || !this.isFree(index - 1)) return false
    if (this.text.slice(before.end + before.after.length, word.start).trim() !== '') return false
    if (before.after === '' || before.after === allowed) return true
    return before.after === '.' && isShortened(before.lower)
  }

  #edge() {
    if (this.#edges === null) {
      const stands = (word: Word, index: number) => this.#taken[index] === false && word.text !== ''
      this.#edges = { first: this.words.findIndex(stands), last: this.words.findLastIndex(stands) }
    }
    return this.#edges
  }
}

const whole: ReadonlySet<string> = new Set(['march', 'april', 'may', 'june', 'july'])

const isShortened = (word: string) =>
  /[ap]\.m$/.test(word) || (word.length <= 5 && !whole.has(word) && (months.has(word) || weekdays.has(word)))

function split(text: string, signs: string): { words: Word[]; escapes: Stretch[] } {
  const words: Word[] = []
  const escapes: Stretch[] = []
  // quotes that do not occur any more: looked for once, so that all searches together pass over the text a few times
  const absent = new Set<string>()
  let at = 0
  while (at < text.length) {
    if (SPACE.test(text[at] ?? '')) {
      at += 1
      continue
    }
    const first = text[at] ?? ''
    const escaped = first === '\\' && /^[^\s\\]/.test(text[at + 1] ?? '')
    if (escaped) {
      escapes.push({ start: at, end: at + 1 })
      at += 1
    }
    const quotedUntil = closing(text, at, absent)
    const named = signs.includes(first) ? closing(text, at + 1, absent, "'") : -1
    const end = endOfWord(text, Math.max(at, quotedUntil, named))
    words.push(wordOf(text, at, end, escaped || quotedUntil > at, named))
    at = end
  }
  return { words, escapes }
}

/** Where the quote that opens at `at` has closed, or -1. */
function closing(text: string, at: number, absent: Set<string>, more = ''): number {
  const opens = text[at] ?? ''
  const closes = QUOTES.get(opens) ?? (opens !== '' && more.includes(opens) ? opens : undefined)
  if (closes === undefined || absent.has(closes)) return -1
  const found = text.indexOf(closes, at + 1)
  if (found === -1) absent.add(closes)
  return found > at + 1 ? found + 1 : -1
}

function endOfWord(text: string, from: number): number {
  let end = from
  while (end < text.length && !SPACE.test(text[end] ?? '')) end += 1
  return end
}

/** What stands between signs that only surround. A name in quotes behind a sign ends with its quote. */
function wordOf(text: string, from: number, to: number, quoted: boolean, named: number): Word {
  if (quoted) return { start: from, end: to, text: text.slice(from, to), lower: '', after: '', quoted }
  let start = from
  let end = named > from ? named : to
  if (named <= from) {
    while (start < end && OPENS.test(charAt(text, start))) start += charAt(text, start).length
    while (end > start && CLOSES.test(charBefore(text, end))) end -= charBefore(text, end).length
  }
  const word = text.slice(start, end)
  return { start, end, text: word, lower: word.toLowerCase(), after: text.slice(end, to), quoted }
}

const charAt = (text: string, at: number) => String.fromCodePoint(text.codePointAt(at) ?? 0)

function charBefore(text: string, at: number): string {
  const pair = at > 1 ? charAt(text, at - 2) : ''
  return pair.length === 2 ? pair : charAt(text, at - 1)
}
