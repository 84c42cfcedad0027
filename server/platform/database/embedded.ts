import { createServer } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { Client, escapeIdentifier } from 'pg'
import { monotonicMs, SECOND_MS } from '#kernel/clock.ts'
import { dataFolder, type DataFolder } from '#platform/config/data-folder.ts'
import { readTextIfThere, remove, writeQuickly } from '#platform/config/files.ts'
import { type MasterKeys, databaseOwnerPassword } from '#platform/config/secrets.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { identityOf, isRunning, parseFields, parseIdentity, worksIn } from '#platform/process/identity.ts'
import { endProcess } from '#platform/process/registry.ts'
import { type LongChild, spawnLong } from '#platform/process/spawn-long.ts'
import {
  binaries,
  CLUSTER_OWNER,
  ensureCluster,
  lastWords,
  type Listening,
  postgresArgs,
  SOCKET_PORT,
  socketFits,
} from './cluster.ts'

/** How to reach a database as the role that owns it; what `pg` takes. */
export interface OwnerConnection {
  /** A host name, or the folder of a unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export interface EmbeddedOptions {
  /** A prepared data folder (`prepareDataFolder`) whose lock the caller holds. */
  readonly dataDir: string
  readonly masterKeys: MasterKeys
  readonly maxConnections: number
  /** Takes what the server says and what takes long; pino's logger fits. */
  readonly log: { info(message: string): void; debug(message: string): void; warn(message: string): void }
  /** false switches fsync off: for tests that throw the cluster away. Default true. */
  readonly durable?: boolean
}

/** The running server. Disposing stops it like `stop`. */
export interface EmbeddedServer extends AsyncDisposable {
  readonly connection: OwnerConnection
  readonly pid: number
  /** Resolves when the server ends though nobody asked it to, with the reason; never rejects, pends for ever otherwise. */
  readonly failed: Promise<string>
  /** Ends sessions, writes a checkpoint and waits for the end. Idempotent. */
  stop(): Promise<void>
}

export const DATABASE = 'airdate'

// A checkpoint of a slow disk may take that long; then the server is ended as after a crash, which loses nothing.
const STOP_TIMEOUT_MS = 20 * SECOND_MS
const RECOVERY_NOTICE_MS = 5 * SECOND_MS
const ATTEMPTS = 20
const KEPT_LINES = 50

/**
 * Starts PostgreSQL on the cluster in the data folder, made at the first start with the database `airdate`, and waits
 * until it takes connections; after a crash that includes the recovery, however long it takes. It listens on a unix
 * socket in `run/`, or on a free port of 127.0.0.1 where the path of the socket would be too long. A server that an
 * earlier run left behind is ended first. It dies with us.
 * @throws StartFailure with one line when it cannot start: disk full, another version, damage, a wrong master key
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = dataFolder(options.dataDir)
  const { initdb, postgres } = await binaries()
  const password = databaseOwnerPassword(folder, options.masterKeys)
  await ensureCluster(folder, initdb, { password, durable: options.durable ?? true })
  await endEarlier(folder)
  for (let attempt = 1; ; attempt += 1) {
    const listening = socketFits(folder.run) ? { socketFolder: folder.run } : { port: await freePort() }
    const server = await launch(folder, postgres, listening, options)
    if (server.state === 'running') return finish(folder, server, listening, password, options)
    if (attempt >= ATTEMPTS || !isPassing(server.lines)) {
      throw new StartFailure(`PostgreSQL does not start: ${lastWords(server.lines)}`)
    }
    await delay(250)
  }
}

/**
 * How to reach the server that another process runs on this data folder, or null when none runs. It may still be
 * starting, or stop at any moment: connecting tells.
 */
export function runningEmbedded(dataDir: string, masterKeys: MasterKeys): OwnerConnection | null {
  const folder = dataFolder(dataDir)
  const written = readTextIfThere(folder.postgres)
  if (written === null) return null
  const identity = parseIdentity(written)
  if (identity === null || !isRunning(identity)) return null
  const { host, port } = parseFields(written) ?? {}
  const password = databaseOwnerPassword(folder, masterKeys)
  return { host: String(host), port: Number(port), user: CLUSTER_OWNER, password, database: DATABASE }
}

type Launched =
  | { readonly state: 'running'; readonly child: LongChild; readonly lines: string[] }
  | { readonly state: 'ended'; readonly lines: string[] }

async function launch(
  folder: DataFolder,
  postgres: string,
  listening: Listening,
  { log, maxConnections, durable = true }: EmbeddedOptions,
): Promise<Launched> {
  const lines: string[] = []
  const child = await spawnLong(postgres, postgresArgs(folder.pg, { listening, maxConnections, durable }), {
    cwd: folder.root,
    what: 'postgres',
    // QUIT, not KILL: the postmaster takes its backends along, also one that is busy computing
    deathSignal: 'QUIT',
    onLine: (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      if (/^(FATAL|PANIC):/.test(line)) log.warn(`postgres: ${line}`)
      else log.debug(`postgres: ${line}`)
    },
  })
  let ended = false
  void child.exited.then(() => (ended = true))
  let noticeMs = monotonicMs() + RECOVERY_NOTICE_MS
  while (!isReady(folder, child.pid)) {
    if (ended) return { state: 'ended', lines }
    if (monotonicMs() > noticeMs) {
      noticeMs += RECOVERY_NOTICE_MS
      log.info(`waiting for PostgreSQL: ${lines.at(-1) ?? 'it has said nothing yet'}`)
    }
    await delay(5)
  }
  return { state: 'running', child, lines }
}

/** `postmaster.pid`: line 1 is the pid, line 8 the state (PostgreSQL's `pidfile.h`; pg_ctl reads the same). */
function isReady(folder: DataFolder, pid: number): boolean {
  const lines = readTextIfThere(join(folder.pg, 'postmaster.pid'))?.split('\n') ?? []
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

async function finish(
  folder: DataFolder,
  { child, lines }: { child: LongChild; lines: string[] },
  listening: Listening,
  password: string,
  { log }: EmbeddedOptions,
): Promise<EmbeddedServer> {
  const address =
    'port' in listening
      ? { host: '127.0.0.1', port: listening.port }
      : { host: listening.socketFolder, port: SOCKET_PORT }
  const connection: OwnerConnection = { ...address, user: CLUSTER_OWNER, password, database: DATABASE }
  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => (stopping ??= stopServer(folder, child, log))
  try {
    await ensureDatabase(connection)
  } catch (error) {
    await stop()
    throw new StartFailure(`PostgreSQL started, but its owner cannot use it: ${String(error)}`, { cause: error })
  }
  writeQuickly(folder.postgres, JSON.stringify({ ...identityOf(child.pid), ...address }))
  const failed = new Promise<string>((resolve) => {
    void child.exited.then(() => (stopping === null ? resolve(`PostgreSQL ended: ${lastWords(lines)}`) : undefined))
  })
  return { connection, pid: child.pid, failed, stop, [Symbol.asyncDispose]: stop }
}

async function stopServer(folder: DataFolder, child: LongChild, log: EmbeddedOptions['log']): Promise<void> {
  remove(folder.postgres)
  child.signal('SIGINT')
  const patience = new AbortController()
  const slow = delay(STOP_TIMEOUT_MS, 'slow' as const, { signal: patience.signal }).catch(() => 'ended' as const)
  if ((await Promise.race([child.exited, slow])) === 'slow') {
    log.warn(`PostgreSQL has not stopped in ${STOP_TIMEOUT_MS / SECOND_MS} s and is ended; the next start recovers`)
    child.signal('SIGQUIT')
  }
  patience.abort()
  await child.exited
}

async function ensureDatabase(connection: OwnerConnection): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres', application_name: 'airdate-start' })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(DATABASE)}`)
  } finally {
    await client.end()
  }
}

/**
 * Ends the server of an earlier run. `postmaster.pid` names it, and it is only believed when a process of that number
 * works in this very cluster: after a restart of the machine the number may be anybody's. What it leaves when it was
 * killed is removed, because PostgreSQL itself refuses to start as long as there is any process of that number, be it
 * another's or a zombie that nobody has reaped yet. Its own backends that still end are found by their shared memory.
 */
async function endEarlier(folder: DataFolder): Promise<void> {
  const path = join(folder.pg, 'postmaster.pid')
  const pid = Number(readTextIfThere(path)?.split('\n')[0])
  const identity = Number.isSafeInteger(pid) && pid > 1 ? identityOf(pid) : null
  if (identity !== null && worksIn(pid, folder.pg)) await endProcess(identity, 'QUIT')
  remove(path)
  remove(join(folder.run, `.s.PGSQL.${SOCKET_PORT}.lock`))
}

/** Failures that pass by themselves: backends of a killed postmaster that still end, a port taken in between. */
function isPassing(lines: readonly string[]): boolean {
  return lines.some((line) => /pre-existing shared memory block|Address already in use/.test(line))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
