import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { isProblem } from '#kernel/errors.ts'
import { assertKey, assertPrefix, isKey } from '../keys.ts'
import {
  type ByteRange,
  type Draft,
  type DraftOptions,
  type ListedObject,
  ObjectNotFound,
  type PutOptions,
  type Storage,
  type StoredObject,
} from '../storage.ts'
import { type ObjectHead, S3Bucket, type S3Options, SHA256 } from './bucket.ts'
import { S3Draft } from './draft.ts'
import { storing } from './errors.ts'
import { LocalCopies } from './local-copies.ts'
import { COPY_WHOLE_BYTES, copyInParts, putLocalFile, putStream } from './putting.ts'
import { openReading } from './reading.ts'
import { RecentWrites } from './recent.ts'
import { sweepUnfinished } from './sweep.ts'
import { discardDraft, tailsBelow } from './tails.ts'

export interface S3StorageOptions extends S3Options {
  /** Local copies that nobody uses are kept up to so many bytes: 16 GiB by default. */
  readonly localBytes?: number
}

const LOCAL_BYTES = 16 * 1024 ** 3

/**
 * The driver for a bucket of any service that speaks S3. The bucket stays private: bytes reach people through this server
 * alone. Everything that is sent can be sent again; what takes several requests is seen when it is whole.
 */
export class S3Storage implements Storage, AsyncDisposable {
  readonly #bucket: S3Bucket
  readonly #copies: LocalCopies
  readonly #recent = new RecentWrites()

  constructor(options: S3StorageOptions) {
    this.#bucket = new S3Bucket(options)
    this.#copies = new LocalCopies(options.localBytes ?? LOCAL_BYTES)
  }

  check(): Promise<void> {
    return this.#bucket.check()
  }

  async put(key: string, body: Readable | Buffer, options: PutOptions = {}): Promise<StoredObject> {
    assertKey(key)
    options.signal?.throwIfAborted()
    const stored = Buffer.isBuffer(body)
      ? { sizeBytes: body.length, sha256: await this.#bucket.putHashed(key, body) }
      : await putStream(this.#bucket, key, body, options)
    this.#recent.note(key)
    return { key, ...stored }
  }

  async putFile(key: string, path: string): Promise<StoredObject> {
    assertKey(key)
    const stored = await putLocalFile(this.#bucket, key, path)
    this.#recent.note(key)
    await rm(path)
    return { key, ...stored }
  }

  async copy(fromKey: string, toKey: string): Promise<void> {
    assertKey(fromKey)
    assertKey(toKey)
    const from = await this.#headOf(fromKey)
    if (fromKey === toKey) return
    if (from.sizeBytes > COPY_WHOLE_BYTES) await copyInParts(this.#bucket, { key: fromKey, ...from }, toKey)
    else {
      const CopySource = `${this.#bucket.name}/${fromKey}`
      const command = new CopyObjectCommand({ Bucket: this.#bucket.name, Key: toKey, CopySource })
      await this.#recent.untilSeen(fromKey, () => storing(() => this.#bucket.client.send(command)))
    }
    this.#recent.note(toKey)
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    assertKey(key)
    return this.#recent.untilSeen(key, () => openReading(this.#bucket, key, range))
  }

  async head(key: string): Promise<{ readonly sizeBytes: number } | null> {
    assertKey(key)
    try {
      return { sizeBytes: (await this.#headOf(key)).sizeBytes }
    } catch (error) {
      if (isProblem(error, ObjectNotFound)) return null
      throw error
    }
  }

  async localFile(key: string): Promise<AsyncDisposable & { readonly path: string }> {
    assertKey(key)
    const { etag, sizeBytes, metadata } = await this.#headOf(key)
    const version = { key, etag, sizeBytes, sha256: metadata[SHA256] ?? null }
    return this.#copies.open(version, () => openReading(this.#bucket, key))
  }

  async openDraft(key: string, options: DraftOptions): Promise<Draft> {
    assertKey(key)
    return S3Draft.open(this.#bucket, key, options)
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertKey(key)
    if (keys.length === 0) return
    await this.#discardDrafts(commonPrefix(keys), new Set(keys))
    await this.#bucket.delete(keys)
    await this.#forget(keys)
  }

  async deletePrefix(prefix: string): Promise<void> {
    assertPrefix(prefix)
    if (prefix === '') throw new RangeError('The whole storage is not deleted by prefix')
    await this.#discardDrafts(prefix, null)
    const keys: string[] = []
    for await (const { key } of this.#bucket.list(prefix)) keys.push(key)
    await this.#bucket.delete(keys)
    await this.#forget(keys)
  }

  /** Objects, and drafts that grow: to the garbage collection they are alike. */
  async *list(prefix: string): AsyncIterable<ListedObject> {
    assertPrefix(prefix)
    const drafts = this.#drafts(prefix)
    let draft = await drafts.next()
    for await (const object of this.#bucket.list(prefix)) {
      if (!isKey(object.key)) continue
      for (; draft.done !== true && draft.value.key < object.key; draft = await drafts.next()) yield draft.value
      if (draft.done !== true && draft.value.key === object.key) draft = await drafts.next()
      yield object
    }
    for (; draft.done !== true; draft = await drafts.next()) yield draft.value
  }

  /** The service has no end, as far as anybody can tell. */
  freeBytes(): Promise<null> {
    return Promise.resolve(null)
  }

  sweep(olderThan: Date): Promise<number> {
    return sweepUnfinished(this.#bucket, olderThan)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#copies[Symbol.asyncDispose]()
    this.#bucket[Symbol.dispose]()
  }

  /** @throws ObjectNotFound */
  #headOf(key: string): Promise<ObjectHead> {
    return this.#recent.untilSeen(key, async () => {
      const head = await this.#bucket.head(key)
      if (head === null) throw ObjectNotFound()
      return head
    })
  }

  /** One line for each draft: the size and the time of its largest tail. */
  async *#drafts(prefix: string): AsyncGenerator<ListedObject, void> {
    let last: ListedObject | null = null
    for await (const tail of tailsBelow(this.#bucket, prefix)) {
      if (last !== null && last.key !== tail.key) yield last
      last = tail
    }
    if (last !== null) yield last
  }

  async #discardDrafts(prefix: string, wanted: ReadonlySet<string> | null): Promise<void> {
    const drafts = new Map<string, number[]>()
    for await (const { key, sizeBytes } of tailsBelow(this.#bucket, prefix)) {
      if (wanted === null || wanted.has(key)) drafts.set(key, [...(drafts.get(key) ?? []), sizeBytes])
    }
    for (const [key, sizes] of drafts) await discardDraft(this.#bucket, key, sizes)
  }

  async #forget(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#recent.forget(key)
      await this.#copies.forget(key)
    }
  }
}

/** What all keys begin with. */
function commonPrefix(keys: readonly string[]): string {
  const [first = '', ...rest] = keys
  let length = first.length
  for (const key of rest) while (!key.startsWith(first.slice(0, length))) length -= 1
  return first.slice(0, length)
}
