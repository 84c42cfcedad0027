import pg from 'pg'

/** The role of requests and jobs: neither owns tables nor bypasses row-level security. */
export const APP_ROLE = 'airdate_app'
/** The role of reconcilers, sweepers and the outbox, with policies of its own; it does not bypass either. */
export const SYSTEM_ROLE = 'airdate_system'

/** Any two numbers that nobody else uses. */
const LOCK = [0x41495244, 2] as const

/**
 * Sees that the two login roles exist with these passwords and that they can do nothing but log in; tables grant the
 * rest. Run by the role that migrates, which needs CREATEROLE the first time (a superuser has it). Idempotent.
 */
export async function ensureRoles(
  connection: pg.ClientConfig,
  passwords: { readonly app: string; readonly system: string },
): Promise<void> {
  const client = new pg.Client({ ...connection, application_name: 'airdate-roles' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...LOCK])
    for (const [role, password] of [
      [APP_ROLE, passwords.app],
      [SYSTEM_ROLE, passwords.system],
    ] as const) {
      // Roles are of the whole cluster, locks of one database: what is right already is left alone.
      if (await holds(connection, client, role, password)) continue
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
      const verb = rowCount === 0 ? 'create' : 'alter'
      await client.query(
        `${verb} role ${role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${pg.escapeLiteral(password)}`,
      )
      await client.query(`grant connect on database ${pg.escapeIdentifier(client.database ?? 'airdate')} to ${role}`)
    }
  } finally {
    await client.end()
  }
}

/** True when the role can log in with this password, and can do nothing more. */
async function holds(connection: pg.ClientConfig, client: pg.Client, role: string, password: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_roles where rolname = $1 and rolcanlogin and not rolsuper and not rolcreatedb and not rolcreaterole
       and not rolreplication and not rolbypassrls and has_database_privilege(oid, current_database(), 'connect')`,
    [role],
  )
  if (rowCount === 0) return false
  const trial = new pg.Client({ ...connectionAs(connection, role, password), application_name: 'airdate-roles' })
  return trial.connect().then(
    async () => trial.end().then(() => true),
    () => false,
  )
}

/** The same server and database as another role. */
export function connectionAs(connection: pg.ClientConfig, user: string, password: string): pg.ClientConfig {
  if (connection.connectionString === undefined) return { ...connection, user, password }
  const url = new URL(connection.connectionString)
  url.username = user
  url.password = password
  return { connectionString: url.href }
}
