import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { namedTestFaults } from './support/named-tests.ts'

const ROOT = join(import.meta.dirname, '..')

function read(path: string): string | null {
  const whole = join(ROOT, path)
  return existsSync(whole) ? readFileSync(whole, 'utf8') : null
}

/** The rows of the tables: number, attack, and what shows that it comes to nothing. */
const rows = (read('docs/attacks.md') ?? '')
  .split('\n')
  .filter((line) => /^\| [A-F]\d/.test(line))
  .map((line) => {
    const [number = '', attack = '', shown = '', ...more] = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim())
    return { number, attack, lines: shown.split('<br>'), more }
  })

const through = (letter: string, last: number): string[] => Array.from({ length: last }, (_, n) => `${letter}${n + 1}`)

/** What is tried today; the others come with what they are tried on. */
const TRIED = [
  ...through('A', 16),
  ...[...through('B', 7), 'B9', 'B10', 'B12', 'B13', 'B14', 'B15'],
  ...[...through('C', 6), 'C8', 'C10', 'C11', 'C12', ...through('D', 4), 'D9', ...through('E', 5), 'E7', 'F11'],
]

describe('the document on attacks', () => {
  test('has every attack that is tried once, in order, with what it is', () => {
    expect(rows.map(({ number }) => number)).toEqual(TRIED)
    for (const { number, attack, more } of rows) expect([number, attack.length > 20, more]).toEqual([number, true, []])
  })

  test('names no test that is not there, and for each attack one that is', () => {
    const faults = rows.flatMap(({ number, lines }) =>
      lines.flatMap((line) => namedTestFaults(line, read).map((fault) => `${number}: ${fault}`)),
    )
    expect(faults).toEqual([])
  })
})

describe('a test that a document names', () => {
  const file = (path: string): string | null =>
    path === 'server/a.test.ts'
      ? "describe('a group', () => {\n  test.each([1])(\n    'it’s %s',\n    () => {})\n})"
      : null

  test('is found with its groups, from the outermost on', () => {
    expect(namedTestFaults('`server/a.test.ts` › a group › it’s %s', file)).toEqual([])
  })

  test.each([
    '`server/b.test.ts` › a group',
    '`server/a.test.ts` › another group',
    '`server/a.test.ts` › it’s %s › a group',
    '`server/a.test.ts`',
    'a group',
  ])('is missed where it is not: %s', (line) => {
    expect(namedTestFaults(line, file)).toHaveLength(1)
  })
})
