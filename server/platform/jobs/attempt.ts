import { invariant } from '#kernel/assert.ts'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Ctx, SystemActor } from '../context.ts'
import type { Logger } from '../observability/log.ts'
import { backoffMs } from './backoff.ts'
import type { Completions } from './completions.ts'
import { GiveUp, JobStopped, Postpone, recordOf } from './failures.ts'
import type { AnyJob, JobCtx } from './job.ts'
import type { Claim, Queue } from './queue.ts'

/** So many attempts of one job may die with their worker, without progress between, before it is held to be what kills them. */
export const POISON_LOSSES = 10
// A handler that was asked to stop and does not is left behind: its slot is needed, its settlement is fenced.
const LEFT_BEHIND_MS = 10 * SECOND_MS

export interface AttemptTools {
  readonly queue: Queue
  readonly completions: Completions
  readonly makeCtx: (actor: SystemActor, requestId: string) => Ctx
  readonly log: Logger
}

type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'thrown'; readonly error: unknown }
  | { readonly kind: 'left-behind' }

/** One attempt of a job in this process, from its claim to its settlement. */
export class Attempt {
  readonly claim: Claim
  readonly #job: AnyJob
  readonly #tools: AttemptTools
  readonly #log: Logger
  readonly #abort = new AbortController()
  #losses = 0
  #over = false

  constructor(job: AnyJob, claim: Claim, tools: AttemptTools) {
    this.#job = job
    this.claim = claim
    this.#tools = tools
    this.#log = tools.log.child({ job: job.name, jobId: claim.id, attempt: this.#attempt })
  }

  get #attempt(): number {
    return (this.claim.data.failures ?? 0) + 1
  }

  /** Asks the handler to stop; the first reason counts. A handler that has ended is left alone. */
  stop(why: JobStopped['why'], message: string): void {
    if (!this.#over) this.#abort.abort(new JobStopped(why, message))
  }

  /** Runs and settles. Never rejects: what cannot be settled is found lost later and runs again. */
  async run(): Promise<void> {
    try {
      if (!(await this.#mayRun())) return
      const ending = await this.#handle()
      this.#over = true
      await this.#settle(ending)
    } catch (error) {
      this.#log.error({ err: error }, 'the end of a job could not be recorded; it will run again')
    }
  }

  async #mayRun(): Promise<boolean> {
    const { queue } = this.#tools
    const { data, retryCount } = this.claim
    if (retryCount > (data.baseline ?? 0)) {
      const progressBase = await queue.recordLoss(this.claim)
      this.#losses = Math.max(0, retryCount - Math.max(data.baseline ?? 0, progressBase))
      this.#log.warn({ losses: this.#losses }, 'the worker of the attempt before was lost')
    }
    if (this.#losses >= POISON_LOSSES) {
      await this.#bury('poison', `${this.#losses} attempts were lost with their workers since the last progress`, null)
      return false
    }
    if (!this.#job.accepts(data.input)) {
      await this.#bury('invalid-input', 'the input does not match the schema of the job', null)
      return false
    }
    return true
  }

  async #handle(): Promise<Ending> {
    const { signal } = this.#abort
    const timeoutMs = this.#job.timeoutMs
    const timer = setTimeout(() => this.stop('timed-out', `the attempt took longer than ${timeoutMs} ms`), timeoutMs)
    const work = this.#work().then(
      (): Ending => ({ kind: 'done' }),
      (error: unknown): Ending => ({ kind: 'thrown', error }),
    )
    const patience = leftBehind(signal)
    try {
      return await Promise.race([work, patience.ending])
    } finally {
      patience.cancel()
      clearTimeout(timer)
    }
  }

  async #work(): Promise<void> {
    const { id, name, data } = this.claim
    const base = this.#tools.makeCtx({ kind: 'system', name, workspaceId: data.workspaceId }, id)
    const job = { id, name, attempt: this.#attempt, losses: this.#losses }
    const log = base.log.child({ job: name, jobId: id, attempt: job.attempt })
    const ctx: JobCtx = { ...base, log, job, progress: (fraction, note) => this.#progress(fraction, note) }
    const handler = await this.#job.handler()
    await handler(ctx, data.input, this.#abort.signal)
  }

  async #progress(fraction: number, note?: string): Promise<void> {
    invariant(fraction >= 0 && fraction <= 1, `progress is from 0 to 1, not ${fraction}`)
    const held = await this.#tools.queue.progress(this.claim, fraction, note?.slice(0, 1000) ?? null)
    if (!held) {
      this.stop('lost', 'the job is no longer held by this attempt')
      throw this.#abort.signal.reason
    }
    this.#losses = 0
  }

  async #settle(ending: Ending): Promise<void> {
    const { queue, completions } = this.#tools
    const reason: unknown = this.#abort.signal.reason
    if (ending.kind === 'left-behind') this.#log.error({ reason }, 'a handler ignores its signal and is left behind')
    if (reason instanceof JobStopped) return this.#settleStopped(reason)
    if (ending.kind !== 'thrown') return completions.complete(this.claim)
    const { error } = ending
    if (error instanceof Postpone) return void (await queue.giveBack(this.claim, this.#losses, error.delayMs))
    if (error instanceof GiveUp) return this.#bury(error.code, error.message, error)
    return this.#fail('failed', error)
  }

  async #settleStopped(reason: JobStopped): Promise<void> {
    switch (reason.why) {
      case 'cancelled':
      case 'lost':
        return this.#log.info({ why: reason.why }, 'an attempt ended without effect')
      case 'returned':
        return void (await this.#tools.queue.giveBack(this.claim, this.#losses, 0))
      case 'timed-out':
        return this.#fail('timed-out', reason)
    }
  }

  async #fail(outcome: 'failed' | 'timed-out', error: unknown): Promise<void> {
    const failures = this.#attempt
    const { retry } = this.#job
    const record = recordOf(error)
    if (failures > retry.limit) return this.#bury(outcome, record.message, error)
    const delayMs = backoffMs(retry, failures, chanceOf(this.claim.id))
    this.#log.warn({ err: error, delayMs }, 'an attempt failed and will be tried again')
    await this.#tools.queue.retry(this.claim, { outcome, failures, losses: this.#losses, delayMs, error: record })
  }

  async #bury(code: string, detail: string, error: unknown): Promise<void> {
    this.#log.error({ err: error, code }, 'a job was given up')
    await this.#tools.queue.bury(this.claim, {
      code,
      detail: detail.replaceAll('\0', '').slice(0, 1000),
      attempts: this.#attempt,
      losses: this.#losses,
      error: error === null ? null : recordOf(error),
    })
  }
}

/** Resolves a while after the signal was aborted; never, once cancelled. */
function leftBehind(signal: AbortSignal): { readonly ending: Promise<Ending>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  let cancel = (): void => undefined
  const ending = new Promise<Ending>((resolve) => {
    const begin = (): void => {
      timer = setTimeout(() => resolve({ kind: 'left-behind' }), LEFT_BEHIND_MS)
    }
    signal.addEventListener('abort', begin, { once: true })
    cancel = () => {
      signal.removeEventListener('abort', begin)
      clearTimeout(timer)
    }
  })
  return { ending, cancel }
}

/** 0 ≤ chance < 1, from the random bits at the end of an id: jobs that failed together do not come back together. */
function chanceOf(id: string): number {
  return Number.parseInt(id.slice(-8), 16) / 2 ** 32
}
