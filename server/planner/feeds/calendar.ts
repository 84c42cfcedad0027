import { type FeedTask, entriesOf, uidOf } from './entries.ts'
import { component, property, serialized, text } from './icalendar.ts'
import type { Shows } from './schema.ts'
import { timeZoneComponent } from './time-zones.ts'

/** How many years ahead a feed tells of changes of clocks; it is read again long before. */
const YEARS_AHEAD = 10

/**
 * Tasks as a calendar (RFC 5545), with the zones that they are told in. The same tasks within one year give the same text.
 * @param now says up to which year zones are told
 */
export function calendarOf(
  feed: { readonly name: string; readonly shows: Shows },
  tasks: readonly FeedTask[],
  now: Date,
) {
  const uids = new Map(tasks.map((task) => [task.id, uidOf(task)]))
  const zones = new Set(tasks.flatMap(({ dueAt, timeZone, series }) => [dueAt && timeZone, series && series.timeZone]))
  zones.delete('UTC')
  const thisYear = now.getUTCFullYear()
  const years = tasks.flatMap(({ dueAt, startAt }) => [dueAt, startAt].flatMap((at) => at?.getUTCFullYear() ?? []))
  const firstYear = Math.max(Math.min(thisYear, ...years) - 1, 1900)
  return serialized(
    component('VCALENDAR', [
      ...[property('VERSION', '2.0'), property('PRODID', '-//Airdate//Planner//EN'), property('CALSCALE', 'GREGORIAN')],
      // RFC 7986, and what programs read that came before it
      ...[text('NAME', feed.name), text('X-WR-CALNAME', feed.name)],
      ...[property('REFRESH-INTERVAL', 'PT1H', { VALUE: 'DURATION' }), property('X-PUBLISHED-TTL', 'PT1H')],
      ...[...zones]
        .filter((zone) => zone !== null)
        .toSorted()
        .flatMap((zone) => timeZoneComponent(zone, firstYear, thisYear + YEARS_AHEAD)),
      ...tasks.flatMap((task) => entriesOf(task, feed.shows, uids)),
    ]),
  )
}
