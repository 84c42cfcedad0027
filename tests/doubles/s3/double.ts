import { randomBytes } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { readBody } from './body.ts'
import type { Answer, S3Call } from './call.ts'
import { S3Error, noSuchKey, notImplemented } from './errors.ts'
import { type Fault, Faults, type Misbehaviour } from './faults.ts'
import { listObjects, listUploads } from './listing.ts'
import { abortUpload, completeUpload, createUpload, listParts, uploadPart, uploadPartCopy } from './multipart.ts'
import { copyObject, deleteObject, deleteObjects, getObject, putObject } from './objects.ts'
import { type Credentials, verify } from './signature.ts'
import { S3State } from './state.ts'
import { errorDocument, xmlDocument } from './xml.ts'

export interface S3DoubleOptions extends Partial<Credentials> {
  /** Buckets that are there from the start. */
  readonly buckets?: readonly string[]
  /** Where objects are kept and come back from; absent: in memory. */
  readonly folder?: string
  readonly port?: number
  readonly now?: () => Date
}

/** One request that was answered, or cut. */
export interface SeenRequest {
  readonly operation: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
}

type Operation = (state: S3State, call: S3Call, body: Awaited<ReturnType<typeof readBody>>) => Answer | Promise<Answer>

const OPERATIONS: Readonly<Record<string, Operation>> = {
  HeadBucket: (state, { bucket }) => ({ status: state.bucket(bucket) === undefined ? 404 : 200 }),
  CreateBucket: (state, { bucket }) => {
    if (state.hasBucket(bucket)) throw new S3Error('BucketAlreadyOwnedByYou', 409, 'The bucket exists, and is yours')
    state.change({ kind: 'bucket', bucket })
    return { status: 200, headers: { Location: `/${bucket}` } }
  },
  GetBucketLocation: (state, { bucket }) => {
    state.bucket(bucket)
    return { status: 200, xml: xmlDocument('LocationConstraint', {}) }
  },
  ...{ ListObjectsV2: listObjects, ListMultipartUploads: listUploads, DeleteObjects: deleteObjects },
  ...{ GetObject: getObject, HeadObject: getObject, PutObject: putObject, CopyObject: copyObject },
  ...{ DeleteObject: deleteObject, CreateMultipartUpload: createUpload, UploadPart: uploadPart },
  ...{ UploadPartCopy: uploadPartCopy, ListParts: listParts, CompleteMultipartUpload: completeUpload },
  AbortMultipartUpload: abortUpload,
}

/** S3's name for what a request asks. */
function operationOf(method: string, key: string, query: URLSearchParams, headers: Record<string, string>): string {
  const of = key === '' ? bucketOperation(method, query) : objectOperation(method, query, headers)
  if (of === undefined) throw notImplemented(`${method} with ?${query.toString()}`)
  return of
}

function bucketOperation(method: string, query: URLSearchParams): string | undefined {
  if (method === 'HEAD') return 'HeadBucket'
  if (method === 'PUT' && query.size === 0) return 'CreateBucket'
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects'
  if (method !== 'GET') return undefined
  if (query.get('list-type') === '2') return 'ListObjectsV2'
  if (query.has('uploads')) return 'ListMultipartUploads'
  return query.has('location') ? 'GetBucketLocation' : undefined
}

function objectOperation(method: string, query: URLSearchParams, headers: Record<string, string>): string | undefined {
  const [part, copy] = [query.has('uploadId'), headers['x-amz-copy-source'] !== undefined]
  switch (method) {
    case 'GET':
      return part ? 'ListParts' : 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'PUT':
      return part ? (copy ? 'UploadPartCopy' : 'UploadPart') : copy ? 'CopyObject' : 'PutObject'
    case 'DELETE':
      return part ? 'AbortMultipartUpload' : 'DeleteObject'
    case 'POST':
      return part ? 'CompleteMultipartUpload' : query.has('uploads') ? 'CreateMultipartUpload' : undefined
    default:
      return undefined
  }
}

/**
 * A server that speaks S3: path-style and virtual-host addresses (`bucket.localhost`), Signature V4, ranges, conditions,
 * copies, multipart uploads. It answers as Amazon does, errors included, and misbehaves when told to.
 */
export class S3Double implements AsyncDisposable {
  readonly faults = new Faults()
  readonly credentials: Credentials
  /** What was asked, in order. */
  readonly seen: SeenRequest[] = []
  readonly #state: S3State
  readonly #now: () => Date
  readonly #unseen = new Map<string, number>()
  #server: Server | null = null
  #port: number

  private constructor(options: S3DoubleOptions) {
    const { accessKeyId = 'AKIDDOUBLE', secretAccessKey = 'a secret of the double', region = 'us-east-1' } = options
    this.credentials = { accessKeyId, secretAccessKey, region }
    this.#state = new S3State(options.folder ?? null)
    this.#now = options.now ?? (() => new Date())
    this.#port = options.port ?? 0
    for (const bucket of options.buckets ?? []) {
      if (!this.#state.hasBucket(bucket)) this.#state.change({ kind: 'bucket', bucket })
    }
  }

  static async start(options: S3DoubleOptions = {}): Promise<S3Double> {
    const double = new S3Double(options)
    await double.revive()
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** What is in a bucket: keys in order, and open multipart uploads. */
  contents(bucket: string): { readonly keys: string[]; readonly uploads: string[] } {
    const { objects, uploads } = this.#state.bucket(bucket)
    return { keys: [...objects.keys()].toSorted(), uploads: [...uploads.values()].map(({ key }) => key).toSorted() }
  }

  /** Ends all multipart uploads, as a rule of the bucket may. */
  forgetUploads(bucket: string): void {
    for (const uploadId of [...this.#state.bucket(bucket).uploads.keys()]) {
      this.#state.change({ kind: 'ended', bucket, uploadId })
    }
  }

  /** How often an operation was asked for since the beginning. */
  count(operation: string): number {
    return this.seen.filter((request) => request.operation === operation).length
  }

  misbehave(fault: Fault): void {
    this.faults.add(fault)
  }

  /** Is gone in an instant, with all connections; what it holds stays. */
  async die(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  /** Listens again, where it did before. */
  async revive(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve)
    })
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase()
    response.setHeader('x-amz-request-id', requestId)
    try {
      await this.#answer(request, response)
    } catch (error) {
      if (response.headersSent || response.destroyed) return void response.destroy()
      const known = error instanceof S3Error ? error : new S3Error('InternalError', 500, String(error))
      const document = errorDocument(known, request.url ?? '', requestId)
      request.resume()
      response.writeHead(known.status, { 'Content-Type': 'application/xml' })
      response.end(request.method === 'HEAD' ? undefined : document)
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [method, [path = '/', search = '']] = [request.method ?? '', splitUrl(request.url ?? '/')]
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const),
    )
    const now = this.#now()
    const { bucket, key } = this.#addressOf(path, headers['host'] ?? '')
    const query = new URLSearchParams(search)
    const operation = operationOf(method, key, query, headers)
    this.seen.push({ operation, key, headers })
    const how = this.faults.next(operation, key)
    if (how?.kind === 'cut') return void request.socket.destroy()
    if (how?.kind === 'error') throw new S3Error(how.code, how.status, 'The double was told to say so')
    const verified = verify({ method, path, query: search, headers }, this.credentials, now)
    const body = await readBody(request, verified)
    if (how?.kind === 'late') await wait(how.ms)
    if (how?.kind === 'error-in-200') return send(response, { status: 200, xml: LATE_ERROR }, null)
    this.#demandSeen(operation, bucket, key)
    const call: S3Call = { method, bucket, key, query, headers, now: wholeSeconds(now) }
    const answer = await this.#perform(operation, call, body)
    if (how?.kind === 'unseen') this.#unseen.set(`${bucket}/${key}`, how.reads)
    if (how?.kind === 'hang') return
    await send(response, answer, how)
  }

  async #perform(operation: string, call: S3Call, body: Awaited<ReturnType<typeof readBody>>): Promise<Answer> {
    if (operation !== 'CreateBucket') this.#state.bucket(call.bucket)
    const perform = OPERATIONS[operation]
    if (perform === undefined) throw notImplemented(operation)
    return perform(this.#state, call, body)
  }

  /** Some services do not show at once what was put. */
  #demandSeen(operation: string, bucket: string, key: string): void {
    if (operation !== 'GetObject' && operation !== 'HeadObject') return
    const left = this.#unseen.get(`${bucket}/${key}`) ?? 0
    if (left === 0) return
    this.#unseen.set(`${bucket}/${key}`, left - 1)
    throw noSuchKey()
  }

  /** `/bucket/key`, or `bucket.localhost` with `/key`. */
  #addressOf(path: string, host: string): { readonly bucket: string; readonly key: string } {
    const virtual = /^(.+)\.localhost(?::\d+)?$/.exec(host)?.[1]
    const decoded = decodeURIComponent(path).slice(1)
    if (virtual !== undefined) return { bucket: virtual, key: decoded }
    const at = decoded.indexOf('/')
    return at < 0 ? { bucket: decoded, key: '' } : { bucket: decoded.slice(0, at), key: decoded.slice(at + 1) }
  }
}

const LATE_ERROR = errorDocument(new S3Error('InternalError', 500, 'We encountered an internal error.'), '/', '0')

function splitUrl(url: string): string[] {
  const at = url.indexOf('?')
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)]
}

/** S3 tells times in whole seconds. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000)
}

async function send(response: ServerResponse, answer: Answer, how: Misbehaviour | null): Promise<void> {
  if (how?.kind === 'cut-answer' && how.bytes === 0) return void response.destroy()
  const xml = answer.xml === undefined ? {} : { 'Content-Type': 'application/xml' }
  const wrong = how?.kind === 'wrong-etag' ? { ETag: '"00000000000000000000000000000000"' } : {}
  const headers = { ...xml, ...answer.headers, ...wrong }
  response.writeHead(answer.status, headers)
  if (answer.stream === undefined) return void response.end(answer.xml)
  let left = how?.kind === 'cut-answer' ? how.bytes : Number.POSITIVE_INFINITY
  for await (const bytes of answer.stream) {
    if (response.destroyed) return
    const taken = bytes.subarray(0, Math.min(left, bytes.length))
    left -= taken.length
    if (left === 0) return void response.write(taken, () => response.destroy())
    if (!response.write(taken)) await drained(response)
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
