/** What tolerant reading gives: as JSON has it, but that objects keep the order and repetition of their members. */
export type Loose = string | number | boolean | null | readonly Loose[] | LooseObject

export class LooseObject {
  readonly members: readonly (readonly [key: string, value: Loose])[]

  constructor(members: readonly (readonly [string, Loose])[]) {
    this.members = members
  }
}

/** A value with where it stands in the text, UTF-16 units. */
export interface LooseValue {
  readonly value: Loose
  readonly start: number
  readonly end: number
}

const DEPTH_MAX = 16
const CLOSING: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '”': '”',
  '‘': '’',
  '„': '“',
  '`': '`',
}

/**
 * Reads the object or array that begins at `start`, as people and programs break it: other quotes, names without quotes,
 * commas too many or missing, comments, line ends in strings, and an end that is cut off. Null where it is none. What it
 * does not understand ends it, so the text behind `end` is left to others. Time grows with the length alone.
 */
export function looseJson(text: string, start: number): LooseValue | null {
  if (text[start] !== '{' && text[start] !== '[') return null
  const reader = new Reader(text, start)
  const value = reader.value(0)
  return value === undefined ? null : { value, start, end: reader.at }
}

class Reader {
  at: number
  readonly #text: string

  constructor(text: string, at: number) {
    this.#text = text
    this.at = at
  }

  /** The value at this place; undefined where none begins. */
  value(depth: number): Loose | undefined {
    this.#skip()
    const char = this.#text[this.at]
    if (char === undefined || depth > DEPTH_MAX) return undefined
    if (char === '{') return this.#object(depth)
    if (char === '[') return this.#array(depth)
    if (char in CLOSING) return this.#string(char)
    return this.#bare()
  }

  #object(depth: number): Loose {
    const members: [string, Loose][] = []
    this.at += 1
    for (;;) {
      this.#skip(true)
      if (this.#closes('}')) return new LooseObject(members)
      const begun = this.at
      const key = this.#key()
      this.#skip()
      if (key === undefined || this.#text[this.at] !== ':') {
        this.at = begun
        return new LooseObject(members)
      }
      this.at += 1
      const value = this.value(depth + 1)
      if (value === undefined) {
        this.at = begun
        return new LooseObject(members)
      }
      members.push([key, value])
    }
  }

  #array(depth: number): Loose {
    const items: Loose[] = []
    this.at += 1
    for (;;) {
      this.#skip(true)
      if (this.#closes(']')) return items
      const item = this.value(depth + 1)
      if (item === undefined) return items
      items.push(item)
    }
  }

  /** True at the closing mark, which is taken, and at the end of the text. */
  #closes(mark: string): boolean {
    if (this.at >= this.#text.length) return true
    if (this.#text[this.at] !== mark) return false
    this.at += 1
    return true
  }

  #key(): string | undefined {
    const char = this.#text[this.at] ?? ''
    if (char in CLOSING) return this.#string(char)
    const bare = this.#match(/[\p{L}_$][\p{L}\p{N}_$-]*/uy)
    return bare === null ? undefined : bare
  }

  /** A string up to its quote; one of another line than a plain one is read on, one that is never closed ends with the text. */
  #string(open: string): string {
    const close = CLOSING[open] ?? open
    let out = ''
    this.at += 1
    for (;;) {
      const char = this.#text[this.at]
      if (char === undefined) return out
      this.at += 1
      if (char === '\\') out += this.#escape()
      else if (char === close && this.#isEnd()) return out
      else out += char
    }
  }

  /** A quote within a string is no end of it: what follows the end is a mark or the end of the text. */
  #isEnd(): boolean {
    return this.#peek(/[^\S\n]*(?:[\n,:}\]]|$|\/\/)/uy)
  }

  #escape(): string {
    const char = this.#text[this.at] ?? ''
    this.at += 1
    if (char !== 'u') return { n: '\n', t: '\t', r: '\r', b: ' ', f: ' ' }[char] ?? char
    const code = this.#match(/[0-9a-f]{4}/iy)
    return code === null ? 'u' : String.fromCharCode(Number.parseInt(code, 16))
  }

  /** A number or a word without quotes, up to a mark or the end of its line. */
  #bare(): Loose | undefined {
    const number = this.#match(/-?\d{1,15}(?:\.\d{1,15})?(?=\s*(?:[,\]}'"]|$))/uy)
    if (number !== null) return Number(number)
    const word = this.#match(/[^\s,:{}[\]"'][^,:{}[\]"\n]*/uy)?.trimEnd()
    if (word === undefined || word === '') return undefined
    if (word === 'null') return null
    if (word === 'true' || word === 'false') return word === 'true'
    return word
  }

  /** Over blanks and comments, with commas where they may stand. */
  #skip(commas = false): void {
    this.#match(
      commas ? /(?:[\s,]|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/uy : /(?:\s|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/uy,
    )
  }

  #peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    return pattern.test(this.#text)
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)
    if (found === null) return null
    this.at = pattern.lastIndex
    return found[0]
  }
}
