import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { namesIn, readTextIfThere, remove, writeQuickly } from '#platform/config/files.ts'
import { monotonicMs } from '#kernel/clock.ts'
import { identityOf, isRunning, parseFields, parseIdentity, type ProcessIdentity, signalProcess } from './identity.ts'

/*
 * One file for each child of this process, in the data folder's `run/children`. Children die with us by a signal from
 * the kernel; where that fails (another system than Linux, a program that drops the signal) the next start finds the
 * file, recognises the process by pid AND start time, and ends it. Files are not synced: after a power failure there
 * is no process either.
 */

let registryFolder: string | null = null

/** From now on this process's children are recorded in `folder`; null: they are not (the default). */
export function recordChildrenIn(folder: string | null): void {
  registryFolder = folder
}

/** How a child that was left behind is ended: QUIT lets it end its own children first (PostgreSQL). */
export type LastSignal = 'KILL' | 'QUIT'

/**
 * Records a child that was just started. `what` is a word or two for the log. Call the answer when the child has ended;
 * calling it twice is harmless.
 */
export function register(pid: number, what: string, lastSignal: LastSignal = 'KILL'): () => void {
  const identity = registryFolder === null ? null : identityOf(pid)
  if (registryFolder === null || identity === null) return () => undefined
  const path = join(registryFolder, `${pid}.json`)
  writeQuickly(path, JSON.stringify({ ...identity, what, lastSignal } satisfies ChildRecord))
  return () => remove(path)
}

/** A process that an earlier run left behind and that was ended now. */
export interface Leftover {
  readonly pid: number
  readonly what: string
}

interface ChildRecord extends ProcessIdentity, Leftover {
  readonly lastSignal: LastSignal
}

/** How long a process has to end by itself before it is killed. */
const POLITE_MS = 5000

/**
 * Ends what is left of an earlier run and clears its records. Only the holder of the data folder's lock may call it.
 * A process that merely has the number of a recorded one is left alone. Answers what was ended.
 */
export async function endLeftovers(folder: string): Promise<Leftover[]> {
  const found: Leftover[] = []
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    const record = parseRecord(readTextIfThere(path))
    if (record !== null && isRunning(record)) {
      await endProcess(record, record.lastSignal)
      found.push({ pid: record.pid, what: record.what })
    }
    remove(path)
  }
  return found
}

/**
 * Ends a process: with KILL its whole group at once; with QUIT the process alone, and its group by KILL when it is still
 * there after five seconds. Resolves when it is gone.
 */
export async function endProcess(identity: ProcessIdentity, lastSignal: LastSignal): Promise<void> {
  let killed = lastSignal === 'KILL'
  if (killed) kill(identity.pid)
  else signalProcess(identity.pid, 'SIGQUIT', 'process')
  const begin = monotonicMs()
  while (isRunning(identity)) {
    if (!killed && monotonicMs() - begin > POLITE_MS) {
      killed = true
      kill(identity.pid)
    }
    await delay(5)
  }
}

function kill(pid: number): void {
  if (!signalProcess(pid, 'SIGKILL', 'group')) signalProcess(pid, 'SIGKILL', 'process')
}

function parseRecord(text: string | null): ChildRecord | null {
  const identity = text === null ? null : parseIdentity(text)
  if (text === null || identity === null) return null
  const { what, lastSignal } = parseFields(text) ?? {}
  return { ...identity, what: String(what), lastSignal: lastSignal === 'QUIT' ? 'QUIT' : 'KILL' }
}
