import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { systemClock } from '#kernel/clock.ts'
import type { DataFolder } from '#platform/config/data-folder.ts'
import { readTextIfThere, remove, writeQuickly } from '#platform/config/files.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { CHILD_ENV } from './confine.ts'
import { endOf } from './end-of.ts'
import { identityOf, isRunning, parseFields, parseIdentity } from './identity.ts'

/** Who holds a data folder. */
export interface Holder {
  readonly pid: number
  /** The command that holds it: `up`, `token`. */
  readonly command: string
  /** ISO 8601, UTC. */
  readonly since: string
  /** Where it listens; null: it does not, or not yet. */
  readonly url: string | null
}

/** The data folder is held by another process. `holder` is null when that one has not said who it is. */
export class FolderHeld extends StartFailure {
  readonly holder: Holder | null

  constructor(folder: DataFolder, holder: Holder | null) {
    const who =
      holder === null
        ? 'another process'
        : `process ${holder.pid} (airdate ${holder.command}) since ${holder.since}${holder.url === null ? '' : `, at ${holder.url}`}`
    super(`the data folder ${folder.root} is held by ${who}`)
    this.holder = holder
  }
}

/** A held data folder. Disposing lets it go. */
export interface FolderLock extends AsyncDisposable {
  /** Tells whoever asks next where we listen. */
  readonly announce: (url: string) => void
  /** Aborted when the lock is lost though we did not let it go (its keeper was killed): stop writing at once. */
  readonly lost: AbortSignal
  /** The child that keeps the lock. */
  readonly keeperPid: number
}

// what the keeper answers when another holds the lock; EX_TEMPFAIL of sysexits
const HELD = 75

/**
 * Takes the data folder's lock (flock(2) on `run/lock`). Node has no call for it, so a child keeps it: `flock` opens the
 * file, locks it and becomes `cat`, which ends when our end of its standard input closes: when we let go, and when we
 * die, even by kill -9. No file that says "locked" can be left behind.
 * `waitSeconds` is how long to wait for another holder to let go; 0 tries once.
 * @throws FolderHeld when another process holds it
 * @throws StartFailure when the keeper cannot be started
 */
export async function lockFolder(
  folder: DataFolder,
  options: { command: string; waitSeconds?: number },
): Promise<FolderLock> {
  const [program, ...args] = keeper(folder.lock, options.waitSeconds ?? 0)
  const child = spawn(program, args, { env: CHILD_ENV, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const closed = endOf(child)
  const complaint = text(child.stderr)
  child.stdin.on('error', () => undefined) // EPIPE: the keeper is gone, which `close` tells
  const answer = await Promise.race([
    once(child.stdout, 'data').then(() => 'held' as const),
    closed.then(({ exitCode }) => exitCode),
  ]).catch((error: unknown) => {
    throw new StartFailure(`${program} cannot be started, and without it the data folder cannot be locked`, {
      cause: error,
    })
  })
  if (answer === HELD) throw new FolderHeld(folder, holderOf(folder))
  if (answer !== 'held') throw new StartFailure(`the data folder cannot be locked: ${(await complaint).trim()}`)

  const [lost, lettingGo] = [new AbortController(), new AbortController()]
  void closed.then(() => (lettingGo.signal.aborted ? undefined : lost.abort()))
  const holder = {
    ...identityOf(process.pid),
    pid: process.pid,
    command: options.command,
    since: systemClock.now().toISOString(),
  }
  const say = (url: string | null): void => writeQuickly(folder.holder, JSON.stringify({ ...holder, url }))
  say(null)
  return {
    announce: say,
    lost: lost.signal,
    keeperPid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      lettingGo.abort()
      remove(folder.holder)
      child.stdin.end()
      await closed
    },
  }
}

/** Who holds the data folder by its own word; null when nobody does, or it has not said so. */
export function holderOf(folder: DataFolder): Holder | null {
  const written = readTextIfThere(folder.holder)
  if (written === null) return null
  const identity = parseIdentity(written)
  if (identity === null || !isRunning(identity)) return null
  const { command, since, url } = parseFields(written) ?? {}
  return {
    pid: identity.pid,
    command: String(command),
    since: String(since),
    url: typeof url === 'string' ? url : null,
  }
}

function keeper(path: string, waitSeconds: number): [string, ...string[]] {
  const keep = ['sh', '-c', 'echo held; exec cat >/dev/null']
  // macOS has lockf in place of flock (untried); it cannot be told which code to answer and says 75 by itself
  if (process.platform === 'darwin') return ['lockf', '-s', '-t', String(waitSeconds), path, ...keep]
  return ['flock', '--no-fork', '--conflict-exit-code', String(HELD), '--wait', String(waitSeconds), path, ...keep]
}
