import { monotonicMs } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '../context.ts'
import type { Writing } from '../database/database.ts'
import { defineStorageOwner } from '../storage/garbage.ts'
import { assembleUpload } from './concatenation.ts'
import { storageKeyOf, uploadIdOf } from './ids.ts'
import { leaseOf } from './lease.ts'
import { UploadComplete, UploadLocked } from './problems.ts'
import {
  type UploadReference,
  type UploadTx,
  claimAssembly,
  deleteUpload,
  existingUploads,
  expiredUploads,
  idleAssemblies,
  uploadsDb,
} from './queries.ts'
import { removeUpload } from './service.ts'
import type { Uploads } from './uploads.ts'

const BATCH = 100

/** The same context in the name of whom an upload belongs to: so its purpose sees the rows that it made. */
function inTheNameOf(ctx: Ctx, { workspaceId, userId }: UploadReference): Ctx {
  return { ...ctx, scope: { role: 'app', workspaceId, userId } }
}

/**
 * Removes unfinished uploads that have expired, each in a transaction of its own with its purpose's `onAbandon`; returns
 * how many. One that fails is logged and tried again next time. Safe to run twice at once.
 */
export async function sweepExpiredUploads(ctx: Ctx, uploads: Uploads): Promise<number> {
  let removed = 0
  for (;;) {
    const expired = await expiredUploads(ctx, BATCH)
    let removedNow = 0
    for (const upload of expired) if (await removeExpired(ctx, uploads, upload)) removedNow += 1
    removed += removedNow
    if (expired.length < BATCH || removedNow === 0) return removed
  }
}

async function removeExpired(ctx: Ctx, uploads: Uploads, upload: UploadReference): Promise<boolean> {
  try {
    return await removeUpload(inTheNameOf(ctx, upload), uploads, upload.id)
  } catch (error) {
    // Between the look and the lock it was finished or written to: then it has not expired.
    if (!isProblem(error, UploadComplete) && !isProblem(error, UploadLocked)) {
      ctx.log.error({ err: error, uploadId: upload.id }, 'An expired upload could not be removed')
    }
    return false
  }
}

/** Carries on with final uploads whose assembly was cut short by a crash; returns how many became complete. */
export async function resumeAssemblies(ctx: Ctx, uploads: Uploads): Promise<number> {
  let completed = 0
  for (const upload of await idleAssemblies(ctx, BATCH)) {
    const owner = inTheNameOf(ctx, upload)
    const [token, takenAtMs] = [newId(), monotonicMs()]
    const row = await uploadsDb.write(owner, (tx) =>
      claimAssembly(tx, upload.id, { token, ms: uploads.settings.leaseMs }),
    )
    if (row === undefined) continue
    try {
      await assembleUpload(owner, uploads, row, leaseOf(owner, uploads, upload.id, token, takenAtMs))
      completed += 1
    } catch (error) {
      ctx.log.error({ err: error, uploadId: upload.id }, 'A final upload could not be assembled')
    }
  }
  return completed
}

/** Objects of uploads are wanted as long as there is a row: unfinished, or finished and not released. */
export const uploadStorageOwner = defineStorageOwner({
  prefix: 'uploads/',
  isLive: async (ctx, keys) => {
    const ids = keys.map(uploadIdOf).filter((id) => id !== null)
    return new Set((await existingUploads(ctx, ids)).map(storageKeyOf))
  },
})

/**
 * Gives up a finished upload: who took its file in `onComplete` needs it no more. Call it in the transaction that removes
 * the last row that names the file, in the scope of its workspace. Returns the keys to delete after the commit; what is not
 * deleted then, the garbage collection finds.
 */
export async function releaseUpload(tx: Writing, uploadId: string): Promise<string[]> {
  return (await deleteUpload(tx as unknown as UploadTx, uploadId)).map(storageKeyOf)
}
