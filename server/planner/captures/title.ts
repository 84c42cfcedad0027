const TITLE_LENGTH_MAX = 200
// What a word may be long at most so that a title ends before it and not in it.
const WORD_LENGTH_MAX = 60

/**
 * The title of a thought: its first line that says something, with single spaces, shortened at a word to at most 200
 * characters (code points). Null when there is nothing to see in the whole text.
 */
export function titleOf(text: string): string | null {
  const line = text
    .split(/[\r\n\u2028\u2029]+/)
    .map((each) => each.replaceAll(/\s+/g, ' ').trim())
    .find((each) => /[^\p{C}\p{Z}]/u.test(each))
  if (line === undefined) return null
  const characters = [...line]
  if (characters.length <= TITLE_LENGTH_MAX) return line
  const cut = characters.slice(0, TITLE_LENGTH_MAX - 1)
  const space = characters[cut.length] === ' ' ? cut.length : cut.lastIndexOf(' ')
  const end = space > cut.length - WORD_LENGTH_MAX ? space : cut.length
  // A joiner or a variation selector belongs to what was cut off.
  return `${cut
    .slice(0, end)
    .join('')
    .replace(/(?:\s|\u200d|\ufe0f)+$/u, '')}…`
}
