import type { Frequency, Rule } from './rule.ts'

/** How many days of a year a rule may name one by one. */
const YEAR_DAYS_MAX = 12
/** At how many times of one day a rule may come true: every half hour. */
const TIMES_A_DAY_MAX = 48
/** The same where BYSETPOS has to look at a whole period to choose. */
const CHOSEN_TIMES_A_DAY_MAX = 2
/** How many occurrences one week, month or year may hold, of which many are made to find one. */
export const PERIOD_OCCURRENCES_MAX = 1500

/**
 * What is wrong with a rule whose parts are each well formed: the table of RFC 5545 §3.3.10, what can never come true,
 * and the combinations that we refuse because programs read them differently.
 */
export function checkRule(rule: Rule): string[] {
  return [...forbidden(rule), ...unclear(rule), ...tooMuch(rule), ...never(rule)]
}

/** What the RFC says must not be. */
function* forbidden({ freq, byDay, byWeekNo, byYearDay, byMonthDay, ...rule }: Rule): Generator<string> {
  const isNumbered = byDay.some((day) => day.length > 2)
  if (isNumbered && freq !== 'MONTHLY' && freq !== 'YEARLY')
    yield `BYDAY has a number before a day only with MONTHLY and YEARLY, not with ${freq}.`
  if (isNumbered && byWeekNo.length > 0) yield 'BYDAY has no number before a day beside BYWEEKNO.'
  if (byWeekNo.length > 0 && freq !== 'YEARLY') yield `BYWEEKNO goes only with YEARLY, not with ${freq}.`
  if (byYearDay.length > 0 && freq !== 'YEARLY' && freq !== 'HOURLY') yield `BYYEARDAY does not go with ${freq}.`
  if (byMonthDay.length > 0 && freq === 'WEEKLY') yield 'BYMONTHDAY does not go with WEEKLY.'
  const lists = [byDay, byWeekNo, byYearDay, byMonthDay, rule.byMonth, rule.byHour, rule.byMinute, rule.bySecond]
  if (rule.bySetPos.length > 0 && lists.every((list) => list.length === 0))
    yield 'BYSETPOS chooses from what another BY part gives; there is none.'
}

/**
 * What the RFC allows and leaves open, or what programs in wide use read in different ways: a task would come on other
 * days in its owner's calendar than here.
 */
function* unclear({
  freq,
  interval,
  byDay,
  byWeekNo,
  byYearDay,
  byMonthDay,
  byMonth,
  bySetPos,
}: Rule): Generator<string> {
  const numbered = byDay.filter((day) => day.length > 2).length
  if (numbered > 0 && numbered < byDay.length)
    yield 'BYDAY with and without numbers at once is refused: programs read it differently.'
  if (freq !== 'YEARLY') return
  if (byWeekNo.length > 0 && byMonth.length + byYearDay.length + byMonthDay.length > 0)
    yield 'BYWEEKNO beside BYMONTH, BYYEARDAY or BYMONTHDAY is refused: programs read it differently.'
  // Days of week 1 may stand in December of the year before: which year's are they?
  if (byWeekNo.length > 0 && (interval > 1 || bySetPos.length > 0))
    yield 'BYWEEKNO beside INTERVAL or BYSETPOS is refused: programs read it differently.'
  if (byYearDay.length > 0 && byMonth.length + byMonthDay.length + byDay.length > 0)
    yield 'BYYEARDAY beside BYMONTH, BYMONTHDAY or BYDAY is refused: programs read it differently.'
  if (byMonthDay.length > 0 && numbered > 0)
    yield 'BYDAY with a number before a day, beside BYMONTHDAY, is refused: programs read it differently.'
}

function* tooMuch(rule: Rule): Generator<string> {
  const { freq, byYearDay, byHour, byMinute, bySecond, bySetPos } = rule
  if (byYearDay.length > YEAR_DAYS_MAX) yield `BYYEARDAY names more than ${YEAR_DAYS_MAX} days.`
  if (bySecond.some((second) => second !== 0)) yield 'BYSECOND other than 0 is refused: tasks are due at a minute.'
  const times = Math.max(byHour.length, 1) * Math.max(byMinute.length, 1)
  if (times > TIMES_A_DAY_MAX) yield `BYHOUR and BYMINUTE give more than ${TIMES_A_DAY_MAX} times a day.`
  else if (mostInAPeriod(rule) > PERIOD_OCCURRENCES_MAX)
    yield `One period of ${freq} holds more than ${PERIOD_OCCURRENCES_MAX} occurrences; say DAILY.`
  else if (bySetPos.length > 0 && times > CHOSEN_TIMES_A_DAY_MAX)
    yield `BYHOUR and BYMINUTE give more than ${CHOSEN_TIMES_A_DAY_MAX} times a day for BYSETPOS to choose from.`
}

function* never(rule: Rule): Generator<string> {
  const far = rule.byDay.filter((day) => day.length > 2 && Math.abs(Number(day.slice(0, -2))) > 5)
  if (far.length > 0 && (rule.freq === 'MONTHLY' || rule.byMonth.length > 0))
    yield `BYDAY=${far.slice(0, 3).join(',')} never comes: a month has no more than five of each day.`
  const most = mostInAPeriod(rule)
  const beyond = rule.bySetPos.filter((place) => Math.abs(place) > most)
  if (beyond.length > 0)
    yield `BYSETPOS=${beyond.slice(0, 3).join(',')} never comes: one period gives at most ${most} to choose from.`
}

/** How many occurrences one period of the rule can hold before BYSETPOS chooses; never too few. */
export function mostInAPeriod(rule: Rule): number {
  const times = Math.max(rule.byMinute.length, 1) * (rule.freq === 'HOURLY' ? 1 : Math.max(rule.byHour.length, 1))
  return times * daysInAPeriod[rule.freq](rule)
}

const weekdaysIn = (byDay: readonly string[], ofEach: number): number =>
  byDay.reduce((sum, day) => sum + (day.length > 2 ? 1 : ofEach), 0)

const daysInAPeriod: Record<Frequency, (rule: Rule) => number> = {
  HOURLY: () => 1,
  DAILY: () => 1,
  WEEKLY: ({ byDay }) => byDay.length || 1,
  MONTHLY: ({ byDay, byMonthDay }) => byMonthDay.length || weekdaysIn(byDay, 5) || 1,
  YEARLY: ({ byDay, byWeekNo, byYearDay, byMonthDay, byMonth }) => {
    if (byYearDay.length > 0) return byYearDay.length
    if (byWeekNo.length > 0) return byWeekNo.length * (byDay.length || 1)
    if (byMonthDay.length > 0) return byMonthDay.length * (byMonth.length || 12)
    if (byMonth.length > 0) return byMonth.length * (weekdaysIn(byDay, 5) || 1)
    return weekdaysIn(byDay, 53) || 1
  },
}
