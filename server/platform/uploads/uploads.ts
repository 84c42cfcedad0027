import { DAY_MS, SECOND_MS } from '#kernel/clock.ts'
import type { Ctx } from '../context.ts'
import { KeptUploads } from './kept.ts'
import { Purposes, type RegisteredPurpose } from './purposes.ts'
import { Sessions } from './sessions.ts'

export interface UploadSettings {
  /** No upload is larger, whatever its purpose allows. */
  readonly maxBytes: number
  /** An unfinished upload is removed this long after its last bytes. */
  readonly expiresAfterMs: number
  /** A writer that has not been heard of for this long has lost the upload. */
  readonly leaseMs: number
  /** How often a writer renews its lease and records what is on the disk; well below `leaseMs`. */
  readonly heartbeatMs: number
  /**
   * An upload stays held for this long after a request: the next chunk costs less then. Well below `leaseMs`, and 0 where
   * other processes write to the same storage.
   */
  readonly keptMs: number
  /** A client that sends less than `minProgressBytes` within this time is given up (408). */
  readonly progressWindowMs: number
  readonly minProgressBytes: number
}

const GIB = 1024 ** 3

// tus-js-client gives up after 9 s of tries by default (0 + 1 + 3 + 5 s): a lease left by a crash is over before.
export const DEFAULT_UPLOAD_SETTINGS: UploadSettings = {
  maxBytes: 256 * GIB,
  expiresAfterMs: DAY_MS,
  leaseMs: 8 * SECOND_MS,
  heartbeatMs: 2 * SECOND_MS,
  keptMs: 0,
  progressWindowMs: 30 * SECOND_MS,
  minProgressBytes: 4096,
}

/** `keptMs` where no other process writes to the storage. */
export const KEPT_MS = 2 * SECOND_MS

export interface UploadsOptions {
  readonly purposes: readonly RegisteredPurpose[]
  readonly settings?: Partial<UploadSettings>
  /** Bytes that who asks may still upload, or null for no limit; asked at each creation. A part of a concatenation has no purpose. */
  readonly quota?: (ctx: Ctx, purpose: string | null) => Promise<number | null>
}

/** What this process holds of uploads: settings, purposes, and who writes. Disposing it lets running writers finish early. */
export class Uploads implements AsyncDisposable {
  readonly settings: UploadSettings
  readonly purposes: Purposes
  readonly sessions = new Sessions()
  readonly kept: KeptUploads
  #isStopping = false
  readonly quota: (ctx: Ctx, purpose: string | null) => Promise<number | null>

  constructor(options: UploadsOptions) {
    this.settings = { ...DEFAULT_UPLOAD_SETTINGS, ...options.settings }
    this.kept = new KeptUploads(this.settings.keptMs)
    this.purposes = new Purposes(options.purposes)
    this.quota = options.quota ?? (() => Promise.resolve(null))
  }

  /** The most that any upload may have, in bytes: `Tus-Max-Size`. */
  get maxBytes(): number {
    return Math.min(this.settings.maxBytes, this.purposes.maxBytes)
  }

  /** The server goes down: requests that write end early with what they have (503), and nothing stays taken. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.sessions.stopAll()
    await this.kept[Symbol.asyncDispose]()
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
