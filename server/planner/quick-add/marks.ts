import type { Reading } from './context.ts'
import { dayAt } from './days.ts'
import { type Named, dialects } from './dialects.ts'
import { Line, type Stretch } from './line.ts'
import { dueOf, momentAt } from './moments.ts'
import { lengthAt } from './spans-of-time.ts'

/** When to remind: at a moment, or so many minutes before the task is due. */
export type Reminder = { readonly at: string } | { readonly beforeMinutes: number }

/** One member for each name, so that a name finds its value. */
type Field<Name extends string, Value> = Name extends string ? { readonly field: Name; readonly value: Value } : never

/** Something that a sign or a short word says outright. */
export type Mark = Stretch &
  (
    | Field<Named, string>
    | Field<'priority' | 'estimateMinutes' | 'energy', number>
    | Field<'reminder', Reminder>
    | Field<'deadline', string>
    | Field<'uncompletable', true>
  )

const NAME_LENGTH_MAX = 200
const LABEL_LENGTH_MAX = 100
const LABELS_MAX = 20
const NAMES_MAX = 50
const ESTIMATE_MINUTES_MAX = 10_080
/** How many words that may begin a deadline or a reminder are read; each has a text of its own within. */
const INSIDES_MAX = 40

/**
 * Reads what is marked, and takes it from the line. What can stand once stands where it was said last; what was said
 * before stays text. `people`: who can be named; null when nobody knows.
 */
export function marksOf(line: Line, reading: Reading, people: readonly string[] | null): Mark[] {
  const known = people === null ? null : new Map(people.map((name) => [name.toLowerCase(), name]))
  const found: { readonly mark: Mark; readonly from: number; readonly next: number }[] = []
  const singles = new Map<string, number>()
  const heading = headingOf(line, reading)
  let index = heading === null ? 0 : 1
  let project = false
  let insides = 0
  while (index < line.words.length) {
    const within = beginsInside(reading, line.words[index]?.text ?? '')
    insides += within ? 1 : 0
    const isRead = line.isFree(index) && !(within && insides > INSIDES_MAX)
    const read = isRead ? markAt(line, reading, known, index) : null
    // a section is one of a project, so `/tmp` alone is a path
    if (read === null || (read.mark.field === 'section' && !project)) {
      index += 1
      continue
    }
    project ||= read.mark.field === 'project'
    const { field } = read.mark
    const single = field !== 'label' && field !== 'reminder'
    if (single) singles.set(field, index)
    found.push({ ...read, from: index })
    index = read.next
  }
  const labels = new Set<string>()
  const kept = found.filter(({ mark, from }) => {
    // what a task has no room for stays text
    if (mark.field === 'label') return labels.size < LABELS_MAX ? labels.add(mark.value) : labels.has(mark.value)
    return (singles.get(mark.field) ?? from) === from
  })
  for (const { from, next } of kept) line.take(from, next)
  if (heading !== null) line.take(0, 1)
  return [...(heading === null ? [] : [heading]), ...kept.map(({ mark }) => mark)]
}

/** Whoever the line may call by name, each name as it was written: to be looked up before the marks are read. */
export function namesCalled(line: Line, reading: Reading): string[] {
  const names = line.words.flatMap(({ text }, index) => {
    const isCall = line.isFree(index) && reading.dialect.signs[text[0] ?? ''] === 'assignee'
    return isCall ? (nameIn(text, 'assignee') ?? []) : []
  })
  return [...new Set(names)].slice(0, NAMES_MAX)
}

/** `* ` in front, with something behind it. */
function headingOf(line: Line, reading: Reading): Mark | null {
  const [first, second] = line.words
  if (!reading.dialect.hasReminders || first?.text !== '*' || first.quoted || second === undefined) return null
  return { field: 'uncompletable', value: true, start: first.start, end: second.quoted ? first.end + 1 : second.start }
}

interface Read {
  readonly mark: Mark
  readonly next: number
}

/** Whether a word is one behind which a text of its own is read: `{march 30}`, `!tomorrow 9am`. */
const beginsInside = ({ dialect }: Reading, text: string): boolean =>
  dialect.hasReminders && (text.startsWith('{') || /^![^!=\s]/.test(text))

/** `people`: each name by itself in small letters; null when nobody knows who can be named. */
function markAt(line: Line, reading: Reading, people: ReadonlyMap<string, string> | null, index: number): Read | null {
  const word = line.words[index]
  if (word === undefined) return null
  const { text, lower, start, end } = word
  const priority = reading.dialect.priorities.get(lower)
  if (priority !== undefined) return { mark: { field: 'priority', value: priority, start, end }, next: index + 1 }
  if (/^e[1-3]$/.test(text)) {
    return { mark: { field: 'energy', value: Number(text[1]), start, end }, next: index + 1 }
  }
  if (text.startsWith('~')) return estimateAt(line, index)
  if (beginsInside(reading, text)) {
    return text.startsWith('{') ? deadlineAt(line, reading, index) : reminderAt(line, reading, index)
  }
  const field = reading.dialect.signs[text[0] ?? '']
  const value = field === undefined ? null : nameIn(text, field)
  if (field === undefined || value === null) return null
  const known = field === 'assignee' && people !== null ? people.get(value.toLowerCase()) : value
  return known === undefined ? null : { mark: { field, value: known, start, end }, next: index + 1 }
}

/** The name behind a sign, in quotes or up to the next space; null for what only looks like one. */
function nameIn(text: string, field: Named): string | null {
  const quoted = /^.(["'“«])(.*)(["'”»])$/su.exec(text)?.[2]?.trim()
  const lengthMax = field === 'label' ? LABEL_LENGTH_MAX : NAME_LENGTH_MAX
  if (quoted !== undefined) return /[^\p{C}\p{Z}]/u.test(quoted) && quoted.length <= lengthMax ? quoted : null
  const value = text.slice(1)
  if (value.length > lengthMax || !/^[\p{L}\p{N}\p{Extended_Pictographic}_]/u.test(value)) return null
  // `*bold*`, `%TEMP%`, and addresses of people elsewhere
  if (value.endsWith(text[0] ?? '') || value.includes('@')) return null
  switch (field) {
    case 'section':
      return value.includes('/') ? null : value
    case 'label':
      // a time of day, `@16`, is read as one
      return /^(?:[01]?\d|2[0-4])(?:[:h]\d\d)?(?:am|pm)?$/i.test(value) ? null : value
    case 'assignee':
      return /^[\p{L}_]/u.test(value) ? value : null
    case 'zone':
      return /^\p{L}.|^\p{Extended_Pictographic}/u.test(value) ? value : null
    case 'project':
      return /[\p{L}\p{Extended_Pictographic}]/u.test(value.replace(/^\d+[a-z]?$/i, '')) ? value : null
  }
}

/** `~25m`, `~1h30`, `~1.5h`, `~2 hours`. */
function estimateAt(line: Line, index: number): Read | null {
  const word = line.low(index, index)
  const apart = /^~\d{1,3}(?:[.,]\d{1,2})?$/.test(word) ? line.low(index + 1, index) : ''
  const match = /^~(\d{1,3}(?:[.,]\d{1,2})?)(h|hr|hrs|hours?|m|min|mins|minutes?)(?:(\d{1,2})(?:m|min)?)?$/.exec(
    word + apart,
  )
  if (match === null) return null
  const { 1: count = '', 2: unit = '', 3: more } = match
  if (more !== undefined && !unit.startsWith('h')) return null
  const minutes = Math.round(Number(count.replace(',', '.')) * (unit.startsWith('h') ? 60 : 1)) + Number(more ?? 0)
  if (minutes < 1 || minutes > ESTIMATE_MINUTES_MAX) return null
  const next = apart === '' ? index + 1 : index + 2
  return { mark: { field: 'estimateMinutes', value: minutes, ...around(line, index, next) }, next }
}

const around = (line: Line, from: number, next: number): Stretch => ({
  start: line.words[from]?.start ?? 0,
  end: line.words[next - 1]?.end ?? 0,
})

/** How much of the text a deadline or a reminder can take. */
const INSIDE_LENGTH_MAX = 60

/** `{march 30}`: braces around a day and nothing else. */
function deadlineAt(line: Line, reading: Reading, index: number): Read | null {
  const start = line.words[index]?.start ?? 0
  const inside = /^\{([^{}]+)\}/.exec(line.text.slice(start, start + INSIDE_LENGTH_MAX))?.[1]
  if (inside === undefined) return null
  const inner = new Line(inside, '')
  const day = dayAt(inner, reading, 0)
  if (day === null || day.day === null || day.next !== inner.words.length) return null
  const end = start + inside.length + 2
  return { mark: { field: 'deadline', value: day.day.toString(), start, end }, next: indexAfter(line, index, end) }
}

/** `!30 min before`, `!tomorrow 9am`. */
function reminderAt(line: Line, reading: Reading, index: number): Read | null {
  const start = line.words[index]?.start ?? 0
  const inner = new Line(line.text.slice(start + 1, start + INSIDE_LENGTH_MAX), '')
  const length = lengthAt(inner, 0, 0)
  const read = length === null ? reminderTime(inner, reading) : reminderBefore(inner, length)
  const last = inner.words[(read?.next ?? 0) - 1]
  if (read === null || last === undefined) return null
  const end = start + 1 + last.end
  return { mark: { field: 'reminder', value: read.value, start, end }, next: indexAfter(line, index, end) }
}

function reminderTime(inner: Line, reading: Reading): { value: Reminder; next: number } | null {
  const moment = momentAt(inner, reading, 0)
  if (moment === null || moment.day?.day === null) return null
  const due = dueOf(reading, moment.day, moment.time)
  return 'at' in due ? { value: due, next: moment.next } : null
}

const MINUTES = { minute: 1, hour: 60, day: 1440, week: 10_080 } as const

function reminderBefore(
  inner: Line,
  length: NonNullable<ReturnType<typeof lengthAt>>,
): { value: Reminder; next: number } | null {
  const { unit, count, next } = length
  if (unit === 'month' || unit === 'year') return null
  const said = inner.low(next, 0) === 'before' || inner.low(next, 0) === 'early' ? next + 1 : next
  return { value: { beforeMinutes: count * MINUTES[unit] }, next: said }
}

/** The first word that begins after `end`. */
function indexAfter(line: Line, index: number, end: number): number {
  let next = index + 1
  while ((line.words[next]?.start ?? end) < end) next += 1
  return next
}

/** Every sign that a dialect has: quotes behind one hold a name. */
export const signsOf = (name: keyof typeof dialects): string => Object.keys(dialects[name].signs).join('')
