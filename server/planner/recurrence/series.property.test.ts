import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Local, isDay } from './local.ts'
import { readRule } from './read-rule.ts'
import { checkRule } from './rule-checks.ts'
import { Frequency, type Rule, Weekday, ruleText } from './rule.ts'
import { type Series, latestOccurrences, nextOccurrence, occurrencesBetween, openSeries } from './series.ts'

/*
 * Random rules against a second library that shares no line with the first. A few hundred of them run each time;
 * AIRDATE_TEST_RULES=20000 runs that many.
 */
const RUNS = Number(process.env['AIRDATE_TEST_RULES'] ?? 200)
/** Many rules take as long as they take: 20,000 on two busy processors up to five minutes. */
const timeout = 60_000 + 150 * RUNS
const { RRule } = createRequire(import.meta.url)('rrule') as typeof import('rrule')

/** How long a stretch is compared, in days, so that each frequency gives a few dozen occurrences. */
const STRETCH_DAYS: Record<Frequency, number> = { HOURLY: 20, DAILY: 400, WEEKLY: 800, MONTHLY: 3000, YEARLY: 9000 }

const numbers = (least: number, most: number) =>
  fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 4 })
const signed = (most: number) => numbers(-most, most).map((list) => list.filter((value) => value !== 0))
/** Mostly not said: a rule with every part hardly ever comes true. */
const seldom = <T>(list: fc.Arbitrary<T[]>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: list })
const weekday = fc.constantFrom(...Weekday)
const numbered = fc
  .tuple(fc.constantFrom('', '', '1', '2', '-1', '5', '-2'), weekday)
  .map(([place, day]) => place + day)
const ascending = (list: readonly number[]) => list.toSorted((a, b) => a - b)

const rules: fc.Arbitrary<Rule> = fc
  .record({
    freq: fc.constantFrom(...Frequency),
    interval: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 13 })),
    count: fc.option(fc.integer({ min: 1, max: 40 }), { freq: 4 }),
    byMonth: seldom(numbers(1, 12)),
    byWeekNo: seldom(signed(53)),
    byYearDay: seldom(signed(366)),
    byMonthDay: seldom(signed(31)),
    byDay: seldom(fc.uniqueArray(numbered, { minLength: 1, maxLength: 4 })),
    byHour: seldom(numbers(0, 23)),
    byMinute: seldom(numbers(0, 59)),
    bySetPos: seldom(signed(4)),
    weekStart: weekday,
  })
  .map((rule) => ({
    ...rule,
    ...{ until: null, bySecond: [], byDay: rule.byDay.toSorted() },
    ...{ byMonth: ascending(rule.byMonth), byWeekNo: ascending(rule.byWeekNo), byYearDay: ascending(rule.byYearDay) },
    ...{ byMonthDay: ascending(rule.byMonthDay), byHour: ascending(rule.byHour) },
    ...{ byMinute: ascending(rule.byMinute), bySetPos: ascending(rule.bySetPos) },
  }))
  .filter((rule) => checkRule(rule).length === 0)

const minutes = fc.integer({ min: Date.UTC(1996, 0, 1) / 60_000, max: Date.UTC(2055, 11, 31) / 60_000 })
const times: fc.Arbitrary<Local> = minutes.map((minute) => new Date(minute * 60_000).toISOString().slice(0, 19))
const days = times.map((time) => time.slice(0, 10))

const needsTime = ({ freq, byHour, byMinute }: Rule) => freq === 'HOURLY' || byHour.length + byMinute.length > 0
const started = rules.chain((rule) =>
  fc.record({ rule: fc.constant(rule), start: needsTime(rule) ? times : fc.oneof(times, days) }),
)

const asDate = (local: Local) => new Date(isDay(local) ? `${local}T00:00:00Z` : `${local}Z`)
const asLocal = (date: Date, like: Local) => date.toISOString().slice(0, like.length)
const plusDays = (local: Local, count: number) => asLocal(new Date(asDate(local).getTime() + count * 86_400_000), local)

/**
 * What the second library says of a rule, made to say what the RFC says where it is known to say something else. None of
 * these readings leaves a rule out:
 * - DTSTART is the first occurrence and counts in COUNT (§3.8.5.3) though the rule does not name it; the library leaves
 *   it out and does not count it.
 * - BYWEEKNO is not asked of it: the day of the week comes from DTSTART where BYDAY is not said (§3.3.10), for which the
 *   library takes all seven; and it misses days of a numbered week that lie in the year before (week -52 of 52) or after
 *   (week 52, whose Thursday is the 1st of January where weeks begin on Saturday). It is asked for the days of every week,
 *   of which `isInWeeks` leaves the numbered ones, counted here by the words of the RFC.
 * - BYSETPOS is not asked of it but chosen in `chosen`, since the library chooses from the part of the first week that
 *   begins with DTSTART (§3.3.10: from the set of one interval of the frequency), gives what two places choose twice, and
 *   for a place from the end that a period has not (-3 of two) gives the first.
 */
function reference(rule: Rule, start: Local, end: Local): Local[] {
  const found = rule.bySetPos.length > 0 ? chosen(rule, start, end) : asked(rule, start, end)
  const all = found[0] === start ? found : [start, ...found]
  return rule.count === null ? all : all.slice(0, rule.count)
}

function asked(rule: Rule, start: Local, end: Local): Local[] {
  const isNumbered = rule.byWeekNo.length > 0
  const byDay = isNumbered && rule.byDay.length === 0 ? [weekdayOf(start)] : rule.byDay
  const freq = isNumbered ? 'WEEKLY' : rule.freq
  const text = ruleText({ ...rule, freq, byDay, byWeekNo: [], count: null, bySetPos: [] })
  const said = new RRule({ ...RRule.parseString(text), dtstart: asDate(start), until: asDate(end) })
  const found = said.all().map((date) => asLocal(date, start))
  return isNumbered ? found.filter((local) => isInWeeks(local, rule, start)) : found
}

const WEEK_MS = 7 * 86_400_000

/**
 * Whether a day stands in a week of BYWEEKNO: week 1 is the first with four days of its year. Intervals are years, and the
 * first is that of DTSTART, so that the first days of January are none while they are of a week of the year before.
 */
function isInWeeks(local: Local, rule: Rule, start: Local): boolean {
  const weekly = { ...rule, freq: 'WEEKLY' } as const
  const begin = (day: Local) => asDate(periodOf(weekly, day)).getTime()
  const year = plusDays(periodOf(weekly, local.slice(0, 10)), 3).slice(0, 4)
  const first = begin(`${year}-01-04`)
  const week = (begin(local.slice(0, 10)) - first) / WEEK_MS + 1
  const weeks = (begin(`${year}-12-28`) - first) / WEEK_MS + 1
  if (year < start.slice(0, 4)) return false
  return rule.byWeekNo.includes(week) || rule.byWeekNo.includes(week - weeks - 1)
}

/** BYSETPOS, by the words of §3.3.10: whole periods, from the one of DTSTART, and of each what stands at the places. */
function chosen(rule: Rule, start: Local, end: Local): Local[] {
  const periods = new Map<string, Local[]>()
  for (const local of asked(derived(rule, start), periodOf(rule, start), plusDays(end, 366))) {
    const period = periodOf(rule, local)
    periods.set(period, [...(periods.get(period) ?? []), local])
  }
  const found = [...periods.values()].flatMap((set) =>
    set.filter((_, at) => rule.bySetPos.includes(at + 1) || rule.bySetPos.includes(at - set.length)),
  )
  return found.filter((local) => local >= start && local <= end)
}

/** The rule with what it takes from DTSTART said. */
function derived(rule: Rule, start: Local): Rule {
  const [month, day, hour, minute] = [
    start.slice(5, 7),
    start.slice(8, 10),
    start.slice(11, 13),
    start.slice(14, 16),
  ].map(Number)
  const or = (list: readonly number[], own: number | undefined) => (list.length > 0 ? list : [own ?? 0])
  const timed = isDay(start)
    ? rule
    : { ...rule, byMinute: or(rule.byMinute, minute), ...(rule.freq !== 'HOURLY' && { byHour: or(rule.byHour, hour) }) }
  if (rule.byDay.length + rule.byMonthDay.length + rule.byYearDay.length > 0) return timed
  if (rule.freq === 'WEEKLY') return { ...timed, byDay: [weekdayOf(start)] }
  if (rule.freq === 'MONTHLY') return { ...timed, byMonthDay: [day ?? 1] }
  return rule.freq === 'YEARLY' ? { ...timed, byMonth: or(rule.byMonth, month), byMonthDay: [day ?? 1] } : timed
}

/** When the period that holds a time begins. */
function periodOf({ freq, weekStart }: Rule, local: Local): Local {
  const back = (Weekday.indexOf(weekdayOf(local)) - Weekday.indexOf(weekStart) + 7) % 7
  const day = local.slice(0, 10)
  const first = {
    HOURLY: day,
    DAILY: day,
    WEEKLY: plusDays(day, -back),
    MONTHLY: `${day.slice(0, 8)}01`,
    YEARLY: `${day.slice(0, 5)}01-01`,
  }[freq]
  if (isDay(local)) return first
  return freq === 'HOURLY' ? `${local.slice(0, 13)}:00:00` : `${first}T00:00:00`
}

function weekdayOf(local: Local): Weekday {
  return Weekday[(asDate(local).getUTCDay() + 6) % 7] ?? 'MO'
}

/** Whether an hourly or daily rule comes true after its start: every step of the stretch looked at, without any library. */
function comesTrue(rule: Rule, start: Local, end: Local): boolean {
  const stepMs = rule.interval * (rule.freq === 'HOURLY' ? 3_600_000 : 86_400_000)
  const isIn = (list: readonly number[], ...values: number[]) =>
    list.length === 0 || values.some((value) => list.includes(value))
  for (let ms = asDate(start).getTime() + stepMs; ms <= asDate(end).getTime(); ms += stepMs) {
    const at = new Date(ms)
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
    const [inMonth, inYear] = [
      new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
      (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / 86_400_000,
    ]
    const yearDay = (Date.UTC(year, month, day) - Date.UTC(year, 0, 0)) / 86_400_000
    if (!isIn(rule.byMonth, month + 1) || !isIn(rule.byMonthDay, day, day - inMonth - 1)) continue
    if (!isIn(rule.byYearDay, yearDay, yearDay - inYear - 1)) continue
    if (rule.byDay.length > 0 && !rule.byDay.includes(weekdayOf(asLocal(at, start)))) continue
    if (rule.freq === 'DAILY' || isIn(rule.byHour, at.getUTCHours())) return true
  }
  return false
}

/** The same of ours: the first forty occurrences of the stretch. */
function ours(series: Series, end: Local): Local[] {
  const found: Local[] = []
  for (
    let at = nextOccurrence(series, plusDays(series.start, -1));
    at !== null && at.local <= end && found.length < 40;
    at = nextOccurrence(series, at.local)
  )
    found.push(at.local)
  return found
}

test('random rules come true when a second library says so', { timeout }, () => {
  let compared = 0
  let occurrences = 0
  fc.assert(
    fc.property(started, ({ rule, start }) => {
      const opened = openSeries({ rule, start, timeZone: 'UTC' })
      const end = plusDays(start, STRETCH_DAYS[rule.freq])
      if (opened.faults === undefined) {
        const expected = reference(rule, start, end)
        compared += 1
        occurrences += expected.length
        expect(ours(opened.value, end), ruleText(rule)).toEqual(expected.slice(0, 40))
        return
      }
      // Refused because it comes too rarely. The second library looks for such occurrences up to the year 9999, step by step.
      const refused = opened.faults.join(' ')
      const isStepped = rule.freq === 'HOURLY' || rule.freq === 'DAILY'
      const uncounted = { ...rule, count: null }
      if (/too far/.test(refused))
        expect(reference(uncounted, start, end).length, ruleText(rule)).toBeLessThan(rule.count ?? 0)
      else if (isStepped) expect(comesTrue(rule, start, end), ruleText(rule)).toBe(false)
      else expect(reference(uncounted, start, end), ruleText(rule)).toEqual([start])
    }),
    { numRuns: RUNS },
  )
  expect(compared).toBeGreaterThan(RUNS / 2)
  expect(occurrences).toBeGreaterThan(RUNS * 5)
})

test('a rule that is written is read again as it was', { timeout }, () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const read = readRule(ruleText(rule))
      if (read.faults !== undefined) throw new Error(`${ruleText(rule)}: ${read.faults.join(' ')}`)
      expect({ ...read.value, byDay: read.value.byDay.toSorted() }).toEqual(rule)
      expect(readRule(ruleText(read.value))).toEqual(read)
    }),
    { numRuns: RUNS },
  )
})

test('what is found from behind is what is found from ahead, in any zone', { timeout }, () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata')
  fc.assert(
    fc.property(started, zones, fc.nat(60), ({ rule, start }, timeZone, length) => {
      const opened = openSeries({ rule, start, timeZone })
      if (opened.faults !== undefined) return
      const [after, upTo] = [plusDays(start, -1), plusDays(start, length)]
      const ahead = occurrencesBetween(opened.value, start, upTo, 100)
      fc.pre(ahead.length < 100)
      expect(latestOccurrences(opened.value, after, upTo, 3), ruleText(rule)).toEqual(ahead.slice(-3))
    }),
    { numRuns: RUNS / 2 },
  )
})
