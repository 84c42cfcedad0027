/** What a child may use at most. An absent figure is not limited. */
export interface Limits {
  readonly cpuSeconds?: number
  /** Address space (RLIMIT_AS), not resident memory. */
  readonly memoryBytes?: number
  /** The largest file the child may write (RLIMIT_FSIZE). */
  readonly fileSizeBytes?: number
  readonly openFiles?: number
}

export interface Confinement {
  /** Added to the niceness. Default 0. */
  readonly nice?: number
  readonly limits?: Limits
  /** Sent to the child when we die (Linux). Default KILL. */
  readonly deathSignal?: 'KILL' | 'QUIT'
}

/** All that a child sees of the environment: nothing of ours, secrets least of all, reaches it. */
export const CHILD_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
}

// The signal is asked for after the fork, so whoever dies in between is not noticed by the kernel: the shell looks
// whether its parent is still the one that forked it. It replaces itself, the process id stays the same.
const STILL_OURS = '[ "$PPID" -eq "$0" ] || exit 125'

/**
 * Linux shares the processor out between sessions first (sched(7), autogroup): between children, each of which leads a
 * session, niceness counts only when it is that of the session. The kernel takes ten such changes a second, of all
 * processes together; who comes too often tries again, and at last goes on without.
 */
const niceSession = (nice: number): string =>
  `[ ! -w /proc/self/autogroup ] || { for try in 1 2 3; do echo ${nice} > /proc/self/autogroup && break; sleep 0.1; done; } 2> /dev/null`

/**
 * The argument vector that starts `program` under a parent-death signal (PR_SET_PDEATHSIG through setpriv), its limits
 * and its niceness. The kernel sends the signal when the *thread* that forked ends, so children are started from the
 * main thread only. Elsewhere than on Linux there is no such signal: the registry ends what is left at the next start.
 */
export function confined(program: string, args: readonly string[], confinement: Confinement): [string, ...string[]] {
  if (process.platform !== 'linux') return [program, ...args]
  const { nice = 0, limits = {}, deathSignal = 'KILL' } = confinement
  const { cpuSeconds, memoryBytes, fileSizeBytes, openFiles } = limits
  const limitArgs = [
    cpuSeconds !== undefined ? [`--cpu=${cpuSeconds}`] : [],
    memoryBytes !== undefined ? [`--as=${memoryBytes}`] : [],
    fileSizeBytes !== undefined ? [`--fsize=${fileSizeBytes}`] : [],
    openFiles !== undefined ? [`--nofile=${openFiles}`] : [],
  ].flat()
  return [
    'setpriv',
    '--pdeathsig',
    deathSignal,
    'sh',
    '-c',
    [STILL_OURS, ...(nice === 0 ? [] : [niceSession(nice)]), 'exec "$@"'].join('; '),
    String(process.pid),
    ...(nice === 0 ? [] : ['nice', '-n', String(nice)]),
    ...(limitArgs.length > 0 ? ['prlimit', ...limitArgs, '--'] : []),
    program,
    ...args,
  ]
}
