import type { Readable } from 'node:stream'
import { S3Storage, type S3StorageOptions } from '#platform/storage/s3/storage.ts'
import { S3Double, type S3DoubleOptions } from '../doubles/s3/double.ts'

/** The bucket of every double that tests start. */
export const BUCKET = 'airdate-test'

/** A double with an empty bucket. */
export function startS3(options: S3DoubleOptions = {}): Promise<S3Double> {
  return S3Double.start({ buckets: [BUCKET], ...options })
}

/** What a process is told of a double. */
export function s3ConfigOf(double: S3Double): S3StorageOptions {
  return { endpoint: double.url, bucket: BUCKET, ...double.credentials }
}

/** The storage on a double, as one process has it. */
export function storageOn(double: S3Double, options: Partial<S3StorageOptions> = {}): S3Storage {
  return new S3Storage({ ...s3ConfigOf(double), ...options })
}

/** All bytes of a stream. `buffer` of Node's consumers takes them through a Blob, which is felt with megabytes. */
export async function bytesIn(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[])
}
