import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { monotonicMs } from '#kernel/clock.ts'
import { toConfig } from '#platform/config/config.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { type MasterKeys, masterKeysOf } from '#platform/config/secrets.ts'
import { runningEmbedded } from '#platform/database/embedded.ts'
import { rootOf } from '#platform/database/root.ts'
import { serverEnv } from '#tests/support/compiled.ts'
import { issueToken } from '../../server/install.ts'
import { type Worker, killAll, workersIn } from './processes.ts'

/** The ordinary user that servers run as when the tests run as root: PostgreSQL refuses root. */
export const NOBODY = 65534
export const OWNER = 'owner@example.org'

/** A whole Airdate in processes of its own, with its own PostgreSQL, to be killed. */
export interface Server {
  readonly url: string
  /** The main process. */
  readonly pid: number
  /** From the start of the process until it listened. */
  readonly startMs: number
  /** How the main process ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Asks the server's database, as the role that owns it. */
  sql<Row extends pg.QueryResultRow = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  /** The main process and all that belongs to it. */
  workers(): Worker[]
  /** The last lines that it wrote. */
  said(): string
  signal(signal: NodeJS.Signals): void
}

export interface ServerOptions {
  /** What stands before the program on its command line. Default: what makes an ordinary user of root. */
  readonly wrapper?: readonly string[]
  /** Where we see the data folder when that is not its path: `/proc/<pid>/root/…` of another mount namespace. */
  readonly seenAt?: (pid: number) => string
}

/** A new, empty data folder that the server's user may write. It goes with all that works in it. */
export function newDataFolder(name: string): AsyncDisposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), `airdate-${name}-`))
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY)
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await killAll(workersIn(path), path)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** What stands before a program so that it runs as an ordinary user. */
export const asOrdinaryUser: readonly string[] =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : []

/** Starts `airdate up` on a data folder and waits until it listens. @throws Error with its last words when it ends first */
export async function startServer(dataDir: string, options: ServerOptions = {}): Promise<Server> {
  const { wrapper = asOrdinaryUser, seenAt = () => dataDir } = options
  const startedMs = monotonicMs()
  const program = [...wrapper, process.execPath, join(CHECKOUT, 'server/main.ts')]
  const [command, ...args] = [...program, 'up', '--json', '--port', '0', '--data', dataDir]
  const child = spawn(command, args, {
    // so that whatever it starts is recognised by the folder that it works in
    cwd: dataDir,
    env: { ...serverEnv(), AIRDATE_OWNER_EMAIL: OWNER, AIRDATE_OWNER_PASSWORD: 'a long password' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines = lastLinesOf(child)
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const url = await Promise.race([listening(child), ended.then(({ code }) => fail(`it ended with ${code}`, lines))])
  const pid = child.pid ?? 0
  let client: Promise<pg.Client> | undefined
  return {
    url,
    pid,
    startMs: monotonicMs() - startedMs,
    ended,
    sql: async (text, values = []) => {
      client ??= connect(seenAt(pid))
      return (await (await client).query(text, values)).rows
    },
    workers: () => workersIn(dataDir),
    said: () => lines.join('\n'),
    signal: (signal) => void child.kill(signal),
  }
}

/** A token of the owner; it outlives the server. */
export async function tokenOf(dataDir: string): Promise<string> {
  const { config } = toConfig({}, { data: dataDir }, { workingFolder: '/', checkout: dataDir })
  if (config === undefined) throw new Error('a configuration of nothing but a folder is wrong')
  const { connection, masterKeys } = reached(dataDir)
  return issueToken({ connection, root: await rootOf(connection, masterKeys), email: OWNER })
}

function reached(dataDir: string): { connection: pg.ClientConfig; masterKeys: MasterKeys } {
  const folder = dataFolder(dataDir)
  const masterKeys = masterKeysOf(folder)
  const connection = runningEmbedded(dataDir, masterKeys)
  if (connection === null) throw new Error(`no PostgreSQL runs in ${dataDir}`)
  // the socket lies where we see the folder
  const isSocket = connection.host.startsWith('/')
  return { connection: isSocket ? { ...connection, host: folder.run } : { ...connection }, masterKeys }
}

async function connect(dataDir: string): Promise<pg.Client> {
  const client = new pg.Client({ ...reached(dataDir).connection, application_name: 'airdate-test' })
  // it will be killed with its server
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const KEPT_LINES = 60

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
      const said: unknown = JSON.parse(line)
      if (typeof said === 'object' && said !== null && 'url' in said) resolve(String(said.url))
    })
  })
}

function fail(reason: string, lines: readonly string[]): never {
  throw new Error(`the server did not start: ${reason}\n${lines.join('\n')}`)
}
