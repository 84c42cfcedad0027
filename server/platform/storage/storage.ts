import type { Readable } from 'node:stream'
import { problem } from '#kernel/errors.ts'

export const StorageFull = problem('storage-full', 507, 'There is no room left on the storage')
export const StorageUnwritable = problem('storage-unwritable', 503, 'The storage cannot be written at the moment')
export const StorageUnavailable = problem('storage-unavailable', 503, 'The storage cannot be reached at the moment')
export const ObjectNotFound = problem('storage/object-not-found', 404, 'There is no such object')

/** What is known of a stored object. */
export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string
}

/** Both ends count, as in HTTP: `{ start: 0, end: 0 }` is the first byte. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** One line of `Storage.list`. */
export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
}

export interface PutOptions {
  readonly signal?: AbortSignal
  /** The size when it is known beforehand: then a storage without the room refuses before it stores a byte. */
  readonly sizeBytes?: number
}

export interface DraftOptions {
  /** Makes the draft when there is none. One that nothing was flushed or sealed of may be gone with its writer. */
  readonly create: boolean
  /** How large it can become, when that is known: a storage may lay it out accordingly. */
  readonly expectedBytes?: number
}

/**
 * An object that still grows, such as an upload: the only kind of object that is changed in place. One writer at a time;
 * who has it open must see to that. It is an object like any other once it is sealed.
 */
export interface Draft extends AsyncDisposable {
  /** After so many bytes it is worth calling `sync` while more arrive, so that little is left to do at the end. */
  readonly flushEveryBytes: number
  /** Bytes that it has now, acknowledged or not. */
  size(): Promise<number>
  /**
   * Writes `buffers` one after another from byte `offset` on. Durable only after `sync`. The buffers belong to the caller
   * again as soon as it resolves.
   * @throws StorageFull
   * @throws StorageUnwritable
   */
  write(buffers: readonly Buffer[], offset: number): Promise<void>
  /**
   * Writes the whole sealed object `fromKey` from byte `offset` on, within the storage where it can; returns where it ends.
   * Durable only after `sync`. `beforeStep` is called before each step of bounded size; what it throws ends the append.
   * @throws ObjectNotFound
   * @throws StorageFull
   * @throws StorageUnwritable
   */
  append(fromKey: string, offset: number, beforeStep?: () => void): Promise<number>
  /** Makes what was written durable. */
  sync(): Promise<void>
  /** Cuts everything from byte `sizeBytes` on; a draft that is shorter stays as it is. */
  truncate(sizeBytes: number): Promise<void>
  /**
   * Ends the growing: exactly `sizeBytes` bytes, durable. What lies beyond (of a write that was never acknowledged) is cut.
   * @throws Error when there are fewer bytes
   */
  seal(sizeBytes: number): Promise<void>
}

/**
 * Where files live, whatever the driver. A key is `/`-separated parts of `[A-Za-z0-9._-]`, no part starting with a dot;
 * it begins with the area that owns it (`uploads/`, `stream/`); no key is a folder of another. Objects are immutable: a
 * put to an existing key replaces it whole, and readers see the old or the new, never a part. Every method throws
 * `RangeError` for a key that is none.
 */
export interface Storage {
  /**
   * Stores bytes under `key`; durable when it resolves. Nothing is left behind when it rejects.
   * @throws StorageFull
   * @throws StorageUnwritable
   */
  put(key: string, body: Readable | Buffer, options?: PutOptions): Promise<StoredObject>
  /**
   * Moves a finished local file (made in a folder of `tempDir`) into the storage without reading it into memory.
   * @throws StorageFull
   * @throws StorageUnwritable
   */
  putFile(key: string, path: string): Promise<StoredObject>
  /**
   * Makes `toKey` the same bytes as the sealed object `fromKey`, without carrying them through this process; durable when
   * it resolves. Both then live and go on their own, and the copy counts as changed now. A copy never grows: it is not
   * opened as a draft.
   * @throws ObjectNotFound when there is nothing under `fromKey`
   * @throws StorageFull
   * @throws StorageUnwritable
   */
  copy(fromKey: string, toKey: string): Promise<void>
  /**
   * A stream of the object or a range of it; a range that reaches beyond the end is cut there.
   * @throws ObjectNotFound
   * @throws StorageUnavailable
   */
  read(key: string, range?: ByteRange): Promise<Readable>
  /** Size of an object, or null when there is none. */
  head(key: string): Promise<{ readonly sizeBytes: number } | null>
  /**
   * A local path that FFmpeg can read for as long as the returned thing is not disposed. Never written to.
   * @throws ObjectNotFound
   * @throws StorageUnavailable
   */
  localFile(key: string): Promise<AsyncDisposable & { readonly path: string }>
  /**
   * Opens an object that grows. `create` makes it when there is none.
   * @throws ObjectNotFound when there is none and `create` is not asked for
   */
  openDraft(key: string, options: DraftOptions): Promise<Draft>
  /** Removes objects; keys that do not exist are no error. */
  delete(keys: readonly string[]): Promise<void>
  /** Removes everything below a prefix that ends in `/`. */
  deletePrefix(prefix: string): Promise<void>
  /** Objects below a prefix that is empty or ends in `/`, ordered by key (bytewise). */
  list(prefix: string): AsyncIterable<ListedObject>
  /** Bytes that can still be stored, or null when the driver knows no limit. */
  freeBytes(): Promise<number | null>
  /**
   * Asks whether the storage is there and may be used, without changing anything.
   * @throws Error whose message tells the operator what is wrong, in one line
   */
  check(): Promise<void>
  /**
   * Removes what writes that were cut short before `olderThan` (a day ago or more) left out of sight; returns how many
   * things. Drafts are not among them: they are listed, and the garbage collection finds those that nobody wants.
   */
  sweep(olderThan: Date): Promise<number>
}
