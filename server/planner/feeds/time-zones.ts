import { Temporal } from 'temporal-polyfill'
import { type Line, component, property } from './icalendar.ts'

/** One change of a zone's clocks. */
interface Change {
  readonly at: Temporal.ZonedDateTime
  readonly from: string
  readonly to: string
}

/** A zone changes its clocks a few times a year at most. */
const CHANGES_MAX = 200

/**
 * A zone as a calendar reads it (RFC 5545 §3.6.5): every change of its clocks from `firstYear` to the end of `lastYear`, and
 * how they stood before. UTC needs none.
 */
export function timeZoneComponent(timeZone: string, firstYear: number, lastYear: number): Line[] {
  const start = Temporal.ZonedDateTime.from({ year: firstYear, month: 1, day: 1, timeZone })
  const groups = Map.groupBy(changesOf(start, lastYear), ({ from, to }) => `${from} ${to}`)
  const before = observance('STANDARD', start.offset, start.offset, [start.toPlainDateTime()])
  const rest = [...groups.values()].flatMap((changes) => {
    const [first] = changes
    if (first === undefined) return []
    const kind = isSummer(first) ? 'DAYLIGHT' : 'STANDARD'
    return observance(
      kind,
      first.from,
      first.to,
      changes.map((change) => wallBefore(change)),
    )
  })
  return component('VTIMEZONE', [property('TZID', timeZone), ...before, ...rest])
}

function changesOf(start: Temporal.ZonedDateTime, lastYear: number): Change[] {
  const changes: Change[] = []
  let last = start
  while (changes.length < CHANGES_MAX) {
    const next = last.getTimeZoneTransition('next')
    if (next === null || next.year > lastYear) break
    changes.push({ at: next, from: next.subtract({ nanoseconds: 1 }).offset, to: next.offset })
    last = next
  }
  return changes
}

/** The wall time of a change on the clocks as they stood before it, which is how DTSTART and RDATE are told. */
function wallBefore({ at, from }: Change): Temporal.PlainDateTime {
  return at.toInstant().toZonedDateTimeISO(from).toPlainDateTime()
}

/** Clocks that are put forward until they are put back: which of two offsets is summer time is told by the leap. */
function isSummer({ at }: Change): boolean {
  return at.offsetNanoseconds > at.subtract({ nanoseconds: 1 }).offsetNanoseconds
}

function observance(
  kind: 'STANDARD' | 'DAYLIGHT',
  from: string,
  to: string,
  walls: readonly Temporal.PlainDateTime[],
): Line[] {
  const [first, ...others] = walls.map((wall) => basic(wall.toString({ smallestUnit: 'second' })))
  return component(kind, [
    property('DTSTART', first ?? ''),
    // One to a line: there are programs that read no second value of a line.
    ...others.map((other) => property('RDATE', other)),
    property('TZOFFSETFROM', offset(from)),
    property('TZOFFSETTO', offset(to)),
  ])
}

/** `2026-03-29T02:00:00` as `20260329T020000`. */
export function basic(local: string): string {
  return local.replaceAll(/[-:]/g, '')
}

/** `+02:00` as `+0200`; seconds of old offsets as `+005328`. */
function offset(said: string): string {
  return said.replaceAll(':', '')
}
