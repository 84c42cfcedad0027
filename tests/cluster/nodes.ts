import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Role } from '#platform/config/config.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { killAll, workersIn } from '#tests/kill/processes.ts'
import { NOBODY, OWNER, asOrdinaryUser } from '#tests/kill/server.ts'
import { serverEnv } from '#tests/support/compiled.ts'

/** What all nodes of one Airdate share: database, files, cache, keys; as environment variables. */
export type Shared = Readonly<Record<string, string>>

/** One process of an Airdate that has several, with a data folder of its own. */
export interface Node {
  readonly role: Role
  /** Where it listens; empty for a role that does not. */
  readonly url: string
  readonly dataDir: string
  /** How the process ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** The last lines that it wrote. */
  said(): string
  signal(signal: NodeJS.Signals): void
}

/** Long enough for a balancer that looks often, on a machine that has much else to do. */
const DRAIN_MS = 4000

/** What nodes share beside what `parts` names: one master key, one owner, room for their connections. */
export function sharedBy(parts: Shared): Shared {
  return {
    AIRDATE_MASTER_KEY: randomBytes(32).toString('base64'),
    AIRDATE_OWNER_EMAIL: OWNER,
    AIRDATE_OWNER_PASSWORD: 'a long password',
    AIRDATE_DB_MAX: '95',
    AIRDATE_DRAIN_MS: String(DRAIN_MS),
    ...parts,
  }
}

/** The nodes of one Airdate. Disposing it kills what still runs and removes the data folders. */
export class Nodes implements AsyncDisposable {
  readonly #shared: Shared
  readonly #folders: string[] = []

  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** Starts a process with one role and waits until it works. @throws Error with its last words when it ends first */
  async start(role: Role): Promise<Node> {
    const dataDir = mkdtempSync(join(tmpdir(), `airdate-${role}-`))
    if (process.getuid?.() === 0) chownSync(dataDir, NOBODY, NOBODY)
    this.#folders.push(dataDir)
    const program = [...asOrdinaryUser, process.execPath, join(CHECKOUT, 'server/main.ts'), 'up', '--json']
    const [command, ...args] = [...program, '--roles', role, '--port', '0', '--data', dataDir]
    const child = spawn(command, args, {
      cwd: dataDir,
      env: { ...serverEnv(), ...this.#shared },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const lines = lastLinesOf(child)
    const ended = new Promise<Awaited<Node['ended']>>((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal })),
    )
    const early = ended.then(({ code }) => {
      throw new Error(`${role} did not start: it ended with ${code}\n${lines.join('\n')}`)
    })
    const url = await Promise.race([listening(child), early])
    return { role, url, dataDir, ended, said: () => lines.join('\n'), signal: (signal) => void child.kill(signal) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of this.#folders) {
      await killAll(workersIn(folder), folder)
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const KEPT_LINES = 80

function lastLinesOf(child: ChildProcess): string[] {
  const lines: string[] = []
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
    })
  }
  return lines
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { event?: unknown; url?: string | null }
      if (said.event === 'listening') resolve(said.url ?? '')
    })
  })
}
