import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { noSuchBucket } from './errors.ts'

/** Bytes that were once received: in memory, or (`bytes` null) a file of that name. */
interface Blob {
  readonly id: string
  readonly sizeBytes: number
  readonly bytes: Buffer | null
}

/** A stretch of a blob. Objects, parts and copies are made of pieces, so that nothing is ever copied. */
export interface Piece {
  readonly blob: Blob
  readonly start: number
  /** The byte after the last one. */
  readonly end: number
}

export interface S3Object {
  readonly key: string
  readonly pieces: readonly Piece[]
  readonly sizeBytes: number
  /** With its quotation marks. */
  readonly etag: string
  readonly modifiedAt: Date
  /** `x-amz-meta-…` and `content-type`, by header name. */
  readonly headers: Readonly<Record<string, string>>
  /** `x-amz-checksum-…` → base64. */
  readonly checksums: Readonly<Record<string, string>>
}

export interface S3Part {
  readonly number: number
  readonly pieces: readonly Piece[]
  readonly sizeBytes: number
  readonly etag: string
  readonly modifiedAt: Date
  readonly checksums: Readonly<Record<string, string>>
}

export interface S3Upload {
  readonly id: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly initiatedAt: Date
  readonly parts: Map<number, S3Part>
}

interface Bucket {
  readonly objects: Map<string, S3Object>
  readonly uploads: Map<string, S3Upload>
}

/** A change of the state; the journal is a list of them, one JSON line each. */
type Change =
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly object: S3Object }
  | { readonly kind: 'deleted'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'upload'; readonly bucket: string; readonly upload: Omit<S3Upload, 'parts'> }
  | { readonly kind: 'part'; readonly bucket: string; readonly uploadId: string; readonly part: S3Part }
  | { readonly kind: 'ended'; readonly bucket: string; readonly uploadId: string }

export const md5Hex = (data: Buffer | string): string => createHash('md5').update(data).digest('hex')
const totalBytes = (pieces: readonly Piece[]): number => pieces.reduce((sum, { start, end }) => sum + end - start, 0)

/** Everything that the double holds, in memory or in a folder from which it comes back. */
export class S3State {
  readonly #folder: string | null
  readonly #buckets = new Map<string, Bucket>()
  /** How many pieces name a blob of the folder. */
  readonly #uses = new Map<string, number>()

  constructor(folder: string | null) {
    this.#folder = folder
    if (folder === null) return
    mkdirSync(join(folder, 'blobs'), { recursive: true })
    if (!existsSync(this.#journal)) return
    for (const line of readFileSync(this.#journal, 'utf8').split('\n').slice(0, -1)) this.#apply(revived(line))
  }

  get #journal(): string {
    return join(this.#folder ?? '', 'journal')
  }

  hasBucket(name: string): boolean {
    return this.#buckets.has(name)
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): {
    readonly objects: ReadonlyMap<string, S3Object>
    readonly uploads: ReadonlyMap<string, S3Upload>
  } {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) throw noSuchBucket()
    return bucket
  }

  /** Keeps received bytes, as one piece. */
  async keep(bytes: Buffer): Promise<Piece> {
    const id = randomBytes(12).toString('hex')
    const blob = { id, sizeBytes: bytes.length, bytes: this.#folder === null ? bytes : null }
    if (this.#folder !== null) await writeFile(this.#pathOf(id), bytes)
    return { blob, start: 0, end: bytes.length }
  }

  /** The bytes from `start` to before `end` of pieces, in stretches of 1 MiB at most. */
  async *bytesOf(pieces: readonly Piece[], start = 0, end = totalBytes(pieces)): AsyncIterable<Buffer> {
    let at = 0
    for (const piece of pieces) {
      const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.end - piece.start)]
      for (let next = from; next < to; next += 1024 * 1024) {
        yield await this.#read(piece.blob, piece.start + next, piece.start + Math.min(to, next + 1024 * 1024))
      }
      at += piece.end - piece.start
    }
  }

  /** The pieces that make the bytes from `start` to before `end`. */
  cut(pieces: readonly Piece[], start: number, end: number): Piece[] {
    const cut: Piece[] = []
    let at = 0
    for (const { blob, ...piece } of pieces) {
      const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.end - piece.start)]
      if (from < to) cut.push({ blob, start: piece.start + from, end: piece.start + to })
      at += piece.end - piece.start
    }
    return cut
  }

  /** Makes a change, in the journal first. */
  change(change: Change): void {
    if (this.#folder !== null) appendFileSync(this.#journal, `${JSON.stringify(change)}\n`)
    for (const id of this.#apply(change)) void rm(this.#pathOf(id), { force: true })
  }

  /** Returns the blobs of the folder that nothing names any more. */
  #apply(change: Change): string[] {
    if (change.kind === 'bucket') {
      this.#buckets.set(change.bucket, { objects: new Map(), uploads: new Map() })
      return []
    }
    const { objects, uploads } = this.#buckets.get(change.bucket) ?? { objects: new Map(), uploads: new Map() }
    switch (change.kind) {
      case 'object': {
        const before = (objects.get(change.object.key) as S3Object | undefined)?.pieces ?? []
        objects.set(change.object.key, change.object)
        this.#use(change.object.pieces)
        return this.#release(before)
      }
      case 'deleted': {
        const before = (objects.get(change.key) as S3Object | undefined)?.pieces ?? []
        objects.delete(change.key)
        return this.#release(before)
      }
      case 'upload':
        uploads.set(change.upload.id, { ...change.upload, parts: new Map() })
        return []
      case 'part': {
        const parts = (uploads.get(change.uploadId) as S3Upload | undefined)?.parts
        const before = parts?.get(change.part.number)?.pieces ?? []
        parts?.set(change.part.number, change.part)
        this.#use(change.part.pieces)
        return this.#release(before)
      }
      case 'ended': {
        const parts = [...((uploads.get(change.uploadId) as S3Upload | undefined)?.parts.values() ?? [])]
        uploads.delete(change.uploadId)
        return this.#release(parts.flatMap((part) => part.pieces))
      }
    }
  }

  #use(pieces: readonly Piece[]): void {
    for (const { blob } of pieces) this.#uses.set(blob.id, (this.#uses.get(blob.id) ?? 0) + 1)
  }

  #release(pieces: readonly Piece[]): string[] {
    const unused: string[] = []
    for (const { blob } of pieces) {
      const uses = (this.#uses.get(blob.id) ?? 1) - 1
      if (uses > 0) this.#uses.set(blob.id, uses)
      else {
        this.#uses.delete(blob.id)
        if (blob.bytes === null) unused.push(blob.id)
      }
    }
    return unused
  }

  async #read(blob: Blob, start: number, end: number): Promise<Buffer> {
    if (blob.bytes !== null) return blob.bytes.subarray(start, end)
    await using file = await open(this.#pathOf(blob.id), 'r')
    const bytes = Buffer.alloc(end - start)
    await file.read(bytes, 0, bytes.length, start)
    return bytes
  }

  #pathOf(blobId: string): string {
    return join(this.#folder ?? '', 'blobs', blobId)
  }
}

function revived(line: string): Change {
  return JSON.parse(line, (name, value: unknown) =>
    (name === 'modifiedAt' || name === 'initiatedAt') && typeof value === 'string' ? new Date(value) : value,
  ) as Change
}
