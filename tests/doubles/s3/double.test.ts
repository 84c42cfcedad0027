import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { tempDir } from '#platform/storage/temp.ts'
import { S3Double } from './double.ts'

const Bucket = 'films'
const MIB = 1024 * 1024
const md5 = (...pieces: Buffer[]): string => createHash('md5').update(Buffer.concat(pieces)).digest('hex')

class Disposing extends S3Client implements Disposable {
  [Symbol.dispose](): void {
    this.destroy()
  }
}

/** A client as it comes out of the box, checksums and all. */
function clientOf(double: S3Double, settings: object = {}): Disposing {
  const { accessKeyId, secretAccessKey, region } = double.credentials
  return new Disposing({
    ...{ endpoint: double.url, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } },
    ...settings,
  })
}

const textOf = async (client: S3Client, Key: string, more: object = {}): Promise<string> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return (await Body?.transformToString()) ?? ''
}

const named = (name: string): unknown => expect.objectContaining({ name })

test('a stock client puts bytes and streams, and gets them whole, in ranges and under conditions', async () => {
  await using double = await S3Double.start({ buckets: [Bucket] })
  using client = clientOf(double)
  const Metadata = { mood: 'calm & <bright>' }
  const put = await client.send(new PutObjectCommand({ Bucket, Key: "a/ü $+'(1)!.txt", Body: '0123456789', Metadata }))
  expect(put.ETag).toBe(`"${md5(Buffer.from('0123456789'))}"`)
  const streamed = new PutObjectCommand({ Bucket, Key: 's', Body: Readable.from(['01', '23']), ContentLength: 4 })
  await client.send(streamed)
  const seen = double.seen.find((request) => request.key === 's')
  expect(seen?.headers['x-amz-content-sha256']).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
  expect(await textOf(client, 's')).toBe('0123')
  const Key = "a/ü $+'(1)!.txt"
  const head = await client.send(new HeadObjectCommand({ Bucket, Key }))
  expect(head).toMatchObject({ ContentLength: 10, ETag: put.ETag, Metadata })
  expect(await textOf(client, Key, { Range: 'bytes=2-4' })).toBe('234')
  expect(await textOf(client, Key, { Range: 'bytes=-3' })).toBe('789')
  expect(await textOf(client, Key, { Range: 'bytes=8-100', IfMatch: put.ETag })).toBe('89')
  await expect(textOf(client, Key, { Range: 'bytes=10-' })).rejects.toEqual(named('InvalidRange'))
  await expect(textOf(client, Key, { IfMatch: '"other"' })).rejects.toEqual(named('PreconditionFailed'))
  await expect(textOf(client, Key, { IfNoneMatch: put.ETag })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  })
  await expect(textOf(client, 'none')).rejects.toEqual(named('NoSuchKey'))
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toEqual(named('NotFound'))
  const elsewhere = new PutObjectCommand({ Bucket: 'nowhere', Key, Body: 'x' })
  await expect(client.send(elsewhere)).rejects.toEqual(named('NoSuchBucket'))
})

test('writes can be made conditional', async () => {
  await using double = await S3Double.start({ buckets: [Bucket] })
  using client = clientOf(double)
  const put = (Body: string, condition: object): Promise<{ ETag?: string | undefined }> =>
    client.send(new PutObjectCommand({ Bucket, Key: 'c', Body, ...condition }))
  await expect(put('x', { IfMatch: '"none"' })).rejects.toEqual(named('NoSuchKey'))
  const first = await put('one', { IfNoneMatch: '*' })
  await expect(put('two', { IfNoneMatch: '*' })).rejects.toEqual(named('PreconditionFailed'))
  await put('two', { IfMatch: first.ETag })
  await expect(put('three', { IfMatch: first.ETag })).rejects.toEqual(named('PreconditionFailed'))
  expect(await textOf(client, 'c')).toBe('two')
})

test('listings come in pages, with prefixes and delimiters, in order of bytes', async () => {
  await using double = await S3Double.start({ buckets: [Bucket] })
  using client = clientOf(double)
  for (const Key of ['a/1', 'a/2', 'a-b', 'B', 'b/1', 'b/2/x', 'z&<']) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  }
  const keys: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }))
    keys.push(...(page.Contents ?? []).map((object) => object.Key ?? ''))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  expect(keys).toEqual(['B', 'a-b', 'a/1', 'a/2', 'b/1', 'b/2/x', 'z&<'])
  const shallow = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
  expect(shallow.CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'b/' }])
  expect(shallow.Contents?.map((object) => object.Key)).toEqual(['B', 'a-b', 'z&<'])
  const deep = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', Delimiter: '/' }))
  expect(deep).toMatchObject({ CommonPrefixes: [{ Prefix: 'b/2/' }], Contents: [{ Key: 'b/1', Size: 1 }], KeyCount: 2 })
  const Objects = ['a/1', 'a/2', 'none', 'z&<'].map((Key) => ({ Key }))
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  expect(double.contents(Bucket).keys).toEqual(['B', 'a-b', 'b/1', 'b/2/x'])
})

test('multipart uploads keep the rules: least sizes, ETags, order, pages, copies, and an ETag of ETags', async () => {
  await using double = await S3Double.start({ buckets: [Bucket] })
  using client = clientOf(double)
  const [Key, big, small] = ['film', randomBytes(5 * MIB), randomBytes(100)]
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: big }))
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { by: 'parts' } }))
  const part = async (PartNumber: number, Body: Buffer): Promise<string | undefined> =>
    (await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))).ETag
  const complete = (
    ...Parts: { PartNumber: number; ETag: string | undefined }[]
  ): Promise<{ ETag?: string | undefined }> =>
    client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
  const one = { PartNumber: 1, ETag: await part(1, small) }
  const three = { PartNumber: 3, ETag: await part(3, small) }
  const CopySource = `${Bucket}/source`
  const copied = await client.send(
    new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 2, CopySource, CopySourceRange: 'bytes=0-5242879' }),
  )
  const two = { PartNumber: 2, ETag: copied.CopyPartResult?.ETag }
  await expect(complete(one, two, three)).rejects.toEqual(named('EntityTooSmall'))
  await expect(complete(two, one)).rejects.toEqual(named('InvalidPartOrder'))
  await expect(complete({ ...one, ETag: '"0"' })).rejects.toEqual(named('InvalidPart'))
  await expect(complete({ PartNumber: 4, ETag: one.ETag })).rejects.toEqual(named('InvalidPart'))
  const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2 }))
  expect(listed).toMatchObject({
    IsTruncated: true,
    NextPartNumberMarker: '2',
    Parts: [{ Size: 100 }, { Size: 5 * MIB }],
  })
  const next = new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker: listed.NextPartNumberMarker })
  expect(await client.send(next)).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3, ETag: three.ETag }] })
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'fi' }))
  expect(Uploads).toMatchObject([{ Key, UploadId }])
  const { ETag } = await complete(two, three)
  const md5s = [big, small].map((bytes) => createHash('md5').update(bytes).digest())
  expect(ETag).toBe(`"${md5(...md5s)}-2"`)
  const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }))
  expect(Buffer.concat([big, small]).equals(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(true)
  expect(Metadata).toEqual({ by: 'parts' })
  await expect(complete(two, three)).rejects.toEqual(named('NoSuchUpload'))
  await client.send(new CopyObjectCommand({ Bucket, Key: 'again', CopySource: `${Bucket}/${Key}` }))
  expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'again' }))).toMatchObject({ ETag, Metadata })
  const toItself = new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}` })
  await expect(client.send(toItself)).rejects.toEqual(named('InvalidRequest'))
})

test('a body that was changed on its way is refused', async () => {
  await using double = await S3Double.start({ buckets: [Bucket] })
  using client = clientOf(double)
  for (const wrong of [{ ChecksumCRC32: 'AAAAAA==' }, { ChecksumSHA256: 'AAAA' }, { ContentMD5: 'AAAA' }]) {
    const put = new PutObjectCommand({ Bucket, Key: 'x', Body: 'bytes', ...wrong })
    await expect(client.send(put)).rejects.toEqual(named('BadDigest'))
  }
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
    await client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'bytes', ChecksumAlgorithm }))
    expect(await textOf(client, 'x')).toBe('bytes')
  }
  expect(double.contents(Bucket).keys).toEqual(['x'])
})

test('the bucket can stand in the host name', async () => {
  await using double = await S3Double.start({ buckets: [Bucket] })
  const lookup = (_host: string, _options: object, done: (error: null, to: object[]) => void): void =>
    done(null, [{ address: '127.0.0.1', family: 4 }])
  const httpAgent = new Agent({ lookup: lookup as never })
  const endpoint = double.url.replace('127.0.0.1', 'localhost')
  using client = clientOf(double, { endpoint, forcePathStyle: false, requestHandler: { httpAgent } })
  await client.send(new PutObjectCommand({ Bucket, Key: 'deep/key', Body: 'virtual' }))
  expect(await textOf(client, 'deep/key')).toBe('virtual')
  expect(double.seen[0]?.headers['host']).toBe(`${Bucket}.${new URL(endpoint).host}`)
  expect(double.contents(Bucket).keys).toEqual(['deep/key'])
})

test('it dies and comes back with what it had, also in another process over the same folder', async () => {
  await using folder = await tempDir()
  const bytes = randomBytes(3 * MIB)
  const where = { buckets: [Bucket], folder: folder.path }
  await using double = await S3Double.start(where)
  using client = clientOf(double, { maxAttempts: 1 })
  await client.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'old' }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: bytes }))
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'gone' }] } }))
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'growing' }))
  await client.send(new UploadPartCommand({ Bucket, Key: 'growing', UploadId, PartNumber: 1, Body: bytes }))
  await double.die()
  await expect(textOf(client, 'kept')).rejects.toMatchObject({ code: expect.stringMatching(/^ECONN/) })
  await double.revive()
  expect(await textOf(client, 'kept', { Range: 'bytes=0-3' })).toBe(bytes.toString('utf8', 0, 4))
  await using other = await S3Double.start(where)
  expect(other.contents(Bucket)).toEqual({ keys: ['kept'], uploads: ['growing'] })
  using second = clientOf(other)
  const { Body } = await second.send(new GetObjectCommand({ Bucket, Key: 'kept' }))
  expect(bytes.equals(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(true)
  const { Parts } = await second.send(new ListPartsCommand({ Bucket, Key: 'growing', UploadId }))
  expect(Parts).toMatchObject([{ PartNumber: 1, Size: 3 * MIB }])
})

test('it runs as a process of its own, takes faults by its input, and ends with it', async () => {
  const program = join(import.meta.dirname, 'fixtures/program.ts')
  const child = spawn(process.execPath, [program, '--bucket', Bucket, '--secret', 'a secret'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  using client = new Disposing({
    ...{ endpoint: url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: { accessKeyId: 'AKIDDOUBLE', secretAccessKey: 'a secret' },
  })
  await client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'there' }))
  child.stdin.write(
    `${JSON.stringify({ operation: 'GetObject', how: { kind: 'error', status: 503, code: 'SlowDown' } })}\n`,
  )
  await expect.poll(() => textOf(client, 'x').catch((error: Error) => error.name)).toBe('SlowDown')
  expect(await textOf(client, 'x')).toBe('there')
  child.stdin.end()
  expect((await ended)[0]).toBe(0)
})
