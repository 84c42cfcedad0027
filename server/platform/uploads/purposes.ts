import type { Tx, Writing } from '../database/database.ts'
import type { Ctx } from '../context.ts'
import type { UploadMetadata } from './metadata.ts'
import { UnknownPurpose, UnsupportedFileType } from './problems.ts'

/** An upload as a purpose sees it. */
export interface PurposedUpload {
  readonly id: string
  readonly workspaceId: string
  readonly userId: string
  readonly purpose: string
  /** null while the client has not said it. */
  readonly lengthBytes: number | null
  /** What the client said, undecided: the purpose validates what it uses (`title`, `visibility`). */
  readonly metadata: UploadMetadata
  /** The key of the object; whole and immutable once `onComplete` is called. Stays until `releaseUpload`. */
  readonly storageKey: string
}

/** What uploads of one kind are for. `T` are the tables of the wing that defines it. */
export interface UploadPurpose<T> {
  /** As in `Upload-Metadata: purpose`. */
  readonly name: string
  readonly maxBytes: number
  /** Prefixes of media types (`image/`) for which a `filetype` that the client gives is accepted; absent: any. */
  readonly types?: readonly string[]
  /**
   * Called in the transaction that writes the upload's row: makes the row that the upload is for. What it throws refuses
   * the upload. `resourceHeader` is sent with the 201: `['Airdate-Video-Id', id]`.
   */
  onCreate(
    tx: Tx<T>,
    ctx: Ctx,
    upload: PurposedUpload,
  ): Promise<{ readonly resourceHeader?: readonly [string, string] }>
  /** Called in the transaction that makes the upload complete; the file is on the disk. Enqueues what comes next. */
  onComplete(tx: Tx<T>, upload: PurposedUpload): Promise<void>
  /** Called in the transaction that removes an unfinished upload (expiry, DELETE), before its row goes. */
  onAbandon(tx: Tx<T>, upload: PurposedUpload): Promise<void>
}

/** A purpose as the uploads know it, whatever its tables. */
export interface RegisteredPurpose extends Omit<UploadPurpose<never>, 'onCreate' | 'onComplete' | 'onAbandon'> {
  onCreate(
    tx: Writing,
    ctx: Ctx,
    upload: PurposedUpload,
  ): Promise<{ readonly resourceHeader?: readonly [string, string] }>
  onComplete(tx: Writing, upload: PurposedUpload): Promise<void>
  onAbandon(tx: Writing, upload: PurposedUpload): Promise<void>
}

/** Declares what uploads of a purpose are for. The composition root gives all of them to `new Uploads`. */
export function defineUploadPurpose<T>(purpose: UploadPurpose<T>): RegisteredPurpose {
  // The transaction that is handed over has every table; which of them the wing sees is its own business.
  return purpose
}

const DEFAULT_PURPOSE = 'video'

/** The purposes that wings have registered. */
export class Purposes {
  readonly #byName: ReadonlyMap<string, RegisteredPurpose>

  /** @throws Error when two have one name */
  constructor(purposes: readonly RegisteredPurpose[]) {
    this.#byName = new Map(purposes.map((purpose) => [purpose.name, purpose]))
    if (this.#byName.size < purposes.length) throw new Error('Two upload purposes have one name')
  }

  /** The most that any purpose takes, in bytes. */
  get maxBytes(): number {
    return Math.max(0, ...[...this.#byName.values()].map((purpose) => purpose.maxBytes))
  }

  /** The purpose of a row that exists. @throws Error when nothing is registered under this name any more */
  named(name: string): RegisteredPurpose {
    const purpose = this.#byName.get(name)
    if (purpose === undefined) throw new Error(`No wing has registered the upload purpose ${name}`)
    return purpose
  }

  /**
   * What the metadata of a new upload asks for: `purpose`, or `video` when it says none.
   * @throws UnknownPurpose naming those that there are
   * @throws UnsupportedFileType when the purpose takes other types than `filetype` (or `type`) says
   */
  wanted(metadata: UploadMetadata): RegisteredPurpose {
    const name = metadata.get('purpose') ?? DEFAULT_PURPOSE
    const purpose = this.#byName.get(name)
    if (purpose === undefined) {
      throw UnknownPurpose({ detail: `Registered purposes are: ${[...this.#byName.keys()].join(', ') || 'none'}` })
    }
    const type = (metadata.get('filetype') ?? metadata.get('type') ?? '').toLowerCase()
    // Browsers that do not know a file say nothing or this: what it really is, probing decides.
    const saysNothing = type === '' || type === 'null' || type === 'application/octet-stream'
    if (!saysNothing && purpose.types?.some((prefix) => type.startsWith(prefix)) === false) {
      throw UnsupportedFileType({ detail: `The purpose ${name} takes ${purpose.types.join(', ')}` })
    }
    return purpose
  }
}
