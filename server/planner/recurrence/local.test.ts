import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instantOf, isLocal, localOf } from './local.ts'

const RUNS = Number(process.env['AIRDATE_TEST_RULES'] ?? 600)
const HOUR_MS = 3_600_000

/** Zones with whole, half and quarter hours, both hemispheres, changes at midnight, of half an hour, of a whole day, and in Ramadan. */
const zones = [
  ...['Europe/Berlin', 'Europe/London', 'America/New_York', 'America/St_Johns', 'America/Sao_Paulo', 'America/Havana'],
  ...['Asia/Kolkata', 'Asia/Tehran', 'Asia/Amman', 'Africa/Casablanca', 'Australia/Lord_Howe', 'Pacific/Apia'],
  ...['Pacific/Chatham', 'Antarctica/Troll', 'America/Asuncion', 'UTC'],
]
const clocks = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    }),
  ]),
)

/** What the wall shows, by Intl alone, as milliseconds of a UTC day that looks the same. */
function wallMs(atMs: number, timeZone: string): number {
  const part = Object.fromEntries(
    (clocks.get(timeZone)?.formatToParts(atMs) ?? []).map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(
    part['year'] ?? 0,
    (part['month'] ?? 1) - 1,
    part['day'],
    part['hour'],
    part['minute'],
    part['second'],
  )
}

/**
 * The instant of a wall time by another way than the product's: the wall time less each offset that the zone has in the
 * days around. Those that show the wall time are right, the first of them is meant; where none does, it is the offset
 * from before the leap.
 */
function expectedMs(local: string, timeZone: string): number {
  const naiveMs = Date.parse(`${local}Z`)
  const offsets = [-40, 40].map((hours) => wallMs(naiveMs + hours * HOUR_MS, timeZone) - (naiveMs + hours * HOUR_MS))
  const right = offsets.map((offset) => naiveMs - offset).filter((at) => wallMs(at, timeZone) === naiveMs)
  return right.length > 0 ? Math.min(...right) : naiveMs - (offsets[0] ?? 0)
}

/** Two thirds of them in the nights of the months in which clocks change. */
const locals = fc
  .record({
    year: fc.integer({ min: 2007, max: 2037 }),
    month: fc.constantFrom(1, 3, 3, 4, 6, 9, 10, 10, 11, 12),
    day: fc.integer({ min: 1, max: 30 }),
    minute: fc.oneof(
      fc.integer({ min: 0, max: 239 }),
      fc.integer({ min: 0, max: 239 }),
      fc.integer({ min: 0, max: 1439 }),
    ),
  })
  .map(({ year, month, day, minute }) => new Date(Date.UTC(year, month - 1, day, 0, minute)).toISOString().slice(0, 19))

test('a wall time is the instant that Intl shows it at, the first of two, or moved forward where there is none', () => {
  const leapt = new Set<string>()
  fc.assert(
    fc.property(locals, fc.constantFrom(...zones), (local, timeZone) => {
      const at = instantOf(local, timeZone)
      expect(at.toISOString(), `${local} in ${timeZone}`).toBe(new Date(expectedMs(local, timeZone)).toISOString())
      const shown = localOf(at, timeZone)
      expect(shown >= local, `${local} shown as ${shown}`).toBe(true)
      if (shown !== local) leapt.add(timeZone)
    }),
    {
      numRuns: RUNS,
      examples: [
        ['2026-03-29T02:30:00', 'Europe/Berlin'],
        ['2026-10-25T02:30:00', 'Europe/Berlin'],
        ['2011-12-30T10:00:00', 'Pacific/Apia'],
        ['2026-10-04T02:15:00', 'Australia/Lord_Howe'],
      ],
    },
  )
  expect(leapt.size).toBeGreaterThan(0)
})

test('days and times of the calendar are told from others', () => {
  expect(['2026-02-28', '2028-02-29', '2026-12-31T23:59:59', '1900-01-01', '2399-12-31'].every(isLocal)).toBe(true)
  expect(
    [
      '2026-02-29',
      '2026-13-01',
      '2026-1-1',
      '2026-01-01T24:00:00',
      '2026-01-01T09:00',
      '2026-01-01T09:00:00Z',
      '1899-12-31',
      '2400-01-01',
      '',
    ].some(isLocal),
  ).toBe(false)
})
