import { clock } from './calendar.ts'
import type { Reading } from './context.ts'
import type { DueFields, QuickAddSpan } from './fields.ts'
import { foreignDays } from './languages.ts'
import type { Line, Stretch } from './line.ts'
import { type Due, type MomentFound, dueOf, instantOf, momentAt } from './moments.ts'
import { repeatAt } from './repeats.ts'
import { recurrenceOf } from './rules.ts'

/** When something is due, and where the text says so. */
export interface When {
  readonly spans: readonly QuickAddSpan[]
  readonly due: DueFields
}

export const NEVER: When = { spans: [], due: { dueDate: null, dueAt: null, noDate: false } }

/** Reads the repeat, the day and the time of a line whose marks are taken. */
export function whenOf(line: Line, reading: Reading): When {
  const repeat = lastRepeat(line, reading)
  if (repeat !== null) line.take(repeat.from, repeat.found.next)
  const moments = momentsOf(line, reading)
  const day = repeat === null || repeat.found.starts === null ? chosen(moments) : null
  const time = chosenTime(moments, day, repeat !== null && repeat.found.time !== null)
  if (repeat !== null) return repeated(reading, repeat, day, time)
  const said = [day, time].filter((moment) => moment !== null)
  if (said.length === 0) return NEVER
  const due = day?.none === true ? { date: null } : dueOf(reading, day?.day ?? null, day?.time ?? time?.time ?? null)
  return { spans: said.map((moment) => dueSpan(moment, due)), due: dueFields(due) }
}

type DueOrNone = Due | { readonly date: null }

const dueSpan = ({ at, sure }: Moment, due: DueOrNone): QuickAddSpan =>
  'at' in due
    ? { ...at, field: 'dueAt', value: due.at, confidence: sure }
    : { ...at, field: 'dueDate', value: due.date, confidence: sure }

const dueFields = (due: DueOrNone): DueFields =>
  'at' in due
    ? { dueDate: null, dueAt: due.at, noDate: false }
    : { dueDate: due.date, dueAt: null, noDate: due.date === null }

interface Repeat {
  readonly from: number
  readonly found: NonNullable<ReturnType<typeof repeatAt>>
  readonly at: Stretch
}

function lastRepeat(line: Line, reading: Reading): Repeat | null {
  const all: Repeat[] = []
  let index = 0
  while (index < line.words.length) {
    const found = line.isFree(index) ? repeatAt(line, reading, index) : null
    if (found !== null) all.push({ from: index, found, at: line.stretch(index, found.next) })
    index = found?.next ?? index + 1
  }
  return all.findLast(({ found }) => isRule(reading, found)) ?? null
}

const isRule = (reading: Reading, found: Repeat['found']) =>
  recurrenceOf(reading, found, found.starts, timeOf(found)) !== null

const timeOf = (found: Repeat['found']) => (found.time === null ? null : clock(found.time.hour, found.time.minute))

function repeated(reading: Reading, repeat: Repeat, day: Moment | null, time: Moment | null): When {
  const starts = repeat.found.starts ?? day?.day?.day ?? null
  const at = timeOf(repeat.found) ?? day?.time ?? time?.time ?? null
  const made = recurrenceOf(reading, repeat.found, starts, at)
  // a day on which the rule could never begin says nothing of it
  if (made === null) return day === null ? NEVER : repeated(reading, repeat, null, time)
  const due: Due =
    made.time === null ? { date: made.first.toString() } : { at: instantOf(reading, made.first, made.time) }
  const said = [day, time].filter((moment) => moment !== null).filter(({ none }) => !none)
  const span = { ...repeat.at, field: 'recurrence', value: made.recurrence, confidence: repeat.found.sure } as const
  return { spans: [span, ...said.map((moment) => dueSpan(moment, due))], due: dueFields(due) }
}

/** A day or time with where it stands. */
interface Moment extends Pick<MomentFound, 'day' | 'time' | 'sure'> {
  readonly at: Stretch
  readonly ends: boolean
  readonly begins: boolean
  /** It wishes for no date. */
  readonly none: boolean
}

function momentsOf(line: Line, reading: Reading): Moment[] {
  const found: Moment[] = []
  let index = 0
  while (index < line.words.length) {
    const moment = line.isFree(index) ? momentAt(line, reading, index) : null
    if (moment !== null) {
      const { day, time, sure } = moment
      const edges = { ends: line.ends(moment.next), begins: line.begins(index) }
      found.push({
        day,
        time,
        sure,
        none: day !== null && day.day === null,
        at: line.stretch(index, moment.next),
        ...edges,
      })
    }
    index = moment?.next ?? index + 1
  }
  if (found.some(({ day }) => day !== null)) return found
  const elsewhere = foreign(line, reading)
  return [
    ...elsewhere,
    ...found.filter(({ at }) => elsewhere.every((one) => one.at.end <= at.start || one.at.start >= at.end)),
  ]
}

/** Days in the person's language, with the times that belong to them. */
function foreign(line: Line, reading: Reading): Moment[] {
  return foreignDays(line, reading).map(({ start, end, day, time }) => {
    const ends = line.text.slice(end).trim() === ''
    const begins = line.text.slice(0, start).trim() === ''
    return { day: { ...day, next: 0 }, time, sure: day.sure, at: { start, end }, none: false, ends, begins }
  })
}

/** Of several days the one at the end is meant, else the one in front, else the last; what else is said stays text. */
function chosen(moments: readonly Moment[]): Moment | null {
  const days = moments.filter(({ day }) => day !== null)
  return days.findLast(({ ends }) => ends) ?? days.find(({ begins }) => begins) ?? days.at(-1) ?? null
}

/** A time that stands apart from the day, for a day or repeat that has none. */
function chosenTime(moments: readonly Moment[], day: Moment | null, timed: boolean): Moment | null {
  if (timed || (day !== null && (day.time !== null || day.none || day.day?.moment !== undefined))) return null
  const times = moments.filter((moment) => moment.day === null)
  return times.findLast(({ ends }) => ends) ?? times.at(-1) ?? null
}
