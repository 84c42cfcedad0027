import type { Logger } from '../observability/log.ts'
import type { AnyJob } from './job.ts'
import type { Claim } from './queue.ts'

/** Jobs that share one limit of this process. */
interface Group {
  readonly jobs: readonly AnyJob[]
  limit: number
  /** Attempts that run, and slots reserved for a claim under way. */
  taken: number
  running: number
  claiming: boolean
  /** Names that may have a job which is due, in the order of their turns. */
  readonly ready: Set<string>
}

export interface GroupCounts {
  readonly limit: number
  readonly running: number
}

export interface DispatcherOptions {
  readonly jobs: readonly AnyJob[]
  readonly limits: { readonly cpu: number; readonly io: number }
  readonly claim: (name: string, limit: number) => Promise<Claim[]>
  /** Runs one attempt to its settlement; never rejects. */
  readonly run: (job: AnyJob, claim: Claim) => Promise<void>
  readonly log: Logger
}

// A claim of many at once costs the database little more than a claim of one.
const CLAIM_AT_MOST = 50

// After a short catch, so that of jobs that come one by one in quick succession the next claim takes several
// (bench/jobs.ts). A job that comes alone does not wait for it.
const GATHER_MS = 5

/** Fills the free slots of a process: claims jobs where some may be ready, one name after another. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #groups = new Map<string, Group>()
  readonly #groupOfName = new Map<string, Group>()
  readonly #jobs = new Map<string, AnyJob>()
  readonly #waiting = new Set<() => void>()
  #stopped = false

  constructor(options: DispatcherOptions) {
    this.#options = options
    for (const job of options.jobs) this.#add(job)
  }

  #add(job: AnyJob): void {
    const key = typeof job.concurrency === 'number' ? job.name : job.concurrency
    const limit = typeof job.concurrency === 'number' ? job.concurrency : this.#options.limits[job.concurrency]
    const known = this.#groups.get(key)
    const group = {
      jobs: [...(known?.jobs ?? []), job],
      limit,
      taken: 0,
      running: 0,
      claiming: false,
      ready: new Set<string>(),
    }
    this.#groups.set(key, group)
    for (const member of group.jobs) this.#groupOfName.set(member.name, group)
    this.#jobs.set(job.name, job)
  }

  /** Counts by group: `cpu`, `io`, or the name of a job with a limit of its own. */
  counts(): Record<string, GroupCounts> {
    return Object.fromEntries([...this.#groups].map(([key, { limit, running }]) => [key, { limit, running }]))
  }

  /** True when some slot is free, so that looking for jobs makes sense. */
  get hasRoom(): boolean {
    return !this.#stopped && [...this.#groups.values()].some((group) => group.taken < group.limit)
  }

  /** True while attempts run or a claim is under way. */
  get busy(): boolean {
    return [...this.#groups.values()].some((group) => group.taken > 0)
  }

  setLimit(key: string, limit: number): void {
    const group = this.#groups.get(key)
    if (group === undefined || group.limit === limit) return
    group.limit = limit
    this.#fill(group)
  }

  /** Some jobs of this name may be due. */
  wake(name: string): void {
    const group = this.#groupOfName.get(name)
    if (group === undefined) return
    group.ready.add(name)
    this.#fill(group)
  }

  wakeAll(): void {
    for (const name of this.#jobs.keys()) this.wake(name)
  }

  /** Claims nothing more; what runs goes on. */
  stop(): void {
    this.#stopped = true
  }

  /** Resolves at the next settlement, or when a claim found nothing. */
  settlement(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #fill(group: Group): void {
    if (!group.claiming && !this.#stopped) void this.#claimAlone(group)
  }

  /** One claim at a time in a group; a wake or a settlement that finds us claiming is served at the end. */
  async #claimAlone(group: Group): Promise<void> {
    group.claiming = true
    await this.#claimWhileRoom(group)
    group.claiming = false
    if (group.ready.size > 0 && group.taken < group.limit) this.#fill(group)
  }

  async #claimWhileRoom(group: Group): Promise<void> {
    while (!this.#stopped) {
      const [name] = group.ready
      const room = Math.min(CLAIM_AT_MOST, group.limit - group.taken)
      const job = name === undefined ? undefined : this.#jobs.get(name)
      if (name === undefined || job === undefined || room <= 0) return
      group.ready.delete(name)
      group.taken += room
      const claims = await this.#claim(name, room)
      group.taken -= room - claims.length
      // A full catch suggests more; the name goes to the end of the line, so that no name starves another.
      if (claims.length === room) group.ready.add(name)
      for (const claim of claims) void this.#run(group, job, claim)
      if (claims.length === 0) this.#tellSettlement()
      if (claims.length < room) await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    }
  }

  async #claim(name: string, room: number): Promise<Claim[]> {
    try {
      return await this.#options.claim(name, room)
    } catch (error) {
      this.#options.log.error({ err: error, job: name }, 'jobs could not be claimed; polling tries again')
      return []
    }
  }

  async #run(group: Group, job: AnyJob, claim: Claim): Promise<void> {
    group.running += 1
    await this.#options.run(job, claim)
    group.running -= 1
    group.taken -= 1
    this.#fill(group)
    this.#tellSettlement()
  }

  #tellSettlement(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}
