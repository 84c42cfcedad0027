import { titleOf } from '../title.ts'

/** A part of the text that a title leaves out. */
export interface Left {
  readonly start: number
  readonly end: number
}

const EDGES = /^[\s,;:.!–—()-]+|[\s,;:–—(-]+$|(?<=\p{L})[.!…]+$/gu
const LEADERS =
  /(?:^|[\s,])(?:on|by|at|before|until|till|from|for|in|deadline|due|and|its|it's|thats|that's|this is|it is|which is|is)$/i

/**
 * The title of a task that stands between two offsets: its words with single blanks and a capital first, without what was
 * read into fields at either end. What stands in the middle of a sentence stays.
 */
export function titleBetween(text: string, start: number, end: number, fields: readonly Left[]): string | null {
  let [from, to] = [start, end]
  for (let again = true; again;) {
    again = false
    const inner = text.slice(from, to)
    const ahead = /^[\s,;:.!–—()-]*/.exec(inner)?.[0].length ?? 0
    const behind = /[\s,;:.!–—()-]*$/.exec(inner)?.[0].length ?? 0
    for (const field of fields) {
      if (field.start <= from + ahead && field.end > from + ahead && field.end < to) {
        from = field.end
        again = true
      } else if (field.end >= to - behind && field.start < to - behind && field.start > from) {
        to = withoutLeaders(text, from, field.start)
        again = true
      }
      if (again) break
    }
  }
  const shown = text.slice(from, to).replaceAll(EDGES, '').trim()
  const title = titleOf(shown === '' ? text.slice(start, end) : shown)
  return title === null ? null : title.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
}

/** The end before "by", "on the" and the like that led to what is left out. */
function withoutLeaders(text: string, from: number, to: number): number {
  let end = from + text.slice(from, to).replace(/[\s,;:.!–—()-]+$/, '').length
  for (let found = LEADERS.exec(text.slice(from, end)); found !== null; found = LEADERS.exec(text.slice(from, end))) {
    end = from + text.slice(from, from + found.index).replace(/[\s,;:.!–—()-]+$/, '').length
  }
  return end > from ? end : to
}
