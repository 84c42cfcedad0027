/*
 * iCalendar (RFC 5545) as text: the lines of components, folded and escaped. What goes into it is what people wrote, so
 * that nothing of a value may end its line: CR, LF and other control characters never pass as they are.
 */

/** A line before it is folded. */
export type Line = string

/** A property whose value is of a kind that needs no escaping: dates, numbers, words of ours. Parameters are ours, too. */
export function property(
  name: string,
  value: string | number,
  parameters: Readonly<Record<string, string>> = {},
): Line {
  const said = Object.entries(parameters).map(([key, word]) => `;${key}=${word}`)
  return `${name}${said.join('')}:${withoutControls(String(value))}`
}

/** A property of text (§3.3.11): what people wrote, its line breaks said as `\n`. */
export function text(name: string, value: string): Line {
  return `${name}:${escaped(value)}`
}

/** A property of several texts, such as CATEGORIES. */
export function texts(name: string, values: readonly string[]): Line {
  return `${name}:${values.map(escaped).join(',')}`
}

export function component(name: string, lines: readonly Line[]): Line[] {
  return [`BEGIN:${name}`, ...lines, `END:${name}`]
}

/** Lines as they are sent: folded at 75 octets (§3.1), never within a character, each ended by CRLF. */
export function serialized(lines: readonly Line[]): string {
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

const LINE_BYTES_MAX = 75

function folded(line: Line): string {
  if (Buffer.byteLength(line) <= LINE_BYTES_MAX) return line
  const parts: string[] = []
  let [part, bytes] = ['', 0]
  for (const character of line) {
    const length = Buffer.byteLength(character)
    if (bytes + length > LINE_BYTES_MAX) {
      parts.push(part)
      // The space that a folded line begins with counts.
      part = ''
      bytes = 1
    }
    part += character
    bytes += length
  }
  return [...parts, part].join('\r\n ')
}

function escaped(value: string): string {
  return withoutControls(
    value
      .replaceAll(/\r\n?|[\n\u0085\u2028\u2029]/g, '\n')
      .replaceAll(/[\\;,]/g, '\\$&')
      .replaceAll('\n', '\\n'),
  )
}

/** Without what may stand in no value (§3.1): control characters but tabs, and halves of characters. */
function withoutControls(value: string): string {
  return value.toWellFormed().replaceAll(/(?!\t)\p{Cc}/gu, '')
}
