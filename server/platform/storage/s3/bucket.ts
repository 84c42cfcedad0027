import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { DeleteObjectsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { faultOf, reading, s3CodeOf, storing } from './errors.ts'

export interface S3Options {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly timeouts?: Partial<S3Timeouts>
  /** How often a request is sent at most, the first time included: 6 by default. */
  readonly attempts?: number
}

export interface S3Timeouts {
  readonly connectMs: number
  /** A connection on which nothing moves for this long is given up. */
  readonly idleMs: number
  /** Until the head of the answer is there, the body of the request included. */
  readonly answerMs: number
}

/** What the head of an object tells. */
export interface ObjectHead {
  readonly sizeBytes: number
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
}

/** One object of a listing, whatever its key. */
export interface RawObject {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
}

const TIMEOUTS: S3Timeouts = { connectMs: 5_000, idleMs: 20_000, answerMs: 60_000 }
// Below the time that a health check may take.
const CHECK_MS = 2_500
// With the pauses between them (100 ms, doubled, with chance) they span a restart of the service.
const ATTEMPTS = 6
const KEYS_PER_DELETE = 1000
/** Metadata of an object: the SHA-256 of its bytes, hex, where it was known before they were sent. */
export const SHA256 = 'airdate-sha256'
/** Metadata of an object: which write made it, so that one that was answered by silence is recognised. */
export const WRITE_ID = 'airdate-write'

/**
 * One bucket of an S3 service. Bodies are whole buffers: each request can be sent again, and carries the SHA-256 of its
 * body in its signature, which every service checks. Retries of an upload are thereby the same upload.
 */
export class S3Bucket implements Disposable {
  readonly client: S3Client
  readonly name: string
  readonly #prober: S3Client
  readonly #endpoint: string

  constructor(options: S3Options) {
    const { connectMs, idleMs, answerMs } = { ...TIMEOUTS, ...options.timeouts }
    const { endpoint, forcePathStyle } = addressOf(options)
    const settings = {
      ...{ endpoint, forcePathStyle, region: options.region },
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      requestHandler: {
        ...{ connectionTimeout: connectMs, socketTimeout: idleMs, requestTimeout: answerMs },
        throwOnRequestTimeout: true,
      },
      // Services other than Amazon's refuse, or ignore, the checksums that are sent by default.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const
    this.client = new S3Client({ ...settings, maxAttempts: options.attempts ?? ATTEMPTS })
    this.#prober = new S3Client({ ...settings, maxAttempts: 1 })
    this.name = options.bucket
    this.#endpoint = new URL(options.endpoint).origin
  }

  /** @throws Error whose message tells the operator what is wrong */
  async check(): Promise<void> {
    try {
      const one = new ListObjectsV2Command({ Bucket: this.name, MaxKeys: 1 })
      await this.#prober.send(one, { abortSignal: AbortSignal.timeout(CHECK_MS) })
    } catch (error) {
      throw new Error(faultOf(error, { endpoint: this.#endpoint, bucket: this.name }), { cause: error })
    }
  }

  async put(key: string, bytes: Buffer, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    const object = { Bucket: this.name, Key: key, Body: bytes, Metadata: { ...metadata } }
    await storing(() => this.client.send(new PutObjectCommand(object)))
  }

  /** Stores an object whose SHA-256 is told in its head; returns it, hex. */
  async putHashed(key: string, bytes: Buffer, metadata: Readonly<Record<string, string>> = {}): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await this.put(key, bytes, { ...metadata, [SHA256]: sha256 })
    return sha256
  }

  async head(key: string): Promise<ObjectHead | null> {
    try {
      const head = await this.client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }))
      return { sizeBytes: head.ContentLength ?? 0, etag: head.ETag ?? '', metadata: head.Metadata ?? {} }
    } catch (error) {
      if (s3CodeOf(error) === 'NotFound' || s3CodeOf(error) === 'NoSuchKey') return null
      return reading(() => Promise.reject(error as Error))
    }
  }

  /**
   * Asks for an object or the bytes from `start` to `end`, both counted. Failures are told as they come.
   * @throws S3ServiceException NoSuchKey, InvalidRange, PreconditionFailed when the ETag is not `ifMatch` …
   */
  async get(
    key: string,
    range?: { readonly start: number; readonly end: number },
    ifMatch?: string,
  ): Promise<{ readonly body: Readable; readonly head: ObjectHead }> {
    const { Body, ContentLength, ETag, Metadata } = await this.client.send(
      new GetObjectCommand({
        ...{ Bucket: this.name, Key: key },
        ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
        ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
      }),
    )
    // In Node the body is a Readable, in a browser something else: the types cannot tell.
    const body = Body as Readable
    // The failure of a connection is told to who reads; until somebody does, it must not end the process.
    body.on('error', () => undefined)
    return { body, head: { sizeBytes: ContentLength ?? 0, etag: ETag ?? '', metadata: Metadata ?? {} } }
  }

  /** All objects whose keys begin with `prefix`, in order of the keys. */
  async *list(prefix: string): AsyncGenerator<RawObject> {
    let token: string | undefined
    do {
      const command = new ListObjectsV2Command({
        ...{ Bucket: this.name, Prefix: prefix },
        ...(token === undefined ? {} : { ContinuationToken: token }),
      })
      const page = await reading(() => this.client.send(command))
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, sizeBytes: Size ?? 0, modifiedAt: LastModified ?? new Date(0) }
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let first = 0; first < keys.length; first += KEYS_PER_DELETE) {
      const Objects = keys.slice(first, first + KEYS_PER_DELETE).map((Key) => ({ Key }))
      const command = new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects, Quiet: true } })
      const { Errors = [] } = await storing(() => this.client.send(command))
      const failed = Errors.find(({ Code }) => Code !== 'NoSuchKey')
      if (failed !== undefined) throw new Error(`${failed.Key} was not deleted: ${failed.Code} ${failed.Message}`)
    }
  }

  [Symbol.dispose](): void {
    this.client.destroy()
    this.#prober.destroy()
  }
}

/**
 * Amazon's own addresses have the bucket in the host name; other services take it in the path, unless the endpoint names
 * it already.
 */
function addressOf({ endpoint, bucket }: S3Options): { readonly endpoint: string; readonly forcePathStyle: boolean } {
  const url = new URL(endpoint)
  if (!url.hostname.startsWith(`${bucket}.`)) {
    return { endpoint, forcePathStyle: !url.hostname.endsWith('.amazonaws.com') }
  }
  url.hostname = url.hostname.slice(bucket.length + 1)
  return { endpoint: url.href, forcePathStyle: false }
}
