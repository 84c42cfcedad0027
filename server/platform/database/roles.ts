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
