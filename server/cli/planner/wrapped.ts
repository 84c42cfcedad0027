import { stripVTControlCharacters } from 'node:util'

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** What takes no cell of its own, what takes two (UAX #11: wide and fullwidth; emoji), and what sets colours. */
const EMPTY = /^[\p{M}\p{Cf}\p{Cc}]+$/u
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\u{fe0f}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u
const COLOUR = new RegExp(String.raw`(${String.fromCodePoint(27)}\[[\d;]*m)`)

/** Below this nothing can be read whatever is done. */
const WIDTH_LEAST = 20

/** How many cells of a terminal a text takes; colours take none. */
export function cellsOf(text: string): number {
  let cells = 0
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) {
    cells += EMPTY.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1
  }
  return cells
}

/**
 * A line as several of at most `columns` cells, broken between words and, where a word alone is longer, within it. All but
 * the first begin with `indent` spaces. Null columns: whatever reads it breaks lines as it likes.
 */
export function wrapped(line: string, columns: number | null, indent: number): string {
  if (columns === null || columns < WIDTH_LEAST) return line
  const lines: string[] = []
  let [open, cells] = ['', 0]
  const turn = (): void => {
    lines.push(open.trimEnd())
    ;[open, cells] = [' '.repeat(indent), indent]
  }
  for (const word of line.match(/ +|[^ ]+/g) ?? []) {
    const width = cellsOf(word)
    if (cells + width <= columns) {
      // spaces at the beginning of a further line would push it in
      if (lines.length > 0 && cells === indent && word.startsWith(' ')) continue
      ;[open, cells] = [open + word, cells + width]
    } else if (word.startsWith(' ')) turn()
    else {
      if (open.trim() !== '' && cells > indent) turn()
      for (const piece of piecesOf(word, columns - indent)) {
        if (cells + cellsOf(piece) > columns) turn()
        ;[open, cells] = [open + piece, cells + cellsOf(piece)]
      }
    }
  }
  return [...lines, open].join('\n')
}

/** A word in pieces of at most so many cells; colours stay whole. */
function piecesOf(word: string, most: number): string[] {
  const pieces: string[] = []
  let [open, cells] = ['', 0]
  for (const part of word.split(COLOUR)) {
    for (const one of COLOUR.test(part) ? [part] : Array.from(segmenter.segment(part), ({ segment }) => segment)) {
      const width = cellsOf(one)
      if (cells + width > most) {
        pieces.push(open)
        ;[open, cells] = ['', 0]
      }
      ;[open, cells] = [open + one, cells + width]
    }
  }
  return [...pieces, open]
}
