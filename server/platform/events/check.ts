import { repeated } from '../jobs/check.ts'
import type { AnyEventType } from './event.ts'
import type { Reaction } from './react.ts'

/**
 * The boot check of events: each type and version is declared once, each consumer's name stands once, and every consumer
 * hears an event that is declared, as one that is heard. An event that nobody hears is no fault: the trail keeps it.
 * @throws Error that names every fault
 */
export function checkEvents(wiring: {
  readonly events: readonly AnyEventType[]
  readonly reactions: readonly Reaction[]
}): void {
  const { events, reactions } = wiring
  const faults = [
    ...repeated(events.map(({ type, version }) => `${type} ${version}`)).map((key) => `event ${key} is declared twice`),
    ...repeated(reactions.map(({ name }) => name)).map((name) => `consumer ${name} stands twice`),
    ...reactions
      .filter(({ event }) => !events.includes(event))
      .map(({ name, event }) => `consumer ${name} names an unknown event: ${event.type} ${event.version}`),
    ...reactions
      .filter(({ event }) => !event.isHeard)
      .map(({ name, event }) => `consumer ${name} would never hear of ${event.type}, whose isHeard is false`),
  ]
  if (faults.length > 0) throw new Error(`The events are wired wrongly: ${faults.join('; ')}`)
}
