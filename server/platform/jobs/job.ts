import type { Static, TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts'
import { acceptorOf } from '../acceptor.ts'
import type { Ctx } from '../context.ts'

/** What a handler knows of its run. */
export interface RunningJob {
  readonly id: string
  readonly name: string
  /** 1 for the first; only attempts that failed by themselves count. */
  readonly attempt: number
  /** Attempts that ended with their worker since the last committed progress. */
  readonly losses: number
}

/** The context of a job: that of its workspace, or of the whole system when it was enqueued without one. */
export interface JobCtx extends Ctx {
  readonly job: RunningJob
  /**
   * Commits how far the job is and sets the count of losses to zero. `fraction` is 0..1, `note` at most 1,000 characters.
   * @throws JobLost when this attempt no longer holds the job; stop working then
   */
  progress(fraction: number, note?: string): Promise<void>
}

/** Does the work. It is run again when its worker dies, so it must be idempotent; `signal` asks it to stop at once. */
export type JobHandler<Input> = (ctx: JobCtx, input: Input, signal: AbortSignal) => Promise<void>

/** How often and how soon a job that failed by itself is tried again. */
export interface Retry {
  /** Tries after the first one: with 3, the job runs four times at most. */
  readonly limit: number
  /** `none`: always after `delayMs`. `exponential`: doubled each time, half of it random, at most an hour. */
  readonly backoff: 'exponential' | 'none'
  /** Default 1 s for `exponential`, 0 for `none`. */
  readonly delayMs?: number
}

/** Shared limits of a process (`cpu`, `io`), or a number: so many of this job at once in each process. */
export type Concurrency = 'cpu' | 'io' | number

/** A kind of job: its whole contract. Made by `defineJob`, enqueued by `enqueue`, run by `startJobs`. */
export interface Job<S extends TSchema = TSchema> {
  readonly name: string
  readonly input: S
  readonly retry: Retry
  readonly timeoutMs: number
  readonly concurrency: Concurrency
  readonly fair: boolean
  keyOf(input: Static<S>): string | null
  priorityOf(input: Static<S>): number
  accepts(input: unknown): input is Static<S>
  handler(): Promise<JobHandler<Static<S>>>
}

/** A job whose input nobody needs to know. */
export type AnyJob = Job

interface JobCommon<S extends TSchema> {
  /** `wing.verb`: letters, digits, `-`, `_`, `.`; unique in the house. */
  readonly name: string
  readonly input: S
  readonly retry: Retry
  /** An attempt that takes longer is aborted and counts as failed; 1 s to 24 h. */
  readonly timeoutMs: number
  readonly concurrency: Concurrency
  /** At most one unfinished job has this key: enqueueing a second is a no-op. At most 200 characters. */
  readonly key?: (input: Static<S>) => string
  /**
   * An integer, default 0, higher first. With `fair` it moves the job forward by so many turns of its workspace (keep it
   * below 100): others may wait for as many jobs more.
   */
  readonly priority?: (input: Static<S>) => number
  /** Workspaces take turns, however much one of them enqueues. */
  readonly fair?: boolean
}

/** The handler itself, or a module that is only imported where the job runs and exports it as `run`. */
export type JobDefinition<S extends TSchema> = JobCommon<S> &
  (
    | { readonly run: JobHandler<Static<S>>; readonly load?: never }
    | { readonly load: () => Promise<{ readonly run: JobHandler<Static<S>> }>; readonly run?: never }
  )

const NAME = /^[a-z][\w.-]{0,99}$/i
const LONGEST_TIMEOUT_MS = 24 * 60 * MINUTE_MS

/** Declares a job. Throws at once when the declaration itself is wrong. */
export function defineJob<S extends TSchema>(definition: JobDefinition<S>): Job<S> {
  const { name, retry, timeoutMs, concurrency, key, priority } = definition
  invariant(NAME.test(name), `not a name of a job: ${name}`)
  invariant(timeoutMs >= SECOND_MS / 100 && timeoutMs <= LONGEST_TIMEOUT_MS, `${name}: timeoutMs is out of range`)
  invariant(Number.isInteger(retry.limit) && retry.limit >= 0, `${name}: retry.limit is not a count`)
  invariant(typeof concurrency === 'string' || concurrency >= 1, `${name}: concurrency is not a count`)
  return {
    name,
    input: definition.input,
    retry,
    timeoutMs,
    concurrency,
    fair: definition.fair ?? false,
    keyOf: (input) => (key === undefined ? null : key(input)),
    priorityOf: (input) => priority?.(input) ?? 0,
    accepts: acceptorOf(definition.input),
    handler: async () => (definition.run === undefined ? (await definition.load()).run : definition.run),
  }
}
