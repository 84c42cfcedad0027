/** Exit codes of the command line; 64 and 78 are EX_USAGE and EX_CONFIG of BSD's sysexits. */
export const ExitCode = { done: 0, failed: 1, usage: 64, configuration: 78 } as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/**
 * Something that the operator can put right, told as one line without a stack: a folder that cannot be written, a port
 * in use, a wrong key. `message` is that line, without a full stop.
 */
export class StartFailure extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, options: { cause?: unknown; exitCode?: ExitCode } = {}) {
    super(message, { cause: options.cause })
    this.name = 'StartFailure'
    this.exitCode = options.exitCode ?? ExitCode.failed
  }
}

const SYSTEM_FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EMFILE: 'too many open files',
  EEXIST: 'a file stands where a folder should be',
  ENOTDIR: 'a part of the path is not a folder',
}

/** What a failed system call means in plain words, or null when `error` is none that an operator can put right. */
export function systemFault(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? (SYSTEM_FAULTS[code] ?? null) : null
}

/** The line for a listener that could not be opened on `host:port`, or null when `error` is of another kind. */
export function listenFault(error: unknown, host: string, port: number): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another program: choose another with --port`
    case 'EACCES':
      return `port ${port} may not be opened by this user: choose one above 1023 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: choose another with --host`
    default:
      return null
  }
}
