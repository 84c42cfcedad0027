/** Commands to the direction of text that can make a line show something else than it says (UAX #9, UTS #39). */
const DIRECTION_COMMANDS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu
/** What cannot be seen and changes nothing: soft hyphens, marks of byte order, fillers, tags other than those of flags. */
const INVISIBLE = /[\u00AD\u180E\u200B\u2060-\u2064\u206A-\u206F\u3164\uFEFF\uFFF9-\uFFFB\uFFFD]/gu
const EMOJI =
  /(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{Emoji_Presentation}|\p{Extended_Pictographic})(?:\uFE0F|\p{EMod}|\u200D\p{Extended_Pictographic}|[\u{E0020}-\u{E007F}])*/gu
/** Characters that are pictures by Unicode's lists, and words or signs to everybody who writes. */
const NO_PICTURES = /[©®™‼⁉ℹ〰〽㊗㊙]/u

/**
 * Text from outside as it may be shown: well-formed, composed, without control characters, commands to the direction and
 * other things that cannot be seen; blanks are single, paragraphs stay apart by one line feed.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/\r\n?|[\u0085\u2028\u2029\v\f]/gu, '\n')
    .replaceAll(DIRECTION_COMMANDS, '')
    .replaceAll(INVISIBLE, '')
    .replaceAll(/[^\P{Cc}\n\t]/gu, ' ')
    .replaceAll(/[^\S\n]+/gu, ' ')
    .replaceAll(/ ?\n[ \n]*/gu, '\n')
    .trim()
}

/** The pictures in a text, in order. */
export function emojiOf(text: string): string[] {
  return [...text.matchAll(EMOJI)].map(([found]) => found).filter((found) => !NO_PICTURES.test(found))
}

/**
 * What a voice reads of a shown text: its words without pictures and without signs that it would take for commands (a
 * synthesiser may read `[[` and `<` so); a stretch without blanks is cut where nobody could say it in one breath. Empty
 * when nothing can be read.
 */
export function spokenText(text: string): string {
  const words = text
    .replaceAll(EMOJI, (found) => (NO_PICTURES.test(found) ? found : ' '))
    .replaceAll(/(?:[<>[\]{}|\\^`~_*#=]|\u200D|\uFE0E|\uFE0F)+/gu, ' ')
    .replaceAll(/(\S{40})(?=\S)/gu, '$1 ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  return /[\p{L}\p{N}&%+@]/u.test(words) ? words : ''
}

/** At most `most` characters of a text as people count them, cut between words with an ellipsis. */
export function shortened(text: string, most: number): string {
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(
    (one) => one.segment,
  )
  if (graphemes.length <= most) return text
  const cut = graphemes.slice(0, most - 1).join('')
  const atBlank = cut.replace(/\s+\S*$/u, '')
  // A text without blanks is cut where it must be.
  return `${(atBlank.length >= cut.length / 2 ? atBlank : cut).replace(/[\s,;:–—-]+$/u, '')}…`
}
