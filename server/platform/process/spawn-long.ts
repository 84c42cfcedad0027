import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { endOf, type Exit } from './end-of.ts'
import { CHILD_ENV, confined, type Confinement } from './confine.ts'
import { signalProcess } from './identity.ts'
import { register } from './registry.ts'

export interface LongOptions extends Confinement {
  readonly cwd: string
  /** A word or two for the log and the record of children. */
  readonly what: string
  /** Called with each line that the child writes to standard output or standard error. */
  readonly onLine: (line: string) => void
}

/** A child that runs until it is told to end. */
export interface LongChild {
  readonly pid: number
  /** Resolves when the child has ended and all its lines were handed over. Never rejects. */
  readonly exited: Promise<Exit>
  /** Sends a signal to the child alone; false when it is gone. */
  readonly signal: (signal: NodeJS.Signals) => boolean
}

/**
 * Starts a program that stays. It has a process group of its own (Ctrl-C in a terminal reaches only us, and we decide),
 * dies with us on Linux, and is recorded until it ends.
 * @throws Error when the program cannot be started
 */
export async function spawnLong(program: string, args: readonly string[], options: LongOptions): Promise<LongChild> {
  const [command, ...rest] = confined(program, args, options)
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: CHILD_ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const exited = endOf(child)
  // both reject when the program cannot be started
  await Promise.race([once(child, 'spawn'), exited])
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} has no process id`)
  const unregister = register(pid, options.what, options.deathSignal)
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', options.onLine)
  return {
    pid,
    exited: exited.finally(unregister),
    signal: (signal) => signalProcess(pid, signal, 'process'),
  }
}
