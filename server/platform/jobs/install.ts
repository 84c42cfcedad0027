import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { APP_ROLE, SYSTEM_ROLE } from '../database/roles.ts'
import { engineOptions } from './engine.ts'

// Any two numbers that nobody else uses.
const LOCK = [0x41495244, 4] as const

/**
 * Brings the queue's own schema (`pgboss`) to the version of the pinned engine: the deploy step, run as the role that
 * migrates, after the SQL migrations. Workers never migrate. Idempotent; of several processes one works, the others wait.
 *
 * `airdate_system` gets the rows; `airdate_app` gets nothing at all there: it enqueues and cancels through
 * `platform.enqueue_job` and `platform.cancel_jobs`, which run as the owner and hold it to its workspace.
 */
export async function installJobs(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...connection, application_name: 'airdate-install-jobs' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...LOCK])
    const engine = new PgBoss({
      ...engineOptions,
      migrate: true,
      supervise: false,
      db: { executeSql: (text, values) => client.query(text, values) },
    })
    const failures: Error[] = []
    engine.on('error', (error) => failures.push(error))
    await engine.start()
    await builtInBackground(engine)
    await engine.stop({ graceful: false })
    if (failures[0] !== undefined) throw failures[0]
    await client.query(GRANTS)
  } finally {
    await client.end()
  }
}

const GRANTS = `
  revoke all on schema pgboss from public, ${APP_ROLE};
  revoke all on all tables in schema pgboss from public, ${APP_ROLE};
  grant usage on schema pgboss to ${SYSTEM_ROLE};
  grant select, insert, update, delete on all tables in schema pgboss to ${SYSTEM_ROLE};
  grant execute on all functions in schema pgboss to ${SYSTEM_ROLE};
  create index if not exists airdate_turns on pgboss.job_common (name, group_id, ((data ->> 'turn')::integer))
    where group_id is not null and state < 'active'`

/** An upgrade may build indexes in the background; the deploy step waits for them. A fresh schema has none. */
async function builtInBackground(engine: PgBoss): Promise<void> {
  for (;;) {
    const states = await engine.getBamStatus()
    if (!states.some(({ status }) => status === 'pending' || status === 'in_progress')) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
