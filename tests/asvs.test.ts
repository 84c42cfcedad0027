import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const OPEN_MOST = 10
const REASON_MIN = 15
const STANDINGS = ['held', 'does not apply', 'not yet']

/**
 * ASVS 5.0.0: by chapter and section the level of each requirement, from the first on. What is of level 3 stands behind
 * the others in its section and is left out.
 */
const LEVELS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: { 1: '22', 2: '111112222', 3: '11222222222', 4: '222', 5: '12' },
  2: { 1: '122', 2: '112', 3: '1222', 4: '2' },
  3: { 2: '11', 3: '1222', 4: '112222', 5: '11122', 7: '22' },
  4: { 1: '122', 2: '2', 3: '22', 4: '1222' },
  5: { 1: '2', 2: '112', 3: '11', 4: '222' },
  6: { 1: '122', 2: '111111112222', 3: '1122', 4: '1122', 5: '22222', 6: '222', 8: '2222' },
  7: { 1: '222', 2: '1111', 3: '22', 4: '11222', 5: '22', 6: '22' },
  8: { 1: '12', 2: '112', 3: '1', 4: '2' },
  9: { 1: '111', 2: '1222' },
  10: { 1: '22', 2: '22', 3: '2222', 4: '11111222222', 5: '22222', 6: '22', 7: '222' },
  11: { 1: '22', 2: '222', 3: '112', 4: '1222', 5: '2', 6: '2' },
  12: { 1: '122', 2: '11', 3: '2222' },
  13: { 1: '2', 2: '22222', 3: '22', 4: '12222' },
  14: { 1: '22', 2: '1222', 3: '122' },
  15: { 1: '122', 2: '122', 3: '1222222' },
  16: { 1: '2', 2: '22222', 3: '2222', 4: '222', 5: '222' },
  17: { 1: '2', 2: '2222', 3: '22' },
}

const required = Object.entries(LEVELS).flatMap(([chapter, sections]) =>
  Object.entries(sections).flatMap(([section, levels]) =>
    [...levels].map((level, index) => `${chapter}.${section}.${index + 1} of level ${level}`),
  ),
)

interface Row {
  readonly number: string
  readonly level: string
  readonly short: string
  readonly standing: string
  /** What shows it, or why: each a line of the cell. */
  readonly shown: readonly string[]
}

function rowsOf(document: string): Row[] {
  return document.split('\n').flatMap((line) => {
    if (!/^\| \d/.test(line)) return []
    const [number = '', level = '', short = '', standing = '', shown = '', ...more] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    if (more.length > 0) throw new Error(`${number} has too many cells`)
    return [{ number, level, short, standing, shown: shown.split('<br>') }]
  })
}

const NAMED_TEST = /^`([\w./-]+\.(?:test|conformance)\.ts)` › (.+)$/
const LINK = /\]\(([\w./-]+\.md)#([\w-]+)\)/g
const FILE = /`((?:\.github\/|server\/|tests\/|docs\/)[\w./-]+\.\w+|package-lock\.json)`/g

type Read = (path: string) => string | null

/** What a line names that is not there. `read` gives the text of a file of the house, or null. */
function missing(line: string, read: Read): string[] {
  const files = [...line.matchAll(FILE)].flatMap(([, path = '']) => (read(path) === null ? [`no file ${path}`] : []))
  const links = [...line.matchAll(LINK)].flatMap(([, path = '', anchor = '']) =>
    headingsOf(read(`docs/${path}`) ?? '').includes(anchor) ? [] : [`no heading #${anchor} in ${path}`],
  )
  return [...files, ...links, ...missingTest(line, read)]
}

/** A line is a test's when it begins with the test's file; groups and name follow, from the outermost on. */
function missingTest(line: string, read: Read): string[] {
  const [, path = '', names] = NAMED_TEST.exec(line) ?? []
  let from = 0
  for (const name of names?.split(' › ') ?? []) {
    const at = placeOf(name, read(path) ?? '', from)
    if (at < 0) return [`no test “${name}” in ${path}`]
    from = at + name.length
  }
  return []
}

/** Where a test, a group or a case of a table begins that has this name, at `from` or behind it; -1 where none does. */
function placeOf(name: string, text: string, from: number): number {
  for (const quote of ["'", '"', '`']) {
    const written = quote + (quote === "'" ? name.replaceAll("'", String.raw`\'`) : name) + quote
    for (let at = text.indexOf(written, from); at >= 0; at = text.indexOf(written, at + 1)) {
      // It is the first of what a call or a list holds, and not the last.
      const isFirst = /[([]\s*$/.test(text.slice(Math.max(0, at - 80), at))
      if (isFirst && /^\s*,/.test(text.slice(at + written.length, at + written.length + 80))) return at
    }
  }
  return -1
}

function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  )
}

function readFile(path: string): string | null {
  const whole = join(ROOT, path)
  return existsSync(whole) ? readFileSync(whole, 'utf8') : null
}

const document = readFile('docs/asvs.md') ?? ''
const rows = rowsOf(document)

describe('the document on ASVS', () => {
  test('has every requirement of levels 1 and 2 once, in order, with its level', () => {
    expect(rows.map(({ number, level }) => `${number} of level ${level}`)).toEqual(required)
    expect(rows).toHaveLength(253)
  })

  test('says of each in short what it is and how it stands', () => {
    for (const { number, short, standing } of rows) {
      expect([number, short.length > 5, STANDINGS.includes(standing)]).toEqual([number, true, true])
    }
  })

  test('names no test, file or heading that is not there', () => {
    const faults = rows.flatMap(({ number, shown }) =>
      shown.flatMap((line) => missing(line, readFile).map((fault) => `${number}: ${fault}`)),
    )
    expect(faults).toEqual([])
  })

  test('shows by something whatever is held, and has a reason for all else', () => {
    for (const { number, standing, shown } of rows) {
      const lines = shown.join(' ')
      const isShown = lines.search(LINK) >= 0 || lines.search(FILE) >= 0
      const isGood = standing === 'held' ? isShown : lines.length >= REASON_MIN
      expect([number, isGood]).toEqual([number, true])
    }
  })

  test('has ten open ones at most, and counts right in its introduction', () => {
    const count = (wanted: string): number => rows.filter(({ standing }) => standing === wanted).length
    expect(count('not yet')).toBeLessThanOrEqual(OPEN_MOST)
    const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
    const [held, idle, open] = STANDINGS.map(count)
    expect(document).toContain(`${held} are held, ${idle} do not apply, ${words[open ?? 0]} are not yet held.`)
  })
})

describe('what is looked for', () => {
  const file = (text: string) => (path: string) => (path === 'server/a.test.ts' ? text : null)
  const nested =
    "describe('a group', () => {\n  test.each([\n    ['a case', 1],\n  ])(\n    '%s it’s (so)',\n    () => {})\n})"

  test.each([
    ['`server/a.test.ts` › a group › %s it’s (so)'],
    ['`server/a.test.ts` › a group › a case'],
    ['`server/a.test.ts` › a group'],
  ])('is found: %s', (line) => {
    expect(line).toMatch(NAMED_TEST)
    expect(missing(line, file(nested))).toEqual([])
  })

  test.each([
    ['`server/b.test.ts` › a group'],
    ['`server/a.test.ts` › another group'],
    ['`server/a.test.ts` › %s it’s (so) › a group'],
    ['`server/a.test.ts` › a grou'],
    ['`docs/nothing.md`'],
    ['[x](security.md#nowhere)'],
  ])('is missed: %s', (line) => {
    expect(missing(line, file(nested)).length).toBeGreaterThan(0)
  })
})
