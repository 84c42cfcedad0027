import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { Database } from '#platform/database/database.ts'
import { type Migration, migrate } from '#platform/database/migrations.ts'
import { Pool } from '#platform/database/pool.ts'
import { APP_ROLE, SYSTEM_ROLE, ensureRoles } from '#platform/database/roles.ts'
import { installJobs } from '#platform/jobs/install.ts'
import { connectionTo } from './postgres.ts'

/** The migrated database that others are cloned from. */
export const TEMPLATE = 'airdate_template'

/** The migrations of the product, in order. */
export function productMigrations(): Migration[] {
  const folder = join(import.meta.dirname, '../../migrations')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => ({ name: file.slice(0, -'.sql'.length), sql: readFileSync(join(folder, file), 'utf8') }))
}

/** Makes the template database: roles and every migration. Run once, before the tests. */
export async function buildTemplate(host: string): Promise<void> {
  await asSuperuser(host, 'postgres', async (client) => void (await client.query(`create database ${TEMPLATE}`)))
  const connection = connectionTo(host, TEMPLATE)
  await ensureRoles(connection, { app: 'test', system: 'test' })
  await migrate(connection, productMigrations())
  await installJobs(connection)
}

/** Runs statements as the cluster's superuser: for arranging and inspecting, never for what is under test. */
export async function asSuperuser<R>(
  host: string,
  database: string,
  work: (client: pg.Client) => Promise<R>,
): Promise<R> {
  const client = new pg.Client(connectionTo(host, database))
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A database of one test file's own: a clone of the template, dropped at the end. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database
  readonly host: string
  readonly name: string
  /** Connection settings as a role: the migrating owner, the application, the system. */
  connection(role: 'owner' | 'app' | 'system'): pg.ClientConfig
  /** Runs SQL as superuser and returns the rows. */
  sql<Row extends pg.QueryResultRow = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  /** Runs a statement about this database from outside of it: it may be closed to connections. */
  admin(text: string): Promise<void>
}

let made = 0

export async function testDatabase(): Promise<TestDatabase> {
  const host = inject('postgresHost')
  made += 1
  const name = `t_${process.pid}_${made}_${Date.now().toString(36)}`
  await asSuperuser(
    host,
    'postgres',
    async (client) => void (await client.query(`create database ${name} template ${TEMPLATE} strategy file_copy`)),
  )
  const connection = (role: 'owner' | 'app' | 'system'): pg.ClientConfig =>
    connectionTo(host, name, { owner: 'postgres', app: APP_ROLE, system: SYSTEM_ROLE }[role])
  const app = new Pool({ connection: connection('app'), max: 8, applicationName: 'test-app' })
  const system = new Pool({ connection: connection('system'), max: 4, applicationName: 'test-system' })
  const database = new Database({ app, system, slowQueryMs: 10_000, onSlow: () => undefined })
  const superuser = new pg.Pool({ ...connectionTo(host, name), max: 2 })
  // Dropping the database by force may overtake a connection that is just closing.
  superuser.on('error', () => undefined)
  return {
    database,
    host,
    name,
    connection,
    sql: async (text, values = []) => (await superuser.query(text, values)).rows,
    admin: (text) => asSuperuser(host, 'postgres', async (client) => void (await client.query(text))),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([app.end(), system.end(), superuser.end()])
      await asSuperuser(
        host,
        'postgres',
        async (client) => void (await client.query(`drop database ${name} with (force)`)),
      )
    },
  }
}
