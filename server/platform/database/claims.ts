import pg from 'pg'
import { problem } from '#kernel/errors.ts'

/** A process's share of the server's connections, held as long as its session lives. */
export interface Claim extends AsyncDisposable {
  readonly connections: number
}

export interface ClaimRequest {
  readonly connection: pg.ClientConfig
  /** Connections that the process will open at most, this session included. */
  readonly connections: number
  /** AIRDATE_DB_MAX: the sum over all processes. */
  readonly max: number
  /** Who claims, for the message to who comes too late: roles and pid. */
  readonly holder: string
  readonly onLost: (error: Error) => void
}

export const TooManyConnections = problem('too-many-connections', 503, 'Too many database connections are claimed')

// A claim is alive as long as its session holds the advisory lock (CLASS, claim id): the server itself ends it with the session.
const CLASS = 0x41495245
const GATE = [0x41495244, 3] as const

/**
 * Claims connections in `platform.connection_claims`. Claims of dead processes are removed first.
 * @throws TooManyConnections when the sum would pass `max` or what the server grants; says by how much
 */
export async function claimConnections(request: ClaimRequest): Promise<Claim> {
  const client = new pg.Client({ ...request.connection, application_name: `airdate-claim ${request.holder}` })
  client.on('error', request.onLost)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...GATE])
    await client.query(
      `delete from platform.connection_claims c where not exists (
         select from pg_locks l where l.locktype = 'advisory' and l.classid = $1 and l.objid = c.id
           and l.database = (select oid from pg_database where datname = current_database()))`,
      [CLASS],
    )
    const { rows } = await client.query<{ claimed: number; granted: number; holders: string }>(
      `select coalesce(sum(connections), 0)::int as claimed, coalesce(string_agg(holder || ': ' || connections, ', '), 'nobody') as holders,
         (select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int) as granted
       from platform.connection_claims`,
    )
    const { claimed, granted, holders } = rows[0] ?? { claimed: 0, granted: 0, holders: '' }
    const limit = Math.min(request.max, granted)
    const excess = claimed + request.connections - limit
    if (excess > 0) {
      const source = limit === granted ? 'the server grants' : 'AIRDATE_DB_MAX is'
      throw TooManyConnections({
        detail: `This process needs ${request.connections} database connections, ${claimed} are claimed (${holders}) and ${source} ${limit}: ${excess} too many.`,
      })
    }
    await insertClaim(client, request)
    await client.query('select pg_advisory_unlock($1, $2)', [...GATE])
  } catch (error) {
    await client.end()
    throw error
  }
  return { connections: request.connections, [Symbol.asyncDispose]: () => release(client) }
}

async function insertClaim(client: pg.Client, request: ClaimRequest): Promise<void> {
  const { rows } = await client.query<{ id: number }>(
    'insert into platform.connection_claims (holder, connections) values ($1, $2) returning id',
    [request.holder, request.connections],
  )
  await client.query('select pg_advisory_lock($1, $2)', [CLASS, rows[0]?.id])
}

async function release(client: pg.Client): Promise<void> {
  client.removeAllListeners('error')
  // The session may already be gone with the server; then so is the claim.
  client.on('error', () => undefined)
  await client.end()
}
