/** A sentence, an item of a list or a line, without its bullet. Offsets are UTF-16 units of the whole text. */
export interface Sentence {
  readonly start: number
  readonly end: number
  /** Counts lines that hold something. */
  readonly line: number
  /** Alone in its line. */
  readonly alone: boolean
  /** Set apart by a bullet, a number or a box. */
  readonly bullet: boolean
  /** Its box is ticked: done already. */
  readonly ticked: boolean
  /** How far the line is indented, in characters. */
  readonly indent: number
  /** It ends as a question. */
  readonly question: boolean
}

const LINE = /[^\r\n\u2028\u2029]+/g
const BULLET = /^(\s*)((?:[-*•‣◦▪·–—+]|\(?\d{1,3}[.)]|[a-z]\))\s+)?(\[[ xX✓]?\]\s*)?/
/** Where a line is cut: after a sentence, at a semicolon or a slash between blanks, before a number in a row. */
const CUT = /[.!?…]+["'”’)\]]*(?=\s)|;|\s\/(?=\s)|\s\|(?=\s)|(?<=\s)\d{1,2}[.)](?=\s)/g
/** Words that a full stop belongs to. */
const ABBREVIATION =
  /(?:^|[\s(])(?:dr|mr|mrs|ms|prof|st|vs|etc|e\.g|i\.e|approx|no|nr|ca|re|w|p|inc|ltd|jr|sr|[a-z])\.$/i

/** Cuts a text into what was set apart on purpose: lines, items, sentences. Parts of only blanks and marks are left out. */
export function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = []
  let line = 0
  for (const match of text.matchAll(LINE)) {
    const [all, indent = '', bullet = '', box = ''] = BULLET.exec(match[0]) ?? ['']
    const from = match.index + all.length
    const to = match.index + match[0].length
    const marks = {
      bullet: bullet !== '' || box !== '',
      ticked: /[xX✓]/.test(box),
      indent: indent.length,
      line,
    }
    const parts = [...partsOf(text, from, to)]
    for (const [start, end] of parts) {
      found.push({ start, end, ...marks, alone: parts.length === 1, question: text.slice(start, end).endsWith('?') })
    }
    if (parts.length > 0) line += 1
  }
  return found
}

function* partsOf(text: string, from: number, to: number): Generator<readonly [number, number]> {
  const line = text.slice(from, to)
  let begin = 0
  // The number before this line's text, or before the first part of it.
  let row = Number(
    /(\d+)[.)]\s*$/.exec(text.slice(Math.max(0, from - 6), from))?.[1] ?? (/^1[.)]\s/.test(line) ? 1 : 0),
  )
  for (const cut of line.matchAll(CUT)) {
    const after = cut.index + cut[0].length
    let isStop = /^[.!?…]/.test(cut[0])
    const number = /^(\d+)/.exec(cut[0])?.[1]
    // "2." goes on in a row that "1." began; elsewhere it ends a sentence or is none.
    if (number !== undefined) {
      if (Number(number) === row + 1) row += 1
      else if (cut[0].endsWith(')')) continue
      else isStop = true
    }
    if (cut[0] === '.' && ABBREVIATION.test(line.slice(Math.max(0, after - 12), after))) continue
    yield* trimmed(text, from + begin, from + (isStop ? after : cut.index))
    begin = after
  }
  yield* trimmed(text, from + begin, to)
}

/** The span without blanks around it; nothing when no letter or digit is in it. */
function* trimmed(text: string, start: number, end: number): Generator<readonly [number, number]> {
  const part = text.slice(start, end)
  if (!/[\p{L}\p{N}]/u.test(part)) return
  yield [start + part.length - part.trimStart().length, end - part.length + part.trimEnd().length]
}
