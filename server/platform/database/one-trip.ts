import pg from 'pg'
import type { Scope } from './scope.ts'

/** What is used of a connection's protocol. */
interface Protocol {
  bind(message: { statement: string; values: readonly string[] }): void
  execute(message: { portal: string }): void
}

/** What `pg` calls on a query while its answer arrives; its types show only a part of it. */
interface ProtocolQuery {
  prepare(connection: Protocol): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: Protocol): void
}

interface QuerySettings {
  readonly name: string | undefined
  readonly text: string
  readonly values: readonly unknown[]
  readonly queryMode: 'extended'
  readonly callback: (error: Error | null, result: pg.QueryResult) => void
}

const PlainQuery = pg.Query as unknown as new (settings: QuerySettings) => ProtocolQuery

const OPENING = {
  name: 'airdate_trip',
  text: `select set_config('app.workspace', $1, true), set_config('app.user', $2, true),
    set_config('transaction_read_only', $3, true)`,
}

const opened = new WeakSet<pg.PoolClient>()

export interface Trip {
  readonly scope: Scope
  readonly readOnly: boolean
  /** The name under which the connection keeps the statement prepared. */
  readonly name: string | undefined
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * One statement in a transaction of its own that carries the scope, for the price of hardly more than the statement:
 * what comes before one Sync message is one transaction, so there is no BEGIN, no COMMIT and one answer (PostgreSQL's
 * documentation, 54.2.4 Pipelining). When it resolves it is committed; when it rejects nothing of it stays.
 */
export async function inOneTrip(client: pg.PoolClient, trip: Trip): Promise<pg.QueryResult> {
  if (!opened.has(client)) {
    await client.query({ ...OPENING, values: ['', '', 'off'] })
    opened.add(client)
  }
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, result: pg.QueryResult): void => {
      if (error === null) resolve(result)
      else reject(error)
    }
    const query = new ScopedQuery(trip, callback) as unknown as pg.Submittable
    client.query(query)
  })
}

/** A query behind another whose answer is nobody's concern. */
class ScopedQuery extends PlainQuery {
  readonly #opening: readonly string[]
  #isOpen = false

  constructor({ scope, readOnly, name, text, values }: Trip, callback: QuerySettings['callback']) {
    super({ name, text, values, queryMode: 'extended', callback })
    const [workspaceId, userId] = scope.role === 'app' ? [scope.workspaceId, scope.userId] : [null, null]
    this.#opening = [workspaceId ?? '', userId ?? '', readOnly ? 'on' : 'off']
  }

  override prepare(connection: Protocol): void {
    connection.bind({ statement: OPENING.name, values: this.#opening })
    connection.execute({ portal: '' })
    super.prepare(connection)
  }

  override handleDataRow(message: unknown): void {
    if (this.#isOpen) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, connection: Protocol): void {
    if (this.#isOpen) super.handleCommandComplete(message, connection)
    this.#isOpen = true
  }
}
