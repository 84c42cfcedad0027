import type { Compilable } from 'kysely'
import type { Database, Db, StatementDb, Tx } from './database.ts'
import type { Scope } from './scope.ts'

/** What a use-case carries of the database: the gate, and in whose name. */
export interface HasDatabase {
  readonly database: Database
  readonly scope: Scope
}

/** A wing's door to the database, typed to its own tables and those of the floors below. */
export interface Handle<T> {
  /** Several reads under one scope. */
  read<R>(ctx: HasDatabase, work: (db: Db<T>) => Promise<R>): Promise<R>
  /** One reading statement in one trip. */
  one<Row>(ctx: HasDatabase, build: (db: Db<T>) => Compilable<Row>): Promise<Row[]>
  /** One writing statement, committed, in one trip. */
  writeOne<Row>(ctx: HasDatabase, build: (db: StatementDb<T>) => Compilable<Row>): Promise<Row[]>
  /** All or nothing. */
  write<R>(ctx: HasDatabase, work: (tx: Tx<T>) => Promise<R>): Promise<R>
}

/** Makes a wing's door. `T` maps `schema.table` to its row type. */
export function handle<T>(): Handle<T> {
  return {
    read: (ctx, work) => ctx.database.read(ctx.scope, work),
    one: (ctx, build) => ctx.database.one(ctx.scope, build),
    writeOne: (ctx, build) => ctx.database.writeOne(ctx.scope, build),
    write: (ctx, work) => ctx.database.transaction(ctx.scope, work),
  }
}
