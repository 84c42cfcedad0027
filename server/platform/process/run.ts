import { spawn } from 'node:child_process'
import { endOf } from './end-of.ts'
import { CHILD_ENV, confined, type Limits } from './confine.ts'
import { signalProcess } from './identity.ts'
import { register } from './registry.ts'

export type { Limits } from './confine.ts'

export interface RunOptions {
  /** The child's working folder; for untrusted input a temporary folder with nothing else in it. */
  readonly cwd: string
  /** Wall clock; the whole process group is killed when it is over. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly limits?: Limits
  /** Called with each piece of standard output; without it, output is collected up to `maxOutputBytes`. */
  readonly onStdout?: (chunk: Buffer) => void
  /** At most this much of standard output is kept; more kills the child. Default 16 MiB. */
  readonly maxOutputBytes?: number
  /** Added to the niceness: media work yields to requests. Default 0. */
  readonly nice?: number
}

export interface RunResult {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** Collected standard output; empty when `onStdout` took it. */
  readonly stdout: Buffer
  /** The last 64 KiB of standard error. */
  readonly stderr: string
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'output-limit'
}

const STDERR_KEPT_BYTES = 64 * 1024
const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024

// what a shell and setpriv answer for a program that is not there, or is none (POSIX sh, 2.8.2)
const NOT_STARTED: ReadonlySet<number> = new Set([126, 127])

/**
 * Runs a program without a shell and waits for its end. The child leads a process group of its own that is killed on
 * timeout and abort, and on Linux it dies with us (see `confined`). It is recorded while it runs, so that the next start
 * ends what is left of this one. The environment is empty but for PATH and the locale: nothing of ours, secrets least
 * of all, reaches a decoder of untrusted bytes.
 * @throws Error when the program cannot be started
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const [command, ...rest] = confined(program, args, options)
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: CHILD_ENV,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const unregister = child.pid === undefined ? () => undefined : register(child.pid, program)
  let ended: RunResult['ended'] = 'exit'
  const kill = (reason: RunResult['ended']): void => {
    if (ended === 'exit') ended = reason
    if (child.pid !== undefined) signalProcess(child.pid, 'SIGKILL', 'group')
  }
  const timer = setTimeout(() => kill('timeout'), options.timeoutMs)
  const onAbort = (): void => kill('aborted')
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()

  const stdout: Buffer[] = []
  let stdoutBytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    if (options.onStdout !== undefined) return options.onStdout(chunk)
    stdoutBytes += chunk.length
    if (stdoutBytes > (options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES)) return kill('output-limit')
    stdout.push(chunk)
  })
  let stderr = Buffer.alloc(0)
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_KEPT_BYTES)
  })

  try {
    const { exitCode, signal } = await endOf(child)
    if (ended === 'exit' && exitCode !== null && NOT_STARTED.has(exitCode)) {
      throw new Error(`${program} cannot be started: ${stderr.toString('utf8').trim()}`)
    }
    return { exitCode, signal, stdout: Buffer.concat(stdout), stderr: stderr.toString('utf8'), ended }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    unregister()
  }
}
