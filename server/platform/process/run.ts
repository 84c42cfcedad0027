import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What a child may use at most. An absent figure is not limited. */
export interface Limits {
  readonly cpuSeconds?: number
  /** Address space (RLIMIT_AS), not resident memory. */
  readonly memoryBytes?: number
  /** The largest file the child may write (RLIMIT_FSIZE). */
  readonly fileSizeBytes?: number
  readonly openFiles?: number
}

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

/**
 * Runs a program without a shell and waits for its end. The child leads a process group of its own that is killed on
 * timeout and abort, and on Linux it dies with us (PR_SET_PDEATHSIG through setpriv). The environment is empty but for
 * PATH and the locale: nothing of ours, secrets least of all, reaches a decoder of untrusted bytes.
 * @throws Error when the program cannot be started
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const [command, ...rest] = confined(program, args, options)
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin', LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let ended: RunResult['ended'] = 'exit'
  const kill = (reason: RunResult['ended']): void => {
    if (ended === 'exit') ended = reason
    killGroup(child.pid)
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
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { exitCode, signal, stdout: Buffer.concat(stdout), stderr: stderr.toString('utf8'), ended }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** The argument vector that starts `program` under a parent-death signal, its limits and its niceness. */
function confined(program: string, args: readonly string[], options: RunOptions): [string, ...string[]] {
  if (process.platform !== 'linux') return [program, ...args]
  const { cpuSeconds, memoryBytes, fileSizeBytes, openFiles } = options.limits ?? {}
  const limits = [
    cpuSeconds !== undefined ? [`--cpu=${cpuSeconds}`] : [],
    memoryBytes !== undefined ? [`--as=${memoryBytes}`] : [],
    fileSizeBytes !== undefined ? [`--fsize=${fileSizeBytes}`] : [],
    openFiles !== undefined ? [`--nofile=${openFiles}`] : [],
  ].flat()
  return [
    'setpriv',
    '--pdeathsig',
    'KILL',
    ...(options.nice ? ['nice', '-n', String(options.nice)] : []),
    ...(limits.length > 0 ? ['prlimit', ...limits, '--'] : []),
    program,
    ...args,
  ]
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
