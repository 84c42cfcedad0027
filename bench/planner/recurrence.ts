import { following } from '../../server/planner/recurrence/follow.ts'
import { readRule } from '../../server/planner/recurrence/read-rule.ts'
import { nextOccurrence, openSeries } from '../../server/planner/recurrence/series.ts'
import { describeMachine, table } from '../support/report.ts'
import type { BenchResult } from '../support/result.ts'

/*
 * What recurrence costs, rules made to cost the most first. Each is read, opened, asked for its next occurrence forty years
 * on, and caught up with after forty years; the dearest of these is its figure. `node bench/planner/recurrence.ts` prints
 * the result.
 */

const list = (least: number, most: number) => Array.from({ length: most - least + 1 }, (_, at) => least + at).join(',')
const everyDay = 'MO,TU,WE,TH,FR,SA,SU'
const twice = 'BYHOUR=9,18'
const halfHours = `BYHOUR=${list(0, 23)};BYMINUTE=0,30`

const bombs = [
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=MONTHLY;BYMONTH=2,4,6,9,11;BYMONTHDAY=31',
  'FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYMONTHDAY=1',
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=DAILY;INTERVAL=7;BYDAY=MO',
  'FREQ=DAILY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=DAILY;INTERVAL=366;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO',
  `FREQ=DAILY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30;${twice};BYSETPOS=-2`,
  'FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=HOURLY;INTERVAL=24;BYHOUR=3',
  'FREQ=HOURLY;INTERVAL=23;BYHOUR=3;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO',
  `FREQ=HOURLY;BYYEARDAY=366;BYMINUTE=0,30;BYSETPOS=-1`,
  `FREQ=WEEKLY;BYMONTH=2;BYDAY=${everyDay};${twice};BYSETPOS=14`,
  `FREQ=MONTHLY;BYDAY=${everyDay};${twice};BYSETPOS=-10`,
  `FREQ=YEARLY;BYDAY=${everyDay};${twice};BYSETPOS=-366`,
  `FREQ=YEARLY;BYDAY=${everyDay};${halfHours}`,
  `FREQ=WEEKLY;BYMONTH=2;BYDAY=${everyDay};${halfHours}`,
  `FREQ=DAILY;COUNT=1000;${halfHours}`,
  'FREQ=DAILY;BYMONTHDAY=29;BYSETPOS=-1',
  'FREQ=DAILY;INTERVAL=24;BYMONTH=4;COUNT=1000;BYHOUR=9,18;BYMINUTE=0,30',
  `FREQ=HOURLY;BYMONTH=3,4;BYMINUTE=${list(0, 47)}`,
  'FREQ=HOURLY;INTERVAL=12;BYYEARDAY=-366;BYMINUTE=0,30',
  `FREQ=YEARLY;BYMONTHDAY=${list(1, 31)};BYSETPOS=-1;INTERVAL=7;COUNT=500`,
  `FREQ=YEARLY;INTERVAL=2;BYYEARDAY=${list(1, 12)};BYSETPOS=-12`,
  `FREQ=YEARLY;INTERVAL=366;BYMONTHDAY=${list(1, 31)};${halfHours}`,
  `FREQ=YEARLY;COUNT=999;BYMONTH=2,4,7,10,11,12;BYHOUR=9,18;BYMINUTE=${list(1, 24)}`,
  `FREQ=MONTHLY;COUNT=1000;${twice}`,
  'FREQ=DAILY;UNTIL=20270101T000000Z',
  `FREQ=YEARLY;BYYEARDAY=${list(1, 12)};${halfHours}`,
  'FREQ=YEARLY;BYDAY=53MO;INTERVAL=7',
  'FREQ=YEARLY;INTERVAL=1000',
  'FREQ=HOURLY;COUNT=1000;BYDAY=MO;BYHOUR=3',
  'FREQ=WEEKLY;COUNT=1000;BYMONTH=2',
  'FREQ=DAILY;COUNT=1000',
  'FREQ=DAILY;COUNT=1000000000',
  'FREQ=SECONDLY',
]
const everyday = [
  'FREQ=DAILY',
  'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
  'FREQ=MONTHLY;BYMONTHDAY=-1',
  'FREQ=MONTHLY;BYDAY=3FR',
  'FREQ=YEARLY',
]

/** Processor time that this process has spent, in ms: what else runs on the machine does not count. */
function spentMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The dearest question about a rule, in ms of the processor. */
function dearestMs(text: string): number {
  let [dearest, last] = [0, spentMs()]
  const asked = () => {
    const now = spentMs()
    dearest = Math.max(dearest, now - last)
    last = now
  }
  const rule = readRule(text)
  const start = '2026-01-31T09:00:00'
  const opened = rule.faults === undefined ? openSeries({ rule: rule.value, start, timeZone: 'Europe/Berlin' }) : rule
  asked()
  if (opened.faults !== undefined) return dearest
  nextOccurrence(opened.value, '2066-01-31T09:00:00')
  asked()
  for (const catchUp of ['skip_missed', 'keep_one', 'keep_all'] as const) {
    following(opened.value, { mode: 'fixed', catchUp, occurrence: start, made: 1, now: '2066-02-01T00:00:00' })
    asked()
  }
  return dearest
}

/** The dearest question of each kind of rule: of those made to cost the most (goal 50 ms), and of those that people have (20 ms). */
export function recurrence(rounds = 5): BenchResult[] {
  for (const text of [...bombs, ...everyday]) dearestMs(text)
  // collecting garbage falls on whichever question comes first
  const measured = (text: string) => Math.min(...Array.from({ length: rounds }, () => dearestMs(text)))
  const worst = bombs.map((text) => ({ text, ms: measured(text) })).toSorted((a, b) => b.ms - a.ms)
  const common = Math.max(...everyday.map(measured))
  return [
    ...worst.slice(0, 6).map(({ text, ms }) => result(`a rule bomb, ${text.slice(0, 60)}`, ms, 50)),
    result('rules that people have, the dearest', common, 20),
  ]
}

function result(what: string, ms: number, mostMs: number): BenchResult {
  const against = [{ name: 'at most', value: mostMs }]
  return { name: `recurrence: ${what}`, unit: 'ms of processor', value: ms, against, ratio: ms / mostMs, goal: 1 }
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(table(recurrence()))
}
