import {
  CamelCasePlugin,
  type Compilable,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type pg from 'pg'
import { monotonicMs } from '#kernel/clock.ts'
import { statementCounter } from './counting.ts'
import { inOneTrip } from './one-trip.ts'
import { type Pool, translateDatabaseError } from './pool.ts'
import type { Scope } from './scope.ts'

const writing = Symbol('writing')

/** What `enqueue`, `emit` and their like need of a transaction, whatever its tables. */
export interface Writing {
  readonly [writing]: {
    readonly scope: Scope
    readonly client: pg.PoolClient
    readonly news: Set<string>
    readonly changes: Set<string>
  }
}

/** A handle that reads. `T` names the tables that the holder may see. */
export type Db<T> = Pick<Kysely<T>, 'selectFrom' | 'selectNoFrom' | 'with' | 'fn' | 'getExecutor'>

/** A handle that builds one statement, a writing one too. */
export type StatementDb<T> = Db<T> & Pick<Kysely<T>, 'insertInto' | 'updateTable' | 'deleteFrom'>

/** A handle inside a transaction: who asks for it announces a write. */
export type Tx<T> = Kysely<T> & Writing

/** The scope a transaction was opened with. */
export function scopeOf(tx: Writing): Scope {
  return tx[writing].scope
}

/**
 * Has those who listen to the Database (`onNews`) told of `word` as soon as the transaction has committed, once however
 * often it is said; never when it does not commit. A hint within this process: it is lost with the process.
 */
export function tellAfterCommit(tx: Writing, word: string): void {
  tx[writing].news.add(word)
}

/** What the transaction changes, by the tags of caches; the observer of changes is told when it commits. */
export function changesOf(tx: Writing): Set<string> {
  return tx[writing].changes
}

/** Hears of what transactions change. */
export interface ChangeObserver {
  /**
   * Called before a transaction commits that changes something, with the tags that it named. What it returns is called
   * when the transaction has ended, whether it was committed, rolled back, or nobody knows. When it rejects the
   * transaction is rolled back; what it returns must not reject.
   */
  changing(tags: readonly string[], tx: Writing): Promise<() => Promise<void>>
}

/** Runs hand-written SQL inside the transaction; for machinery whose SQL comes from elsewhere (pg-boss). */
export async function rawQuery<Row extends pg.QueryResultRow>(
  tx: Writing,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: Row[] }> {
  const counter = statementCounter()
  if (counter !== undefined) {
    counter.count += 1
    counter.statements?.push(text)
  }
  return tx[writing].client.query<Row>(text, [...values])
}

export interface DatabaseOptions {
  readonly app: Pool
  readonly system: Pool
  /** Statements that take longer are given to `onSlow`. */
  readonly slowQueryMs: number
  readonly onSlow: (text: string, durationMs: number) => void
  readonly changes?: ChangeObserver
}

const SCOPE_STATEMENT = {
  name: 'airdate_scope',
  text: "select set_config('app.workspace', $1, true), set_config('app.user', $2, true)",
}

/**
 * Every statement of the application passes here: in a transaction that carries the caller's scope, so that row-level
 * security holds. BEGIN, scope and first statement travel together; `one` and `writeOne` are a single message.
 */
export class Database {
  readonly #options: DatabaseOptions
  readonly #listeners = new Set<(news: ReadonlySet<string>) => void>()

  constructor(options: DatabaseOptions) {
    this.#options = options
  }

  /** Calls `listener`, which must not throw, with what `tellAfterCommit` said in each committed transaction. Returns how to stop. */
  onNews(listener: (news: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** True inside of a transaction that is not over yet: what is read here others may never see. */
  get isJoined(): boolean {
    return false
  }

  /**
   * The database outside of the transaction that is open, if one is: what is done there stands whatever becomes of it.
   * Only in the scope of the system, whose connections are others: who holds a connection and waits for another one of
   * the same pool may wait for ever.
   */
  get apart(): Database {
    return this
  }

  /** Several reads that see one scope. The transaction is READ ONLY: a write inside fails. */
  async read<T, R>(scope: Scope, work: (db: Db<T>) => Promise<R>): Promise<R> {
    return this.#inTransaction(scope, 'BEGIN READ ONLY', (kysely) => work(kysely as Kysely<T>))
  }

  /** One reading statement, in one trip to the server. Returns its rows. */
  async one<T, Row>(scope: Scope, build: (db: Db<T>) => Compilable<Row>): Promise<Row[]> {
    return this.#inOneTrip<Row>(scope, true, compiled<StatementDb<T>, Row>(build))
  }

  /**
   * One writing statement in a transaction of its own, in one trip to the server. Returns the rows of its RETURNING, none
   * without. It is committed when this resolves; when it fails nothing of it stays.
   */
  async writeOne<T, Row>(scope: Scope, build: (db: StatementDb<T>) => Compilable<Row>): Promise<Row[]> {
    return this.#inOneTrip<Row>(scope, false, compiled(build))
  }

  /** Each statement is a transaction of its own, in one trip: for a library that brings its own statements. */
  statements<T>(scope: Scope): Kysely<T> {
    return kyselyOn({
      executeQuery: async <Row>(query: CompiledQuery) =>
        answerOf(await this.#tripOf(scope, false, query)) as QueryResult<Row>,
      streamQuery: () => {
        throw new Error('Streams are not supported here')
      },
    }) as Kysely<T>
  }

  /** All or nothing: commits when `work` resolves, rolls back when it throws. */
  async transaction<T, R>(scope: Scope, work: (tx: Tx<T>) => Promise<R>): Promise<R> {
    return this.#inTransaction(scope, 'BEGIN', (kysely, tx) => work(Object.assign(kysely, tx) as unknown as Tx<T>))
  }

  /**
   * One transaction around code that opens transactions of its own: whatever `work` does through the Database it is
   * given joins the outer transaction. For effects that must commit together with something their service knows nothing of.
   */
  async joined<R>(scope: Scope, work: (tx: Writing, database: Database) => Promise<R>): Promise<R> {
    return this.#inTransaction(scope, 'BEGIN', (kysely, writes) => {
      const tx = Object.assign(kysely, writes)
      return work(tx, new JoinedDatabase(this.#options, tx, this))
    })
  }

  async #inOneTrip<Row>(scope: Scope, readOnly: boolean, query: CompiledQuery): Promise<Row[]> {
    const { rows: raw } = await this.#tripOf(scope, readOnly, query)
    const { rows } = await camelCase.transformResult({ result: { rows: raw }, queryId: query.queryId })
    return rows as Row[]
  }

  async #tripOf(scope: Scope, readOnly: boolean, query: CompiledQuery): Promise<pg.QueryResult> {
    const pool = this.#poolOf(scope)
    const client = await pool.acquire()
    try {
      const { sql: text, parameters: values } = query
      const result = await this.#watched(text, () =>
        inOneTrip(client, { scope, readOnly, name: preparedName(text), text, values }),
      )
      pool.release(client)
      return result
    } catch (error) {
      pool.release(client, error)
      throw translateDatabaseError(error)
    }
  }

  async #inTransaction<R>(
    scope: Scope,
    begin: string,
    work: (kysely: Kysely<unknown>, tx: Writing) => Promise<R>,
  ): Promise<R> {
    const pool = this.#poolOf(scope)
    const client = await pool.acquire()
    const news = new Set<string>()
    const changes = new Set<string>()
    const tx: Writing = { [writing]: { scope, client, news, changes } }
    let ended: (() => Promise<void>) | undefined
    try {
      const opening = this.#open(client, scope, begin)
      const settled = Promise.all(opening)
      // A failure of the opening also fails the statements behind it; it is awaited below, never unhandled.
      settled.catch(() => undefined)
      const result = await work(kyselyOn(this.#connectionOf(client)), tx)
      await settled
      if (changes.size > 0) ended = await this.#options.changes?.changing([...changes], tx)
      const commit = await client.query('COMMIT')
      // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK: a swallowed error must not look like success.
      if (commit.command !== 'COMMIT') throw new Error('The transaction was rolled back: a statement in it had failed')
      pool.release(client)
      // Before anybody hears the news and asks for what is new.
      await ended?.()
      ended = undefined
      if (news.size > 0) for (const listener of this.#listeners) listener(news)
      return result
    } catch (error) {
      const rollbackError = await client.query('ROLLBACK').then(
        () => undefined,
        (failure: unknown) => failure,
      )
      pool.release(client, rollbackError ?? error)
      throw translateDatabaseError(error)
    } finally {
      await ended?.()
    }
  }

  #poolOf(scope: Scope): Pool {
    return scope.role === 'system' ? this.#options.system : this.#options.app
  }

  #open(client: pg.PoolClient, scope: Scope, begin: string): Promise<unknown>[] {
    const opening: Promise<unknown>[] = [client.query(begin)]
    if (scope.role === 'app') {
      opening.push(client.query({ ...SCOPE_STATEMENT, values: [scope.workspaceId ?? '', scope.userId ?? ''] }))
    }
    return opening
  }

  #connectionOf(client: pg.PoolClient): DatabaseConnection {
    return {
      executeQuery: <Row>(query: CompiledQuery) => this.#execute(client, query) as Promise<QueryResult<Row>>,
      streamQuery: () => {
        throw new Error('Streams are not supported on pipelined connections')
      },
    }
  }

  async #execute(client: pg.PoolClient, query: CompiledQuery): Promise<QueryResult<pg.QueryResultRow>> {
    const result = await this.#watched(query.sql, () =>
      client.query<pg.QueryResultRow>({ text: query.sql, values: query.parameters as unknown[] }),
    )
    return answerOf(result)
  }

  /** Counts the statement and tells of it when it was slow. */
  async #watched(text: string, send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> {
    const counter = statementCounter()
    if (counter !== undefined) {
      counter.count += 1
      counter.statements?.push(text)
    }
    const startedMs = monotonicMs()
    const result = await send()
    const durationMs = monotonicMs() - startedMs
    if (durationMs >= this.#options.slowQueryMs) this.#options.onSlow(text, durationMs)
    return result
  }
}

/** A Database whose every use runs on one open transaction, in its scope. */
class JoinedDatabase extends Database {
  readonly #tx: Kysely<unknown> & Writing
  readonly #around: Database

  constructor(options: DatabaseOptions, tx: Kysely<unknown> & Writing, around: Database) {
    super(options)
    this.#tx = tx
    this.#around = around
  }

  override get apart(): Database {
    return this.#around.apart
  }

  override get isJoined(): boolean {
    return true
  }

  override async read<T, R>(scope: Scope, work: (db: Db<T>) => Promise<R>): Promise<R> {
    return work(this.#within(scope) as unknown as Db<T>)
  }

  override async one<T, Row>(scope: Scope, build: (db: Db<T>) => Compilable<Row>): Promise<Row[]> {
    return (await this.#within(scope).executeQuery(compiled<StatementDb<T>, Row>(build))).rows
  }

  override async writeOne<T, Row>(scope: Scope, build: (db: StatementDb<T>) => Compilable<Row>): Promise<Row[]> {
    return (await this.#within(scope).executeQuery(compiled(build))).rows
  }

  override statements<T>(scope: Scope): Kysely<T> {
    return this.#within(scope) as unknown as Kysely<T>
  }

  override async transaction<T, R>(scope: Scope, work: (tx: Tx<T>) => Promise<R>): Promise<R> {
    return work(this.#within(scope) as unknown as Tx<T>)
  }

  #within(scope: Scope): Kysely<unknown> & Writing {
    const own = this.#tx[writing].scope
    if (JSON.stringify(scope) !== JSON.stringify(own)) throw new Error('A joined transaction cannot change its scope')
    return this.#tx
  }
}

function answerOf({ rows, command, rowCount }: pg.QueryResult): QueryResult<pg.QueryResultRow> {
  return { rows, ...(command === 'SELECT' ? {} : { numAffectedRows: BigInt(rowCount ?? 0) }) }
}

const prepared = new Map<string, string>()
const PREPARED_KEPT = 500

/** A stable name under which a connection prepares the statement once; undefined when there are already too many. */
function preparedName(text: string): string | undefined {
  let name = prepared.get(text)
  if (name === undefined && prepared.size < PREPARED_KEPT) {
    name = `q${prepared.size}`
    prepared.set(text, name)
  }
  return name
}

function kyselyOn(connection: DatabaseConnection): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: dialect(() => new FixedDriver(connection)), plugins })
}

function dialect(createDriver: () => Driver): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

/** Runs everything on the one connection whose transaction the Database holds open. */
class FixedDriver extends DummyDriver {
  readonly #connection: DatabaseConnection

  constructor(connection: DatabaseConnection) {
    super()
    this.#connection = connection
  }

  override acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection)
  }
}

const camelCase = new CamelCasePlugin({ maintainNestedObjectKeys: true })
const plugins = [camelCase]

const builder = new Kysely<unknown>({ dialect: dialect(() => new DummyDriver()), plugins })

function compiled<Handle, Row>(build: (db: Handle) => Compilable<Row>): CompiledQuery<Row> {
  return build(builder as unknown as Handle).compile()
}
