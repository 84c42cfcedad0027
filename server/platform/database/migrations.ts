import { createHash } from 'node:crypto'
import pg from 'pg'
import { problem } from '#kernel/errors.ts'

/** One migration as it stands in `migrations/`. */
export interface Migration {
  /** The file name without `.sql`; names sort by their timestamp. */
  readonly name: string
  readonly sql: string
}

export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

export const MigrationFailed = problem('migration-failed', 503, 'The database could not be brought to this version')

// Any two numbers that nobody else uses; both halves are shown in pg_locks.
const LOCK = [0x41495244, 1] as const

const TABLE = `
  create schema if not exists platform;
  create table if not exists platform.migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`

function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}

/**
 * Brings the database to the newest version: forward only, each file in a transaction of its own (unless its first line
 * is `-- no-transaction`), under an advisory lock so that of several processes one migrates and the others wait.
 * Returns the names that were applied now; none when all were. Files may join in any order of time: branches merge.
 * @throws MigrationFailed when an applied file has changed since, or a file fails; what was applied before it stays
 */
export async function migrate(connection: pg.ClientConfig, migrations: readonly Migration[]): Promise<string[]> {
  const client = new pg.Client({ ...connection, application_name: 'airdate-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...LOCK])
    await client.query(TABLE)
    const pending = await pendingOf(client, migrations)
    for (const migration of pending) await apply(client, migration)
    return pending.map((migration) => migration.name)
  } finally {
    await client.end()
  }
}

async function pendingOf(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from platform.migrations',
  )
  const applied = new Map(rows.map((row) => [row.name, row.checksum]))
  const changed = migrations.filter(({ name, sql }) => applied.has(name) && applied.get(name) !== checksumOf(sql))
  if (changed.length > 0) {
    const names = changed.map((migration) => migration.name).join(', ')
    throw MigrationFailed({ detail: `Changed after it was applied: ${names}. Write a new migration instead.` })
  }
  return migrations.filter((migration) => !applied.has(migration.name)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const alone = migration.sql.startsWith('-- no-transaction')
  const record = 'insert into platform.migrations (name, checksum) values ($1, $2)'
  const values = [migration.name, checksumOf(migration.sql)]
  try {
    if (!alone) await client.query('begin')
    await client.query(migration.sql)
    await client.query(record, values)
    if (!alone) await client.query('commit')
  } catch (cause) {
    if (!alone) await client.query('rollback')
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw MigrationFailed({ detail: `Migration ${migration.name}: ${reason}` }, { cause })
  }
}

/** What is applied and what is not, without changing anything. A database that was never migrated has all pending. */
export async function migrationState(
  query: (text: string) => Promise<{ rows: { name: string }[] }>,
  migrations: readonly Migration[],
): Promise<MigrationState> {
  const { rows } = await query('select name from platform.migrations')
  const applied = new Set(rows.map((row) => row.name))
  return {
    applied: [...applied].toSorted(),
    pending: migrations.map((migration) => migration.name).filter((name) => !applied.has(name)),
  }
}
