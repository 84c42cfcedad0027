import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '#kernel/clock.ts'
import { type ProcessIdentity, identityOf, isRunning } from '#platform/process/identity.ts'

/** A process that works in a folder or names it on its command line. */
export interface Worker {
  readonly identity: ProcessIdentity
  readonly commandLine: string
}

/** All processes of this machine that work in `folder` or below, or name it on their command line (Linux). */
export function workersIn(folder: string): Worker[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const commandLine = ifThere(() => readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' '))
      const place = ifThere(() => readlinkSync(`/proc/${name}/cwd`))
      if (!commandLine.includes(folder) && place !== folder && !place.startsWith(`${folder}/`)) return []
      const identity = identityOf(Number(name))
      return identity === null ? [] : [{ identity, commandLine: commandLine.trim() }]
    })
}

/** Waits for a process in `folder` whose command line is like this, for as long as it takes. */
export async function firstWorkerIn(folder: string, like: RegExp): Promise<Worker> {
  for (;;) {
    const worker = workersIn(folder).find(({ commandLine }) => like.test(commandLine))
    if (worker !== undefined) return worker
    // Looking at every process takes a processor for some milliseconds, and what is awaited needs it too.
    await delay(10)
  }
}

/** Kills in the given order, then whatever has come meanwhile, until nothing is left. */
export async function killAll(first: readonly Worker[], folder: string): Promise<void> {
  for (let left = first; left.length > 0; left = workersIn(folder)) {
    for (const { identity } of left) kill(identity.pid)
    await delay(2)
  }
}

/** Sends SIGKILL; a process that is gone already is as good. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Waits for the end of these processes and returns those that still run after `patienceMs`. */
export async function survivorsOf(workers: readonly Worker[], patienceMs: number): Promise<Worker[]> {
  const deadlineMs = monotonicMs() + patienceMs
  let left = [...workers]
  while (left.length > 0 && monotonicMs() < deadlineMs) {
    left = left.filter(({ identity }) => isRunning(identity))
    await delay(10)
  }
  return left
}

/** Nothing for a process that ends while it is looked at, or is none of our business. */
function ifThere(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(ENOENT|ESRCH|EACCES|EPERM)$/.test(String(error.code))) return ''
    throw error
  }
}
