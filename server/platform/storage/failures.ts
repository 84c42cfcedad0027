import { StorageFull, StorageUnwritable } from './storage.ts'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const UNWRITABLE = new Set(['EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE'])

/** The code of an operating system's error (`ENOENT`), or '' when it is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/**
 * What a failed write means to a client: no room (507), or a storage that refuses (503: a read-only or broken disk, no
 * rights, no file handles). Anything else stays what it is, a bug.
 */
export function translateWriteError(error: unknown): unknown {
  const code = codeOf(error)
  if (FULL.has(code)) return StorageFull({}, { cause: error })
  if (UNWRITABLE.has(code)) return StorageUnwritable({ headers: { 'Retry-After': '30' } }, { cause: error })
  return error
}

/** True when the error says that there is no such file, also for a path through a file or to a folder. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))
}

/** Runs a write and translates its failure. */
export async function writing<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (error) {
    throw translateWriteError(error)
  }
}
