import type { Draft } from '../storage/storage.ts'
import type { Lease } from './lease.ts'
import type { UploadRow } from './queries.ts'

/** An upload that a writer holds: as it stands, the right to write to it, and its file. */
export interface HeldUpload {
  readonly row: UploadRow
  readonly lease: Lease
  readonly draft: Draft
}

const MOST = 64

/**
 * Uploads that stay held for a moment after a request, since the same client's next chunk follows most often: it then
 * neither claims the lease nor opens the file. Only for storage that no other process writes to: to one the upload would
 * look taken. What is asked for otherwise, or stays idle, is given back.
 */
export class KeptUploads implements AsyncDisposable {
  readonly #keptMs: number
  readonly #kept = new Map<string, { readonly upload: HeldUpload; readonly timer: NodeJS.Timeout }>()
  readonly #givingBack = new Map<string, Promise<void>>()

  /** `keptMs`: how long an idle upload is kept, well below the time of a lease; 0 keeps none. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  /** Whether there is room to keep one more. Asked before the commit that keeps or gives back the lease. */
  get hasRoom(): boolean {
    return this.#keptMs > 0 && this.#kept.size < MOST
  }

  /** Keeps an upload whose lease was just renewed; the caller has no more to do with it. */
  keep(key: string, upload: HeldUpload): void {
    const timer = setTimeout(() => void this.giveBack(key), this.#keptMs)
    this.#kept.set(key, { upload, timer })
  }

  /**
   * Hands over the kept upload of `key` if it stands at `offsetBytes` and may still be written. Null when there is none
   * like that; one that is kept all the same has been given back then.
   */
  async take(key: string, offsetBytes: number): Promise<HeldUpload | null> {
    const kept = this.#kept.get(key)
    if (kept === undefined) return null
    if (kept.upload.row.offsetBytes !== offsetBytes || !kept.upload.lease.held) {
      await this.giveBack(key)
      return null
    }
    this.#forget(key)
    return kept.upload
  }

  /** Gives an upload back, if it is kept: its lease is free and its file closed when this resolves. Never rejects. */
  async giveBack(key: string): Promise<void> {
    const upload = this.#forget(key)
    if (upload === null) return this.#givingBack.get(key)
    const given = giveBack(upload).finally(() => {
      if (this.#givingBack.get(key) === given) this.#givingBack.delete(key)
    })
    this.#givingBack.set(key, given)
    await given
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of this.#kept.keys()) void this.giveBack(key)
    await Promise.all(this.#givingBack.values())
  }

  #forget(key: string): HeldUpload | null {
    const kept = this.#kept.get(key)
    if (kept === undefined) return null
    clearTimeout(kept.timer)
    this.#kept.delete(key)
    return kept.upload
  }
}

async function giveBack({ lease, draft }: HeldUpload): Promise<void> {
  await draft[Symbol.asyncDispose]()
  await lease.release()
}
