import type { S3Config } from '../config/config.ts'
import { openDiskStorage } from './disk.ts'
import type { Storage } from './storage.ts'

export interface OpenStorageOptions {
  /** null: a disk. */
  readonly s3: S3Config | null
  /** The folder of the objects when they are on a disk; made when it is missing. */
  readonly root: string
  /** Bytes of the disk that are left to others. */
  readonly reserveBytes: number
}

/** Opens the storage that the configuration names. What S3 needs is loaded only for it. */
export async function openStorage(options: OpenStorageOptions): Promise<Storage & Partial<AsyncDisposable>> {
  if (options.s3 === null) return openDiskStorage(options)
  const { S3Storage } = await import('./s3/storage.ts')
  return new S3Storage(options.s3)
}
