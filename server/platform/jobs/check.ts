import type { AnyJob } from './job.ts'
import type { Recurrence } from './schedule.ts'

/**
 * The boot check of jobs: each name stands once, and whatever is scheduled has its handler here.
 * @throws Error that names every fault
 */
export function checkJobs(wiring: {
  readonly jobs: readonly AnyJob[]
  readonly schedules?: readonly Recurrence[]
  readonly reconcilers?: readonly Recurrence[]
}): void {
  const { jobs, schedules = [], reconcilers = [] } = wiring
  const faults = [
    ...repeated([...jobs, ...reconcilers.map(({ job }) => job)].map(({ name }) => name)).map(
      (name) => `job ${name} has two handlers`,
    ),
    ...repeated([...schedules, ...reconcilers].map(({ name }) => name)).map(
      (name) => `schedule ${name} is declared twice`,
    ),
    ...schedules
      .filter(({ job }) => !jobs.includes(job))
      .map(({ name, job }) => `schedule ${name} enqueues ${job.name}, which has no handler`),
  ]
  if (faults.length > 0) throw new Error(`The jobs are wired wrongly: ${faults.join('; ')}`)
}

/** The values that stand in the list more than once, each once. */
export function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>()
  return [...new Set(values.filter((value) => seen.has(value) || !seen.add(value)))]
}
