import { monotonicMs } from '#kernel/clock.ts'
import { corpus } from '#tests/support/quick-add-corpus.ts'
import { QUICK_ADD_LENGTH_MAX, type QuickAddOptions, parseQuickAdd } from '../../server/planner/quick-add/parse.ts'
import { describeMachine, table } from '../support/report.ts'
import type { BenchResult } from '../support/result.ts'

/*
 * What reading a quick add costs: the lines of the corpus, the longest texts that are read, made of what costs the most, and
 * a megabyte, which is not read. `node bench/planner/quick-add.ts` prints the result.
 */

const options: QuickAddOptions = {
  ...{ dialect: 'todoist', timeZone: 'Europe/Berlin', locale: 'en-US' },
  now: new Date('2026-11-21T09:30:00Z'),
}

const hostile = [
  ...['"', '“', '{', '!30 ', '\\', '(', 'every ', 'every mon, ', 'every feb 29 starting 1 jan ', 'every day at 9am '],
  ...[
    'in ',
    'in 3 days at ',
    '1st and ',
    '@1',
    'jan ',
    '~1',
    '2026-',
    '12/',
    'second  fourth jum ',
    'tomorrow p1 ',
    'x ',
  ],
]

/** The least of some rounds: what else runs on the machine only ever adds to it. */
function leastMs(rounds: number, work: () => void): number {
  return Math.min(
    ...Array.from({ length: rounds }, () => {
      const start = monotonicMs()
      work()
      return monotonicMs() - start
    }),
  )
}

/** The mean line of the corpus, the dearest text of the greatest length in four languages, and a megabyte (goal 100 ms). */
export function quickAdd(rounds = 5): BenchResult[] {
  const lines = corpus()
  const mean = leastMs(rounds, () => lines.forEach((line) => parseQuickAdd(line.text, line))) / lines.length
  const dearest = ['en-US', 'de-DE', 'fr-FR', 'ja-JP'].map((locale) => {
    const costs = hostile.map((piece) => {
      const text = piece.repeat(Math.floor(QUICK_ADD_LENGTH_MAX / piece.length))
      return { piece, ms: leastMs(rounds, () => parseQuickAdd(text, { ...options, locale })) }
    })
    const [worst] = costs.toSorted((a, b) => b.ms - a.ms)
    return result(
      `${QUICK_ADD_LENGTH_MAX} characters of ${JSON.stringify(worst?.piece)}, ${locale}`,
      worst?.ms ?? 0,
      100,
    )
  })
  const megabyte = 'tomorrow p1 '.repeat(90_000)
  return [
    result(`a line of the corpus, the mean of ${lines.length}`, mean, 5),
    ...dearest,
    result(
      '1 MB, which is a title and no more',
      leastMs(rounds, () => parseQuickAdd(megabyte, options)),
      100,
    ),
  ]
}

function result(what: string, ms: number, mostMs: number): BenchResult {
  const against = [{ name: 'at most', value: mostMs }]
  return { name: `quick add: ${what}`, unit: 'ms', value: ms, against, ratio: ms / mostMs, goal: 1 }
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(table(quickAdd()))
}
