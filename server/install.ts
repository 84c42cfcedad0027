import { join } from 'node:path'
import pg from 'pg'
import { issueOwnerToken, issueToken as issueTokenOf } from '#commons/identity/service.ts'
import { systemClock } from '#kernel/clock.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import type { MasterKeys } from '#platform/config/secrets.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { isProblem } from '#kernel/errors.ts'
import { Database } from '#platform/database/database.ts'
import { type Migration, migrate } from '#platform/database/migrations.ts'
import { rolePasswords } from '#platform/database/open.ts'
import { Pool } from '#platform/database/pool.ts'
import { type OpenedRoot, firstRoot, keepRoot, openRoot } from '#platform/database/root.ts'
import { APP_ROLE, SYSTEM_ROLE, connectionAs, ensureRoles } from '#platform/database/roles.ts'
import { installJobs } from '#platform/jobs/install.ts'
import { listFiles, readTextFile } from '#platform/storage/files.ts'

/** Every migration of the product, in the order of their names. */
export async function productMigrations(): Promise<Migration[]> {
  const files = await listFiles(join(CHECKOUT, 'migrations'), '.sql')
  return Promise.all(
    files.map(async (path) => ({
      name: path.slice(path.lastIndexOf('/') + 1, -'.sql'.length),
      sql: await readTextFile(path),
    })),
  )
}

/** What was found, and the names of the migrations that were applied now. */
interface Prepared extends OpenedRoot {
  readonly applied: readonly string[]
}

/** Any two numbers that nobody else uses. */
const PREPARING_LOCK = [0x41495244, 8] as const

/**
 * Brings roles, tables and the queue's schema to this version, with a root at the very first time. Idempotent; of several
 * processes one works, the others wait.
 * @throws StartFailure (78) before anything is changed, when the master key is not the one of this database
 */
export async function prepareDatabase(connection: pg.ClientConfig, masterKeys: MasterKeys): Promise<Prepared> {
  const client = new pg.Client({ ...connection, application_name: 'airdate-prepare' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...PREPARING_LOCK])
    const kept = await openRoot(client, masterKeys)
    const { root, masterKey } = kept ?? (await firstRoot(client, masterKeys))
    await ensureRoles(connection, rolePasswords(root))
    const applied = await migrate(connection, await productMigrations())
    if (kept === null) await keepRoot(client, { root, masterKey })
    masterKeys.confirm(masterKey)
    await installJobs(connection)
    return { root, masterKey, applied }
  } finally {
    await client.end()
  }
}

/** How the two roles of the application reach the database. */
export interface Connections {
  readonly app: pg.ClientConfig
  readonly system: pg.ClientConfig
}

/** Connection settings of the roles, beside those of the role that migrates. */
export function connectionsOf(
  owner: pg.ClientConfig,
  passwords: { readonly app: string; readonly system: string },
): Connections {
  return {
    app: connectionAs(owner, APP_ROLE, passwords.app),
    system: connectionAs(owner, SYSTEM_ROLE, passwords.system),
  }
}

/** The database as the role that migrates reaches it, with the root from which the roles' passwords follow. */
export interface Reached {
  readonly connection: pg.ClientConfig
  readonly root: Buffer
}

/** Brings the database to this version; returns the names of the migrations that were applied now. */
export async function migrateDatabase(connection: pg.ClientConfig, masterKeys: MasterKeys): Promise<readonly string[]> {
  return (await prepareDatabase(connection, masterKeys)).applied
}

/**
 * A new token of the person with this address; null: of the owner, whatever their address is.
 * @throws StartFailure when there is nobody of this address
 */
export async function issueToken(reached: Reached & { readonly email: string | null }): Promise<string> {
  const { email } = reached
  try {
    return await withPools(reached, 'token', async (database) => {
      const ground = { database, clock: systemClock }
      const name = 'command line'
      return (await (email === null ? issueOwnerToken(ground, name) : issueTokenOf(ground, email, name))).token
    })
  } catch (error) {
    throw isProblem(error) ? new StartFailure(error.message.replace(/\.$/, ''), { cause: error }) : error
  }
}

/** The database as the application reaches it, with one connection of each role, for as long as `work` takes. */
export async function withPools<R>(
  { connection: owner, root }: Reached,
  name: string,
  work: (database: Database) => Promise<R>,
): Promise<R> {
  const { app, system } = connectionsOf(owner, rolePasswords(root))
  const pool = (connection: pg.ClientConfig): Pool =>
    new Pool({ connection, max: 1, applicationName: `airdate-${name}` })
  const [appPool, systemPool] = [pool(app), pool(system)]
  const database = new Database({
    app: appPool,
    system: systemPool,
    slowQueryMs: Number.POSITIVE_INFINITY,
    onSlow: () => undefined,
  })
  try {
    return await work(database)
  } finally {
    await Promise.all([appPool.end(), systemPool.end()])
  }
}
