import { checkRule } from './rule-checks.ts'
import { type Checked, Frequency, type Rule, Weekday } from './rule.ts'

const TEXT_LENGTH_MAX = 1000
const INTERVAL_MAX = 1000
const COUNT_MAX = 1000

type Fault = (said: string) => void
type Parts = Map<string, string>

/**
 * Reads the value of an RRULE property: `FREQ=WEEKLY;BYDAY=MO,FR`, without its name and without DTSTART.
 * Answers the rule, or every fault in words. What the RFC allows and we refuse is a fault that says so.
 * Whether the rule ever comes true is not looked at here but when a series is opened.
 */
export function readRule(text: string): Checked<Rule> {
  if (text.length > TEXT_LENGTH_MAX) return { faults: [`The rule is longer than ${TEXT_LENGTH_MAX} characters.`] }
  const faults: string[] = []
  const fault: Fault = (said) => void faults.push(said)
  const parts = partsOf(text, fault)
  const freq = frequencyOf(parts, fault)
  const list = (name: string, least: number, most: number, signed = false) =>
    numbersOf(name, parts.get(name), { least, most, signed }, fault)
  const rule = {
    interval: countOf('INTERVAL', parts, INTERVAL_MAX, fault) ?? 1,
    count: countOf('COUNT', parts, COUNT_MAX, fault),
    until: untilOf(parts, fault),
    byMonth: list('BYMONTH', 1, 12),
    byWeekNo: list('BYWEEKNO', 1, 53, true),
    byYearDay: list('BYYEARDAY', 1, 366, true),
    byMonthDay: list('BYMONTHDAY', 1, 31, true),
    byDay: weekdaysOf(parts, fault),
    byHour: list('BYHOUR', 0, 23),
    byMinute: list('BYMINUTE', 0, 59),
    bySecond: list('BYSECOND', 0, 60),
    bySetPos: list('BYSETPOS', 1, 366, true),
    weekStart: weekStartOf(parts, fault),
  }
  if (freq === null) return { faults }
  const whole: Rule = { freq, ...rule }
  faults.push(...checkRule(whole))
  return faults.length > 0 ? { faults } : { value: whole }
}

const known = new Set(
  'FREQ INTERVAL COUNT UNTIL BYMONTH BYWEEKNO BYYEARDAY BYMONTHDAY BYDAY BYHOUR BYMINUTE BYSECOND BYSETPOS WKST'.split(
    ' ',
  ),
)

function partsOf(text: string, fault: Fault): Parts {
  const parts: Parts = new Map()
  for (const part of text.toUpperCase().replace(/;$/, '').split(';')) {
    const [, name = '', value = ''] = /^([A-Z-]+)=([A-Z0-9,+-]+)$/.exec(part) ?? []
    if (name === '') fault(`${shown(part)} is no part of a rule; a part is NAME=VALUE.`)
    else if (name === 'RSCALE' || name === 'SKIP') fault(`${name} (RFC 7529) is not supported.`)
    else if (!known.has(name)) fault(`${shown(name)} is no part that a rule has.`)
    else if (parts.has(name)) fault(`${name} is said twice.`)
    else parts.set(name, value)
  }
  return parts
}

function frequencyOf(parts: Parts, fault: Fault): Frequency | null {
  const said = parts.get('FREQ')
  const freq = Frequency.find((word) => word === said)
  if (freq !== undefined) return freq
  if (said === undefined) fault('FREQ is missing.')
  else if (said === 'SECONDLY' || said === 'MINUTELY')
    fault(`FREQ=${said} is refused: what recurs more often than each hour is no task.`)
  else fault(`FREQ is one of ${Frequency.join(', ')}, not ${shown(said)}.`)
  return null
}

function countOf(name: 'INTERVAL' | 'COUNT', parts: Parts, most: number, fault: Fault): number | null {
  const said = parts.get(name)
  if (said === undefined) return null
  const value = /^\d{1,10}$/.test(said) ? Number(said) : 0
  if (value >= 1 && value <= most) return value
  fault(`${name} is a whole number from 1 to ${most}, not ${shown(said)}.`)
  return null
}

function untilOf(parts: Parts, fault: Fault): string | null {
  const said = parts.get('UNTIL')
  if (said === undefined) return null
  if (parts.has('COUNT')) fault('COUNT and UNTIL exclude each other.')
  const [, year, month, day, time] = /^(\d{4})(\d\d)(\d\d)(?:T(\d{6})Z)?$/.exec(said) ?? []
  const clock = time?.replace(/(..)(..)(..)/, 'T$1:$2:$3Z') ?? ''
  const until = `${year}-${month}-${day}${clock}`
  const at = new Date(clock === '' ? `${until}T00:00:00Z` : until)
  const isReal = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(until.slice(0, 19).replace('Z', ''))
  if (year !== undefined && isReal) return until
  fault(`UNTIL is a day as 20261231 or an instant of UTC as 20261231T225959Z, not ${shown(said)}.`)
  return null
}

function numbersOf(
  name: string,
  said: string | undefined,
  { least, most, signed }: { readonly least: number; readonly most: number; readonly signed: boolean },
  fault: Fault,
): number[] {
  if (said === undefined) return []
  const words = said.split(',')
  const pattern = signed ? /^[+-]?\d{1,3}$/ : /^\d{1,3}$/
  const wrong = words.filter(
    (word) => !pattern.test(word) || Math.abs(Number(word)) < least || Math.abs(Number(word)) > most,
  )
  const range = signed ? `${least} to ${most} or -${most} to -${least}` : `${least} to ${most}`
  if (wrong.length > 0) fault(`${name} holds numbers from ${range}, not ${wrong.slice(0, 3).map(shown).join(', ')}.`)
  return [...new Set(words.map(Number))].toSorted((a, b) => a - b)
}

function weekdaysOf(parts: Parts, fault: Fault): string[] {
  const said = parts.get('BYDAY')
  if (said === undefined) return []
  const words = said.split(',').map((word) => word.replace(/^\+/, '').replace(/^(-?)0(?=\d)/, '$1'))
  const wrong = words.filter((word) => !/^(-?([1-9]|[1-4]\d|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)$/.test(word))
  if (wrong.length > 0) fault(`BYDAY holds days as MO, 2TU or -1FR, not ${wrong.slice(0, 3).map(shown).join(', ')}.`)
  return [...new Set(words)].toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** Orders days by their place, then as they stand in a week. */
function placeOf(day: string): number {
  return Number(day.slice(0, -2)) * 10 + Weekday.indexOf(day.slice(-2) as Weekday)
}

function weekStartOf(parts: Parts, fault: Fault): Weekday {
  const said = parts.get('WKST') ?? 'MO'
  const day = Weekday.find((word) => word === said)
  if (day === undefined) fault(`WKST is one of ${Weekday.join(', ')}, not ${shown(said)}.`)
  return day ?? 'MO'
}

/** What came from outside, cut to what a sentence bears. */
function shown(word: string): string {
  return JSON.stringify(word.length > 24 ? `${word.slice(0, 24)}…` : word)
}
