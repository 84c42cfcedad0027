import type { Found } from './fields.ts'

const LENGTH =
  /\b(?:for |takes? |about |~ ?)?(\d{1,3}(?:[.,]5)?|an?|half an)[ -]?(h|hrs?|hours?|m|mins?|minutes?)\b(?! (?:ago|later|before|after|from now))/gi
const MINUTES_MAX = 1440

/** How long something takes, as it is said between two offsets: "10 min", "half an hour". Whole minutes, 1 to 1440. */
export function minutesIn(text: string, from: number, to: number): Found<number> | null {
  const part = text.slice(from, to)
  for (const match of part.matchAll(LENGTH)) {
    // "in an hour" is a moment and no length
    if (/\bin\s*$/i.test(part.slice(0, match.index))) continue
    const [all, amount = '', unit = ''] = match
    const count = /^half/i.test(amount) ? 0.5 : /^an?$/i.test(amount) ? 1 : Number(amount.replace(',', '.'))
    const value = Math.round(/^h/i.test(unit) ? count * 60 : count)
    // "a m" is no length, and "5m" may be metres.
    if (value < 1 || value > MINUTES_MAX || (/^m$/i.test(unit) && /^an?$/i.test(amount))) continue
    const confidence = /^m$/i.test(unit) ? 0.5 : 0.85
    return { value, start: from + match.index, end: from + match.index + all.length, confidence }
  }
  return null
}
