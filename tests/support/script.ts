import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { serverEnv } from './compiled.ts'

/** A script of ours that runs as a process of its own, to be talked to by lines and to be killed. */
export interface Script extends AsyncDisposable {
  readonly pid: number
  /** The next line of standard output as JSON. @throws Error with its standard error when it ends first */
  next(): Promise<Record<string, unknown>>
  send(line: string): void
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>
}

const NOBODY = 65534

/** The user that scripts run as: PostgreSQL refuses root, so as root it is `nobody`. */
export function giveToScripts(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY)
}

/** Starts `path` (absolute) under this Node; `env` is added to what servers of tests see of ours. */
export function script(path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Script {
  const [program, ...rest] =
    process.getuid?.() === 0
      ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--', process.execPath, path, ...args]
      : [process.execPath, path, ...args]
  const child = spawn(program ?? '', rest, {
    env: { ...serverEnv(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return {
    pid: pidOf(child),
    async next() {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${path} ended: ${complaint}`)
      return JSON.parse(value)
    },
    send: (line) => void child.stdin.write(`${line}\n`),
    end,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the script was not started')
  return child.pid
}
