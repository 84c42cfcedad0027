import { type Reaction, deliveries } from '#platform/events/react.ts'
import type { AnyJob } from '#platform/jobs/job.ts'
import { streamEvents } from '#stream'

/**
 * Every reaction of one wing to what happened in another, one line each:
 * `react(videoReady, { name: 'planner.completeLinkedSteps', run: completeLinkedSteps })`.
 * The stream is the only wing so far, and nobody listens to it yet.
 */
const reactions: readonly Reaction[] = []

/** Every event of the house. */
export const events = [...streamEvents]

/** The jobs that carry events to their consumers. */
export function eventJobs(): AnyJob[] {
  return deliveries({ events, reactions })
}
