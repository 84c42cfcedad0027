import type { Readable } from 'node:stream'
import { problem } from '#kernel/errors.ts'

export const StorageFull = problem('storage-full', 507, 'There is no room left on the storage')
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

/**
 * Where files live, whatever the driver. A key is `/`-separated parts of `[A-Za-z0-9._-]`, no part starting with a dot;
 * it begins with the area that owns it (`uploads/`, `stream/`). Objects are immutable: a put to an existing key replaces
 * it whole, and readers see the old or the new, never a part.
 */
export interface Storage {
  /**
   * Stores bytes under `key`; durable when it resolves.
   * @throws StorageFull
   */
  put(key: string, body: Readable | Buffer, options?: { readonly signal?: AbortSignal }): Promise<StoredObject>
  /**
   * Moves a finished local file (made in a folder of `tempDir`) into the storage without reading it into memory.
   * @throws StorageFull
   */
  putFile(key: string, path: string): Promise<StoredObject>
  /**
   * A stream of the object or a range of it.
   * @throws ObjectNotFound
   */
  read(key: string, range?: ByteRange): Promise<Readable>
  /** Size of an object, or null when there is none. */
  head(key: string): Promise<{ readonly sizeBytes: number } | null>
  /** A local path that FFmpeg can read for as long as the returned thing is not disposed. Never written to. */
  localFile(key: string): Promise<AsyncDisposable & { readonly path: string }>
  /** Removes objects; keys that do not exist are no error. */
  delete(keys: readonly string[]): Promise<void>
  /** Removes everything below a prefix that ends in `/`. */
  deletePrefix(prefix: string): Promise<void>
  /** Keys below a prefix, in order, with size and time of change. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly sizeBytes: number; readonly modifiedAt: Date }>
  /** Bytes that can still be stored, or null when the driver knows no limit. */
  freeBytes(): Promise<number | null>
}
