import type { ClientConfig } from 'pg'
import { SECOND_MS, monotonicMs } from '#kernel/clock.ts'
import type { Ctx, SystemActor } from '../context.ts'
import type { Database } from '../database/database.ts'
import type { Logger } from '../observability/log.ts'
import { Attempt } from './attempt.ts'
import { type AutoscaleBounds, Autoscaler } from './autoscale.ts'
import { checkJobs } from './check.ts'
import { Completions } from './completions.ts'
import { Dispatcher, type GroupCounts } from './dispatcher.ts'
import type { AnyJob } from './job.ts'
import { Listener } from './listener.ts'
import { type Claim, Queue, attemptKey } from './queue.ts'
import { type Reconciler, type Schedule, Ticker } from './schedule.ts'
import { sweepJobs } from './sweep.ts'

export interface JobsOptions {
  readonly jobs: readonly AnyJob[]
  readonly schedules?: readonly Schedule[]
  readonly reconcilers?: readonly Reconciler[]
  readonly database: Database
  /** As role `airdate_system`; opens `JOB_CONNECTIONS`, one of which listens and so must not pass a transaction pooler. */
  readonly connection: ClientConfig
  /** `work` runs jobs, `schedule` fires schedules and reconcilers; a process with neither only needs `enqueue`. */
  readonly roles: { readonly work: boolean; readonly schedule: boolean }
  /** Makes the context of a job; the scope follows from the actor. `requestId` is the job's id. */
  readonly makeCtx: (actor: SystemActor, requestId: string) => Ctx
  /** How many jobs of `concurrency: 'cpu'` and `'io'` run at once in this process. */
  readonly concurrency: { readonly cpu: number; readonly io: number }
  /** The limit of `cpu` then moves between these; `concurrency.cpu` is not used. */
  readonly autoscale?: AutoscaleBounds
  readonly log: Logger
}

export interface JobsStats {
  /** By `cpu`, `io`, or the name of a job with a limit of its own. */
  readonly groups: Readonly<Record<string, GroupCounts>>
  /** Workers wanted for `cpu` jobs: the gauge that an outer autoscaler follows. */
  readonly desiredWorkers: number
  /** Active jobs that were put back in line at the start because no worker lived. */
  readonly reclaimed: number
}

/** The jobs of a process. */
export interface Jobs {
  /**
   * Claims nothing more, lets what runs finish for up to `graceMs`, then aborts it and gives it back; that counts neither
   * as an attempt nor as a loss. Resolves when everything is closed.
   */
  stop(options: { readonly graceMs: number }): Promise<void>
  stats(): JobsStats
  /** For tests: resolves when none of these jobs is due or active anywhere. Jobs that wait for a later time do not count. */
  idle(): Promise<void>
}

const POLL_MS = SECOND_MS / 2
const IDLE_LOOK_MS = 10
// Three chances within the engine's 10 s, and the bound within which a cancellation is found when its notice got lost.
const HEARTBEAT_MS = 3 * SECOND_MS

/**
 * Starts the jobs of this process. Jobs of dead workers run again: at once when no other worker lives (its session
 * proves it), otherwise after 10 s without a heartbeat.
 * @throws Error when the wiring is wrong (see `checkJobs`), a cron expression is wrong, or the schema is not migrated
 */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  checkJobs(options)
  const runner = new Runner(options)
  try {
    await runner.start()
  } catch (error) {
    await runner.stop({ graceMs: 0 })
    throw error
  }
  return runner
}

class Runner implements Jobs {
  readonly #options: JobsOptions
  readonly #names: readonly string[]
  readonly #queue: Queue
  readonly #listener: Listener
  readonly #dispatcher: Dispatcher
  readonly #completions: Completions
  readonly #ticker: Ticker
  readonly #autoscaler: Autoscaler | null
  /** A job may stand here twice: an attempt that lost it, and the one that has it now. */
  readonly #attempts = new Set<Attempt>()
  readonly #timers: NodeJS.Timeout[] = []
  /** Periodic work under way, by name: none overlaps itself, and stop waits for all. */
  readonly #rounds = new Map<string, Promise<void>>()
  #reclaimed = 0
  #stopping: Promise<void> | null = null

  constructor(options: JobsOptions) {
    const { log, connection, database, reconcilers = [], schedules = [], autoscale } = options
    const jobs = [...options.jobs, ...reconcilers.map(({ job }) => job), sweepJobs.job]
    const recurrences = [...schedules, ...reconcilers, sweepJobs]
    this.#options = options
    this.#names = jobs.map(({ name }) => name)
    this.#queue = new Queue(connection, log)
    this.#completions = new Completions(this.#queue)
    this.#autoscaler = autoscale === undefined ? null : new Autoscaler(autoscale, monotonicMs())
    this.#dispatcher = new Dispatcher({
      jobs,
      log,
      limits: { ...options.concurrency, ...(autoscale === undefined ? {} : { cpu: autoscale.min }) },
      claim: (name, limit) => this.#queue.claim(name, limit),
      run: (job, claim) => this.#run(job, claim),
    })
    this.#listener = new Listener({
      connection,
      log,
      onReady: (name) => this.#dispatcher.wake(name),
      onCancel: (id) => this.#cancel(id),
      onGap: () => this.#dispatcher.wakeAll(),
    })
    const next = this.#queue.nextOccurrence.bind(this.#queue)
    this.#ticker = new Ticker({ recurrences, database, log, next })
  }

  async start(): Promise<void> {
    const { roles, log } = this.#options
    await this.#queue.start(this.#names)
    await this.#ticker.register()
    if (roles.work) {
      await this.#listener.start(async () => void (this.#reclaimed = await this.#queue.reclaimAll()))
      if (this.#reclaimed > 0) log.info({ jobs: this.#reclaimed }, 'jobs of dead workers are back in line')
      await this.#ticker.atStart()
      await this.#tellStrangers()
      this.#dispatcher.wakeAll()
      this.#every(POLL_MS, 'poll', () => this.#poll())
      this.#every(HEARTBEAT_MS, 'heartbeat', () => this.#beat())
    }
    if (roles.schedule) this.#every(SECOND_MS, 'schedule', () => this.#ticker.tick())
  }

  stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(graceMs)
    return this.#stopping
  }

  async #stop(graceMs: number): Promise<void> {
    this.#dispatcher.stop()
    // Heartbeats go on: what runs is still ours.
    const grace = new Promise<false>((resolve) => this.#timers.push(setTimeout(() => resolve(false), graceMs)))
    const finished = this.#finished().then(() => true)
    if (!(await Promise.race([finished, grace]))) {
      for (const attempt of this.#attempts) attempt.stop('returned', 'the process ends')
      await finished
    }
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#rounds.values())
    await this.#listener.close()
    await this.#queue.stop()
  }

  async #finished(): Promise<void> {
    while (this.#dispatcher.busy) await this.#dispatcher.settlement()
  }

  stats(): JobsStats {
    const groups = this.#dispatcher.counts()
    return {
      groups,
      desiredWorkers: this.#autoscaler?.desired ?? groups.cpu?.limit ?? 0,
      reclaimed: this.#reclaimed,
    }
  }

  async idle(): Promise<void> {
    for (;;) {
      await this.#finished()
      if (!(await this.#queue.busy(this.#names))) return
      this.#dispatcher.wakeAll()
      // What is due may be another process's, or not yet visible.
      await new Promise((resolve) => setTimeout(resolve, IDLE_LOOK_MS))
    }
  }

  async #run(job: AnyJob, claim: Claim): Promise<void> {
    const { makeCtx, log } = this.#options
    const tools = { queue: this.#queue, completions: this.#completions, makeCtx, log }
    const attempt = new Attempt(job, claim, tools)
    this.#attempts.add(attempt)
    await attempt.run()
    this.#attempts.delete(attempt)
  }

  #cancel(id: string): void {
    for (const attempt of this.#attempts) {
      if (attempt.claim.id === id) attempt.stop('cancelled', 'the job was cancelled')
    }
  }

  /** What notices may have missed: jobs whose time came, and jobs that no notice told of. */
  async #poll(): Promise<void> {
    await this.#rescale()
    if (!this.#dispatcher.hasRoom) return
    for (const name of await this.#queue.ready(this.#names)) this.#dispatcher.wake(name)
  }

  async #rescale(): Promise<void> {
    const autoscaler = this.#autoscaler
    if (autoscaler === null) return
    const names = this.#options.jobs.filter(({ concurrency }) => concurrency === 'cpu').map(({ name }) => name)
    const ready = await this.#queue.countReady(names, this.#options.autoscale?.max ?? 0)
    const active = this.#dispatcher.counts().cpu?.running ?? 0
    this.#dispatcher.setLimit('cpu', autoscaler.observe(monotonicMs(), ready + active))
  }

  async #beat(): Promise<void> {
    const attempts = [...this.#attempts]
    if (attempts.length === 0) return
    const held = await this.#queue.touch(attempts.map(({ claim }) => claim))
    for (const attempt of attempts) {
      if (!held.has(attemptKey(attempt.claim))) attempt.stop('lost', 'the job was cancelled, or another worker has it')
    }
  }

  async #tellStrangers(): Promise<void> {
    const strangers = await this.#queue.strangers(this.#names)
    if (strangers.length > 0)
      this.#options.log.warn({ jobs: strangers }, 'unfinished jobs wait that no handler is known for')
  }

  #every(periodMs: number, name: string, work: () => Promise<void>): void {
    const round = async (): Promise<void> => {
      try {
        await work()
      } catch (error) {
        this.#options.log.error({ err: error }, `the ${name} of the jobs failed; the next one tries again`)
      }
      this.#rounds.delete(name)
    }
    const timer = setInterval(() => {
      if (!this.#rounds.has(name)) this.#rounds.set(name, round())
    }, periodMs)
    this.#timers.push(timer)
  }
}
