import { isKey } from '../keys.ts'
import type { S3Bucket } from './bucket.ts'
import { abortMultipart, isMade, openMultiparts } from './multipart.ts'
import { type ListedTail, deleteTails, tailSizes, tailsBelow, writesOf } from './tails.ts'

/**
 * Removes what broken writes left: multipart uploads that were begun before `olderThan` and that no draft goes on with, and
 * tails of drafts that were sealed. Returns how many of both. Safe to run twice at once.
 */
export async function sweepUnfinished(bucket: S3Bucket, olderThan: Date): Promise<number> {
  let swept = 0
  for await (const { key, uploadId, initiatedAt } of openMultiparts(bucket)) {
    // Who uses the bucket for other things has other keys: they are left alone.
    if (!isKey(key) || initiatedAt >= olderThan) continue
    const writes = await writesOf(bucket, key, await tailSizes(bucket, key))
    if (writes.some((write) => write.uploadId === uploadId)) continue
    await abortMultipart(bucket, { key, uploadId })
    swept += 1
  }
  const old: ListedTail[] = []
  for await (const tail of tailsBelow(bucket, '')) if (tail.modifiedAt < olderThan) old.push(tail)
  for (const { key, sizeBytes } of old) {
    const [write] = await writesOf(bucket, key, [sizeBytes])
    if (write === undefined || !(await isMade(bucket, { key, writeId: write.writeId }))) continue
    await deleteTails(bucket, key, [sizeBytes])
    swept += 1
  }
  return swept
}
