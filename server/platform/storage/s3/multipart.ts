import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { newId } from '#kernel/ids.ts'
import type { ByteRange } from '../storage.ts'
import { type S3Bucket, WRITE_ID } from './bucket.ts'
import { reading, s3CodeOf, storing } from './errors.ts'

const MIB = 1024 * 1024
// S3's limits: no part but the last is smaller, and there are no more of them.
const MIN_PART_BYTES = 5 * MIB
export const MAX_PARTS = 10_000

/** The size of the parts of an object of at most so many bytes: all are equal but the last, as some services demand. */
export function partBytesFor(sizeBytes: number, leastBytes = MIN_PART_BYTES): number {
  return Math.max(leastBytes, Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB)
}

/** An object that is being made of parts. */
export interface Multipart {
  readonly key: string
  readonly uploadId: string
  /** Stands in the metadata of the object that it becomes. */
  readonly writeId: string
}

export interface SentPart {
  readonly number: number
  readonly sizeBytes: number
  readonly etag: string
}

export async function createMultipart(
  bucket: S3Bucket,
  key: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Multipart> {
  const writeId = metadata[WRITE_ID] ?? newId()
  const object = { Bucket: bucket.name, Key: key, Metadata: { ...metadata, [WRITE_ID]: writeId } }
  const { UploadId } = await storing(() => bucket.client.send(new CreateMultipartUploadCommand(object)))
  if (UploadId === undefined) throw new Error('The service gave a multipart upload without an id')
  return { key, uploadId: UploadId, writeId }
}

/** Sends a part; what was sent under its number before is replaced. Returns its ETag. */
export async function sendPart(bucket: S3Bucket, to: Multipart, number: number, bytes: Buffer): Promise<string> {
  const part = { Bucket: bucket.name, Key: to.key, UploadId: to.uploadId, PartNumber: number, Body: bytes }
  const { ETag } = await storing(() => bucket.client.send(new UploadPartCommand(part)))
  return ETag ?? ''
}

/** Makes a part of a range of another object, without carrying its bytes. Returns its ETag. */
export async function copyPart(
  bucket: S3Bucket,
  to: Multipart,
  number: number,
  from: { readonly key: string; readonly etag: string; readonly range: ByteRange },
): Promise<string> {
  const command = new UploadPartCopyCommand({
    ...{ Bucket: bucket.name, Key: to.key, UploadId: to.uploadId, PartNumber: number },
    ...{ CopySource: `${bucket.name}/${from.key}`, CopySourceIfMatch: from.etag },
    CopySourceRange: `bytes=${from.range.start}-${from.range.end}`,
  })
  const { CopyPartResult } = await storing(() => bucket.client.send(command))
  return CopyPartResult?.ETag ?? ''
}

/** The parts that have arrived, by number. */
export async function sentParts(bucket: S3Bucket, of: Multipart): Promise<Map<number, SentPart>> {
  const parts = new Map<number, SentPart>()
  let marker: string | undefined
  do {
    const command = new ListPartsCommand({
      ...{ Bucket: bucket.name, Key: of.key, UploadId: of.uploadId },
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    })
    const page = await reading(() => bucket.client.send(command))
    for (const { PartNumber: number = 0, Size: sizeBytes = 0, ETag: etag = '' } of page.Parts ?? []) {
      parts.set(number, { number, sizeBytes, etag })
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
  } while (marker !== undefined)
  return parts
}

/**
 * Makes the object of its parts. Idempotent: when an earlier try was answered by silence, the object itself tells whether
 * it was made.
 */
export async function completeMultipart(bucket: S3Bucket, of: Multipart, parts: readonly SentPart[]): Promise<void> {
  try {
    await sendCompletion(bucket, of, parts)
  } catch (error) {
    if (s3CodeOf(error) === 'NoSuchUpload' && (await isMade(bucket, of))) return
    if (s3CodeOf(error) !== 'InvalidPart') return storing(() => Promise.reject(error as Error))
    // An answer may have told a wrong ETag. Parts of the right size under their number are ours: nobody else knows the id.
    const arrived = await sentParts(bucket, of)
    const again = parts.map((part) => arrived.get(part.number))
    if (again.some((part, index) => part?.sizeBytes !== parts[index]?.sizeBytes)) throw error
    await storing(() => sendCompletion(bucket, of, again as SentPart[]))
  }
}

async function sendCompletion(bucket: S3Bucket, of: Multipart, parts: readonly SentPart[]): Promise<void> {
  const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }))
  await bucket.client.send(
    new CompleteMultipartUploadCommand({
      ...{ Bucket: bucket.name, Key: of.key, UploadId: of.uploadId, MultipartUpload: { Parts } },
    }),
  )
}

/** True when the object under the key is the one that this multipart upload was for. */
export async function isMade(bucket: S3Bucket, { key, writeId }: Pick<Multipart, 'key' | 'writeId'>): Promise<boolean> {
  return (await bucket.head(key))?.metadata[WRITE_ID] === writeId
}

/** Forgets an upload and its parts; one that is not there is no error. */
export async function abortMultipart(bucket: S3Bucket, of: Pick<Multipart, 'key' | 'uploadId'>): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket.name, Key: of.key, UploadId: of.uploadId })
  try {
    await bucket.client.send(command)
  } catch (error) {
    if (s3CodeOf(error) !== 'NoSuchUpload') await storing(() => Promise.reject(error as Error))
  }
}

/** Uploads that are neither completed nor aborted. */
export async function* openMultiparts(
  bucket: S3Bucket,
): AsyncGenerator<{ readonly key: string; readonly uploadId: string; readonly initiatedAt: Date }> {
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | null = {}
  while (marker !== null) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket: bucket.name, ...marker })
    const page = await reading(() => bucket.client.send(command))
    for (const { Key: key, UploadId: uploadId, Initiated: initiatedAt } of page.Uploads ?? []) {
      if (key !== undefined && uploadId !== undefined && initiatedAt !== undefined) yield { key, uploadId, initiatedAt }
    }
    const { NextKeyMarker, NextUploadIdMarker } = page
    marker =
      page.IsTruncated === true && NextKeyMarker !== undefined
        ? {
            KeyMarker: NextKeyMarker,
            ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
          }
        : null
  }
}
