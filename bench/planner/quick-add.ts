import { corpus } from '#tests/support/quick-add-corpus.ts'
import { type QuickAddOptions, parseQuickAdd, peopleCalled } from '../../server/planner/quick-add/parse.ts'
import { TEXT_LENGTH_MAX } from '../../server/planner/quick-add/schema.ts'
import { describeMachine, table } from '../support/report.ts'
import type { BenchResult } from '../support/result.ts'

/*
 * What reading a quick add costs: the lines of the corpus, the longest texts that a route takes, made of what costs the
 * most, and a megabyte, which is not read. `node bench/planner/quick-add.ts` prints the result.
 */

const options: QuickAddOptions = {
  ...{ dialect: 'todoist', timeZone: 'Australia/Lord_Howe', locale: 'en-US' },
  now: new Date('2026-11-21T09:30:00Z'),
}

const hostile = [
  ...['"', '“', '«" ', '{', '!30 ', '!9am ', '!tomorrow 9am ', '{march 30} ', '\\', '(', '), ', '24:. ', 'every '],
  ...[
    'every mon, ',
    'every feb 29 until yesterday ',
    'every day at 9am ',
    'in ',
    'in 3 days at ',
    'in 3h ',
    '1st and ',
  ],
  ...['+1h ', '+5d ', '5pm ', '9 ', 'today ', 'mar 3 ', '@1 ', 'jan ', '~1', '2026-', '12/', 'tomorrow p1 ', 'x '],
]

/** Found by searching for what costs the library of each language the most. */
const foreign = {
  ...{ 'ar-EG': 'ساعة  ', 'de-DE': '3 Std  ', 'es-ES': '3 h  ', 'fi-FI': 'LA ', 'fr-FR': '8 2pm, ', 'it-IT': '17h  ' },
  ...{ 'ja-JP': '来週 ', 'nl-NL': 'jul ', 'ru-RU': '3 ч  ', 'uk-UA': '7 ср. ', 'vi-VN': '3 giờ  ', 'zh-CN': '明天 ' },
}

/** Processor time of this thread, in ms: what else runs on the machine does not count. */
function spentMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The least mean of some rounds of ten: the clock of the processor is too coarse for one. */
function leastMs(rounds: number, work: () => unknown, times = 10): number {
  const means = Array.from({ length: rounds }, () => {
    const start = spentMs()
    for (let n = 0; n < times; n += 1) work()
    return (spentMs() - start) / times
  })
  return Math.min(...means)
}

/** As a route reads it: whom it calls, then what it says. */
const readMs = (rounds: number, piece: string, locale: string): number => {
  const text = piece.repeat(Math.ceil(TEXT_LENGTH_MAX / piece.length)).slice(0, TEXT_LENGTH_MAX)
  return leastMs(rounds, () => [
    peopleCalled(text, { ...options, locale }),
    parseQuickAdd(text, { ...options, locale }),
  ])
}

const megabyte = (piece: string): string => piece.repeat(Math.ceil(1_000_000 / piece.length))

/** The mean line of the corpus, the dearest lines (goal 10 ms) in English and others, and a megabyte (goal 100 ms). */
export function quickAdd(rounds = 4): BenchResult[] {
  const lines = corpus()
  const pass = () => lines.forEach((line) => parseQuickAdd(line.text, line))
  const mean = leastMs(rounds, pass, 2) / lines.length
  const english = hostile.map((piece) => ({ piece, locale: 'en-US', ms: readMs(rounds, piece, 'en-US') }))
  const others = Object.entries(foreign).map(([locale, piece]) => ({
    piece,
    locale,
    ms: readMs(rounds, piece, locale),
  }))
  const dearest = [english, others].flatMap((all) => all.toSorted((a, b) => b.ms - a.ms).slice(0, 2))
  const big = ['tomorrow p1 ', 'a\n', '  x', ' '].map(megabyte)
  return [
    result(`a line of the corpus, the mean of ${lines.length}`, mean, 5),
    ...dearest.map(({ piece, locale, ms }) =>
      result(`${TEXT_LENGTH_MAX} characters of ${JSON.stringify(piece)}, ${locale}`, ms, 10),
    ),
    result(
      '1 MB, which is a title and no more',
      Math.max(...big.map((text) => leastMs(rounds, () => parseQuickAdd(text, options), 1))),
      100,
    ),
  ]
}

function result(what: string, ms: number, mostMs: number): BenchResult {
  const against = [{ name: 'at most', value: mostMs }]
  return { name: `quick add: ${what}`, unit: 'ms of processor', value: ms, against, ratio: ms / mostMs, goal: 1 }
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(table(quickAdd()))
}
