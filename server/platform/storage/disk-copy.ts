import { constants, copyFile, link, open, utimes } from 'node:fs/promises'
import { systemClock } from '#kernel/clock.ts'
import { codeOf, isAbsence, translateWriteError } from './failures.ts'
import { ObjectNotFound } from './storage.ts'

// The filesystem has no hard links, or no more of them for this file.
const UNLINKABLE = new Set(['EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/**
 * Gives a durable file that is never written to again a second name; where that cannot be, makes a durable copy.
 * @throws ObjectNotFound when there is no such file
 * @throws StorageFull, StorageUnwritable
 */
export async function linkOrCopy(from: string, to: string, demandRoom: () => Promise<void>): Promise<void> {
  try {
    await makeSecond(from, to, demandRoom)
  } catch (error) {
    throw isAbsence(error) ? ObjectNotFound({}, { cause: error }) : translateWriteError(error)
  }
}

async function makeSecond(from: string, to: string, demandRoom: () => Promise<void>): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!UNLINKABLE.has(codeOf(error))) throw error
    await demandRoom()
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await using file = await open(to, 'r+')
    await file.sync()
    return
  }
  // Two names share one time. With the old one the garbage collection would take a copy that no row names yet.
  const now = systemClock.now()
  await utimes(to, now, now)
}
