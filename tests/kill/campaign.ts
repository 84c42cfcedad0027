import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '#kernel/clock.ts'
import { type Source, type Target, Upload } from './client.ts'
import { type Worker, kill, killAll, survivorsOf, workersIn } from './processes.ts'
import { type Encoded, type Expected, encodedOf, faultsOf, rest } from './proof.ts'
import { type Chance, chanceOf } from './random.ts'
import { type Server, startServer, tokenOf } from './server.ts'

/** What a video goes through, in this order. */
const PHASES = ['upload', 'probe', 'encode', 'package'] as const
export type Phase = (typeof PHASES)[number]

/** `tree`: every process at once. `main`: the main process alone; the others have to notice. */
export type Mode = 'tree' | 'main'

/** One kill, as it was. */
export interface Kill {
  readonly phase: Phase
  readonly mode: Mode
  /** The state of the video that was aimed at, as last seen before. */
  readonly state: string
  /** Whether FFmpeg or ffprobe was at work in that moment, for this video or another. */
  readonly atWork: boolean
  /** From the start of the next server until it listened, recovery of the database included. */
  readonly restartMs: number
}

export interface Campaign {
  readonly kills: readonly Kill[]
  readonly videos: number
  /** Attempts that ended with their worker. */
  readonly lostAttempts: number
  /** How the server ended in the end, by SIGTERM. */
  readonly exitCode: number | null
  /** What is wrong after all, a sentence each. */
  readonly faults: readonly string[]
}

export interface CampaignOptions {
  readonly seed: number
  readonly kills: number
  /** An empty folder that the server may write. */
  readonly dataDir: string
  /** At least one; each is first encoded undisturbed. */
  readonly sources: readonly Source[]
  readonly onKill?: (kill: Kill, number: number) => void
}

// After a kill of the main process its children have to be gone by themselves; seconds, so that a busy machine is no fault.
const PATIENCE_MS = 20_000
/** Each look is a question to the database that works beside it, on the same processors. */
const LOOK_MS = 10
const REST_MS = 300_000
const LONGEST_WAIT_MS = 120_000

/**
 * Uploads videos to a server and kills it again and again in phases of their making that the seed chooses; starts it anew
 * each time, at once or when all its processes have gone. In the end everything has to be as if nothing had happened.
 */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  return new Run(options, await startServer(options.dataDir)).run()
}

class Run {
  readonly #options: CampaignOptions
  readonly #chance: Chance
  readonly #faults: string[] = []
  readonly #uploads: Upload[] = []
  readonly #undisturbed = new Map<Source, Encoded>()
  #server: Server
  #token = ''
  #encodeMs = 0

  constructor(options: CampaignOptions, server: Server) {
    this.#options = options
    this.#chance = chanceOf(options.seed)
    this.#server = server
  }

  get #target(): Target {
    return { url: this.#server.url, token: this.#token }
  }

  async run(): Promise<Campaign> {
    const { dataDir, onKill } = this.#options
    this.#token = await tokenOf(dataDir)
    for (const source of this.#options.sources) await this.#encodeUndisturbed(source)
    const kills: Kill[] = []
    let reached: number = PHASES.length
    for (const { phase, mode } of this.#deck()) {
      const aim = PHASES.indexOf(phase)
      if (aim <= reached) {
        await this.#untilOthersReady()
        this.#uploads.push(await Upload.begin(this.#target, this.#nextSource()))
      }
      reached = aim
      const done = await this.#killIn(phase, mode)
      kills.push(done)
      onKill?.(done, kills.length)
    }
    for (const upload of this.#uploads) await this.#finish(upload)
    await rest(this.#server, REST_MS)
    const expected = this.#uploads.map((upload): Expected => {
      const undisturbed = this.#undisturbed.get(upload.source) ?? { files: new Map(), frames: new Map() }
      return { upload, undisturbed }
    })
    this.#faults.push(...(await faultsOf(this.#server, dataDir, expected)))
    const [lost] = await this.#server.sql<{ count: number }>('select count(*)::int as count from platform.job_attempts')
    const exitCode = await this.#endInOrder()
    return { kills, videos: this.#uploads.length, lostAttempts: lost?.count ?? 0, exitCode, faults: this.#faults }
  }

  /** Phases in random order; each comes once in four kills, and once by each mode in eight. */
  #deck(): { phase: Phase; mode: Mode }[] {
    const deck: { phase: Phase; mode: Mode }[] = []
    while (deck.length < this.#options.kills) {
      const isTree = PHASES.map(() => this.#chance.next() < 0.5)
      for (const treeFirst of [true, false]) {
        const kills = PHASES.map((phase, index) => ({
          phase,
          mode: isTree[index] === treeFirst ? ('tree' as const) : ('main' as const),
        }))
        deck.push(...this.#chance.shuffled(kills))
      }
    }
    return deck.slice(0, this.#options.kills)
  }

  #nextSource(): Source {
    const { sources } = this.#options
    const source = sources[this.#chance.between(0, sources.length - 1)]
    if (source === undefined) throw new Error('there is nothing to upload')
    return source
  }

  async #encodeUndisturbed(source: Source): Promise<void> {
    const upload = await Upload.begin(this.#target, source)
    this.#uploads.push(upload)
    await this.#finish(upload)
    const startedMs = monotonicMs()
    await this.#until(upload, ['ready', 'failed'])
    this.#encodeMs = Math.max(this.#encodeMs, monotonicMs() - startedMs)
    await rest(this.#server, REST_MS)
    this.#undisturbed.set(source, await encodedOf(this.#server, this.#options.dataDir, upload.videoId))
  }

  async #finish(upload: Upload): Promise<void> {
    if (!(await upload.send(this.#target, this.#pieceBytes()))) {
      throw new Error(`an upload broke without a kill\n${this.#server.said()}`)
    }
  }

  #pieceBytes(): number {
    return this.#chance.between(100, 1000) * 1024
  }

  /** Brings the newest video into a phase and kills the server in there; then starts the next one. */
  async #killIn(phase: Phase, mode: Mode): Promise<Kill> {
    const upload = this.#uploads.at(-1)
    if (upload === undefined) throw new Error('there is no video')
    const strike = async (longestDelayMs: number): Promise<Omit<Kill, 'restartMs'>> => {
      await delay(this.#chance.next() * longestDelayMs)
      const state = await this.#stateOf(upload)
      const workers = this.#server.workers()
      const atWork = workers.some(({ commandLine }) => /^\S*ff(mpeg|probe) /.test(commandLine))
      await this.#kill(mode, workers)
      return { phase, mode, state, atWork }
    }
    // the connection breaks while the kill is still under way
    let striking: ReturnType<typeof strike> | undefined
    switch (phase) {
      case 'upload': {
        const atByte = this.#chance.between(1, upload.source.bytes.length - 1)
        await upload.send(this.#target, this.#pieceBytes(), {
          atByte,
          act: async () => void (await (striking = strike(20))),
        })
        break
      }
      case 'probe': {
        const sending = upload.send(this.#target, this.#pieceBytes())
        await this.#until(upload, ['uploaded', 'probing', 'encoding', 'ready', 'failed'])
        striking = strike(200)
        await Promise.all([sending, striking])
        break
      }
      case 'encode':
        await this.#finish(upload)
        await this.#until(upload, ['encoding', 'ready', 'failed'])
        striking = strike(this.#encodeMs)
        break
      case 'package':
        await this.#finish(upload)
        await this.#untilPackaging(upload)
        striking = strike(60)
        break
    }
    if (striking === undefined) throw new Error(`the ${phase} was over before it could be interrupted`)
    const killed = await striking
    return { ...killed, restartMs: await this.#restart() }
  }

  async #kill(mode: Mode, workers: readonly Worker[]): Promise<void> {
    const { dataDir } = this.#options
    if (mode === 'tree') await killAll(this.#chance.shuffled(workers), dataDir)
    else {
      kill(this.#server.pid)
      // Half of the time the next server finds the others still there, half of the time they have to go by themselves.
      if (this.#chance.next() < 0.5) {
        const left = await survivorsOf(workersIn(dataDir), PATIENCE_MS)
        this.#faults.push(...left.map(({ commandLine }) => `${commandLine} outlived its server`))
      }
    }
    await this.#server.ended
  }

  async #restart(): Promise<number> {
    const before = this.#server.workers()
    this.#server = await startServer(this.#options.dataDir)
    const left = await survivorsOf(before, PATIENCE_MS)
    this.#faults.push(...left.map(({ commandLine }) => `${commandLine} outlived the next start`))
    return this.#server.startMs
  }

  /** SIGTERM at rest; nothing may be left. */
  async #endInOrder(): Promise<number | null> {
    const { dataDir } = this.#options
    this.#server.signal('SIGTERM')
    const { code } = await this.#server.ended
    const left = await survivorsOf(workersIn(dataDir), PATIENCE_MS)
    this.#faults.push(...left.map(({ commandLine }) => `${commandLine} outlived the end`))
    return code
  }

  async #stateOf({ videoId }: Upload): Promise<string> {
    const [row] = await this.#server.sql<{ state: string }>('select state from stream.videos where id = $1', [videoId])
    return row?.state ?? 'gone'
  }

  async #until(upload: Upload, states: readonly string[]): Promise<void> {
    await this.#wait(`a video was never ${states.join(' or ')}`, async () =>
      states.includes(await this.#stateOf(upload)),
    )
  }

  /**
   * At most two videos are under way: with more, one job could be hit ten times before it is done, and would rightly be
   * held to be what kills its workers.
   */
  async #untilOthersReady(): Promise<void> {
    const begun = this.#uploads.slice(0, -1)
    for (const upload of begun) {
      await this.#finish(upload)
      await this.#until(upload, ['ready', 'failed'])
    }
  }

  async #untilPackaging(upload: Upload): Promise<void> {
    await this.#wait('a video was never packaged', async () => {
      const jobs = await this.#server.sql(
        `select from pgboss.job_common where name = 'stream.package' and singleton_key = $1`,
        [upload.videoId],
      )
      return jobs.length > 0 || ['ready', 'failed'].includes(await this.#stateOf(upload))
    })
  }

  async #wait(complaint: string, isThere: () => Promise<boolean>): Promise<void> {
    const deadlineMs = monotonicMs() + LONGEST_WAIT_MS
    while (!(await isThere())) {
      if (monotonicMs() > deadlineMs) throw new Error(`${complaint}\n${this.#server.said()}`)
      await delay(LOOK_MS)
    }
  }
}
