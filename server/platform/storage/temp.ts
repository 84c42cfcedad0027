import { mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newSecret } from '#kernel/ids.ts'
import { codeOf } from './failures.ts'

/** A folder that is removed with all it holds when it is disposed. */
export interface TempDir extends AsyncDisposable {
  readonly path: string
}

const live = new Set<string>()
let configuredRoot: string | undefined

/**
 * Says where temporary folders are made: the data folder's `tmp/`, on the filesystem of the storage, so that finished
 * files are moved and not copied. Removes what dead processes left there. Without it the system's folder is used.
 */
export async function openTempRoot(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  configuredRoot = root
  await removeLeftovers(root)
}

/** A new, empty folder of one's own: `await using dir = await tempDir()`. */
export async function tempDir(): Promise<TempDir> {
  const path = join(configuredRoot ?? tmpdir(), tempName())
  await mkdir(path, { recursive: true, mode: 0o700 })
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true })
      releaseTempName(path)
    },
  }
}

/** A name that says whose it is, so that what is left of a dead process is recognised: `airdate-<pid>-<random>`. */
export function tempName(): string {
  const name = `airdate-${process.pid}-${newSecret(12)}`
  live.add(name)
  return name
}

/** Tells that the file or folder of this name (or path ending in it) is gone. */
export function releaseTempName(path: string): void {
  live.delete(path.slice(path.lastIndexOf('/') + 1))
}

const NAME = /^airdate-(\d{1,10})-/

/**
 * Removes what processes that no longer live have left in `folder`; returns how many things. Under our own pid (in a container it is the same
 * after each start) everything goes that this process has not made itself.
 */
export async function removeLeftovers(folder: string): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    const pid = Number(NAME.exec(name)?.[1] ?? 0)
    if (pid === 0 || live.has(name) || (pid !== process.pid && isAlive(pid))) continue
    await rm(join(folder, name), { recursive: true, force: true })
    removed += 1
  }
  return removed
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
