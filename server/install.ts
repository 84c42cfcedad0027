import { join } from 'node:path'
import type pg from 'pg'
import { issueToken as issueTokenOf } from '#commons/identity/service.ts'
import { systemClock } from '#kernel/clock.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import type { Config } from '#platform/config/config.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { isProblem } from '#kernel/errors.ts'
import { Database } from '#platform/database/database.ts'
import { type Migration, migrate } from '#platform/database/migrations.ts'
import { rolePasswords } from '#platform/database/open.ts'
import { Pool } from '#platform/database/pool.ts'
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

/** Brings roles, tables and the queue's schema to this version. Idempotent; of several processes one works, the others wait. */
export async function prepareDatabase(
  connection: pg.ClientConfig,
  passwords: { readonly app: string; readonly system: string },
): Promise<string[]> {
  await ensureRoles(connection, passwords)
  const applied = await migrate(connection, await productMigrations())
  await installJobs(connection)
  return applied
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

/** The database as the role that migrates reaches it, with the key from which the roles' passwords follow. */
export interface Reached {
  readonly connection: pg.ClientConfig
  readonly masterKey: Buffer
}

/** Brings the database to this version; returns the names of the migrations that were applied now. */
export async function migrateDatabase({ connection, masterKey }: Reached): Promise<string[]> {
  return prepareDatabase(connection, rolePasswords(masterKey))
}

/**
 * A new token of the person with this address, who is the owner when the folder was never started.
 * @throws StartFailure when there is nobody of this address
 */
export async function issueToken(_config: Config, reached: Reached & { readonly email: string }): Promise<string> {
  const passwords = rolePasswords(reached.masterKey)
  const { app, system } = connectionsOf(reached.connection, passwords)
  const pool = (connection: pg.ClientConfig): Pool => new Pool({ connection, max: 1, applicationName: 'airdate-token' })
  const [appPool, systemPool] = [pool(app), pool(system)]
  const database = new Database({
    app: appPool,
    system: systemPool,
    slowQueryMs: Number.POSITIVE_INFINITY,
    onSlow: () => undefined,
  })
  try {
    return (await issueTokenOf({ database, clock: systemClock }, reached.email, 'command line')).token
  } catch (error) {
    throw isProblem(error) ? new StartFailure(error.message.replace(/\.$/, ''), { cause: error }) : error
  } finally {
    await Promise.all([appPool.end(), systemPool.end()])
  }
}
