import type { Stretch } from './line.ts'

/** What is left of a text as one line: pieces joined, white space single, none before a sign that closes. */
export function titleOf(text: string, kept: readonly Stretch[]): string {
  let title = ''
  for (const { start, end } of kept) {
    const piece = text.slice(start, end).replaceAll(/\s+/g, ' ')
    // a sign that followed what was taken out closes up to the word before; a space at both sides becomes one
    const joined = /^[,.;:!?)\]…]/.test(piece) || piece.startsWith(' ') ? title.trimEnd() : title
    title = title === '' ? piece : joined + piece
  }
  return title.trim()
}
