import { type ChildProcess, spawn } from 'node:child_process'
import { CHILD_ENV, type Limits, confined } from './confine.ts'
import { type Exit, endOf } from './end-of.ts'
import { signalProcess } from './identity.ts'
import { register } from './registry.ts'

/** A program with its arguments. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly limits?: Limits
  /** Added to the environment, which is empty but for PATH and the locale. */
  readonly env?: Readonly<Record<string, string>>
}

export interface PipedOptions {
  /** The working folder of both. */
  readonly cwd: string
  /** Wall clock; both process groups are killed when it is over. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly nice?: number
  /** Called with each piece of the second program's standard output. */
  readonly onStdout?: (chunk: Buffer) => void
}

/** How one of the two ended, with the last 64 KiB of its standard error. */
export interface PipedEnd extends Exit {
  readonly stderr: string
}

export interface PipedResult {
  readonly source: PipedEnd
  readonly sink: PipedEnd
  readonly ended: 'exit' | 'timeout' | 'aborted'
}

const STDERR_KEPT_BYTES = 64 * 1024

/**
 * Runs two programs of which the second reads what the first writes, through the kernel: what flows between them never
 * passes through us, and the faster one waits for the slower. Both are kept as `run` keeps a child. The caller looks at
 * both ends: a source that failed looks to the sink like one that is done.
 * @throws Error when one of them cannot be started; the other is killed
 */
export async function runPiped(source: Command, sink: Command, options: PipedOptions): Promise<PipedResult> {
  const first = start(source, options, 'ignore')
  const second = start(sink, options, first.child.stdout ?? 'ignore')
  // Now that the sink has it, ours is closed, before anything of it is read: else the source would never learn that the
  // sink is gone, and its first bytes might end here.
  first.child.stdout?.destroy()
  second.child.stdout?.on('data', options.onStdout ?? (() => undefined))
  let ended: PipedResult['ended'] = 'exit'
  const kill = (reason: PipedResult['ended']): void => {
    if (ended === 'exit') ended = reason
    first.kill()
    second.kill()
  }
  const timer = setTimeout(() => kill('timeout'), options.timeoutMs)
  const onAbort = (): void => kill('aborted')
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()
  try {
    const ends = await Promise.allSettled([first.end, second.end])
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    const [of, into] = await Promise.all([first.end, second.end])
    return { source: of, sink: into, ended }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

interface Started {
  readonly child: ChildProcess
  readonly end: Promise<PipedEnd>
  kill(): void
}

function start(
  command: Command,
  options: PipedOptions,
  input: 'ignore' | NonNullable<ChildProcess['stdout']>,
): Started {
  const { program, args, limits, env } = command
  const [file, ...rest] = confined(program, args, {
    ...(limits === undefined ? {} : { limits }),
    ...(options.nice === undefined ? {} : { nice: options.nice }),
  })
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: { ...CHILD_ENV, ...env },
    stdio: [input, 'pipe', 'pipe'],
    detached: true,
  })
  const unregister = child.pid === undefined ? () => undefined : register(child.pid, program)
  let stderr = Buffer.alloc(0)
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_KEPT_BYTES)
  })
  const end = endOf(child)
    .then((exit) => ({ ...exit, stderr: stderr.toString('utf8') }))
    .finally(unregister)
  return {
    child,
    end,
    kill: () => {
      if (child.pid !== undefined) signalProcess(child.pid, 'SIGKILL', 'group')
    },
  }
}
