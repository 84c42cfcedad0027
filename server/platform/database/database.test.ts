import { afterAll, beforeAll, expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { TooManyConnections, claimConnections } from './claims.ts'
import { countingStatements } from './counting.ts'
import { rawQuery, scopeOf } from './database.ts'
import { migrate } from './migrations.ts'
import { DatabaseUnavailable } from './pool.ts'
import { type AppScope, anonymousScope, systemScope } from './scope.ts'

interface Tables {
  'platform.idempotency_keys': { ownerId: string; key: string; fingerprint: Buffer; expiresAt: Date }
}

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const person = (): AppScope => ({ role: 'app', workspaceId: null, userId: newId() })

async function remember(scope: AppScope, key: string): Promise<void> {
  await db.database.transaction<Tables, void>(scope, async (tx) => {
    await tx
      .insertInto('platform.idempotency_keys')
      .values({ ownerId: scope.userId ?? '', key, fingerprint: Buffer.of(1), expiresAt: new Date(8.64e12) })
      .execute()
  })
}

const keysSeenBy = (scope: AppScope): Promise<{ key: string }[]> =>
  db.database.one<Tables, { key: string }>(scope, (reader) =>
    reader.selectFrom('platform.idempotency_keys').select('key'),
  )

test('a scope sees its own rows and no others, also after another scope used the same connection', async () => {
  const [a, b] = [person(), person()]
  await remember(a, 'of-a')
  await remember(b, 'of-b')
  for (let round = 0; round < 20; round += 1) {
    expect(await keysSeenBy(a)).toEqual([{ key: 'of-a' }])
    expect(await keysSeenBy(b)).toEqual([{ key: 'of-b' }])
    expect(await keysSeenBy(anonymousScope)).toEqual([])
  }
})

test('columns come back in camel case, whichever way they were read', async () => {
  const a = person()
  await remember(a, 'named')
  const column = 'ownerId' as const
  const [row] = await db.database.one<Tables, { ownerId: string }>(a, (reader) =>
    reader.selectFrom('platform.idempotency_keys').select(column),
  )
  const again = await db.database.read<Tables, { ownerId: string } | undefined>(a, (reader) =>
    reader.selectFrom('platform.idempotency_keys').select(column).executeTakeFirst(),
  )
  expect(row).toEqual({ ownerId: a.userId })
  expect(again).toEqual(row)
})

test('a row of another person cannot be written', async () => {
  const [a, b] = [person(), person()]
  await expect(
    db.database.transaction<Tables, void>(a, async (tx) => {
      await tx
        .insertInto('platform.idempotency_keys')
        .values({ ownerId: b.userId ?? '', key: 'x', fingerprint: Buffer.of(1), expiresAt: new Date(8.64e12) })
        .execute()
    }),
  ).rejects.toThrow(/row-level security/)
})

test('what throws inside a transaction leaves nothing behind', async () => {
  const a = person()
  const boom = new Error('boom')
  await expect(
    db.database.transaction<Tables, void>(a, async (tx) => {
      await rawQuery(
        tx,
        "insert into platform.idempotency_keys (owner_id, key, fingerprint, expires_at) values ($1, 'k', '', now())",
        [a.userId],
      )
      throw boom
    }),
  ).rejects.toBe(boom)
  expect(await keysSeenBy(a)).toEqual([])
})

test('one writing statement is committed in its scope and gives back its rows', async () => {
  const [a, b] = [person(), person()]
  const expiresAt = new Date(8.64e12)
  const kept = await db.database.writeOne<Tables, { ownerId: string }>(a, (writer) =>
    writer
      .insertInto('platform.idempotency_keys')
      .values({ ownerId: a.userId ?? '', key: 'alone', fingerprint: Buffer.of(1), expiresAt })
      .returning('ownerId'),
  )
  expect(kept).toEqual([{ ownerId: a.userId }])
  expect(await keysSeenBy(a)).toEqual([{ key: 'alone' }])
  const taken = await db.database.writeOne<Tables, { key: string }>(b, (writer) =>
    writer.updateTable('platform.idempotency_keys').set({ expiresAt }).where('key', '=', 'alone').returning('key'),
  )
  expect(taken).toEqual([])
  expect(await keysSeenBy(a)).toEqual([{ key: 'alone' }])
})

test('one writing statement that fails leaves nothing, and its connection serves on', async () => {
  const a = person()
  const row = { ownerId: a.userId ?? '', fingerprint: Buffer.of(1), expiresAt: new Date(8.64e12) }
  const insert = (keys: string[]): Promise<unknown> =>
    db.database.writeOne<Tables, unknown>(a, (writer) =>
      writer.insertInto('platform.idempotency_keys').values(keys.map((key) => ({ ...row, key }))),
    )
  await expect(insert(['twice', 'twice'])).rejects.toThrow(/duplicate key/)
  expect(await keysSeenBy(a)).toEqual([])
  await insert(['once'])
  expect(await keysSeenBy(a)).toEqual([{ key: 'once' }])
})

test('one writing statement whose scope is refused is not run', async () => {
  const owner = newId()
  await expect(
    db.database.writeOne<Tables, unknown>({ role: 'app', workspaceId: null, userId: 'x' }, (writer) =>
      writer
        .insertInto('platform.idempotency_keys')
        .values({ ownerId: owner, key: 'k', fingerprint: Buffer.of(1), expiresAt: new Date(8.64e12) }),
    ),
  ).rejects.toThrow(/uuid/)
  expect(await db.sql('select key from platform.idempotency_keys where owner_id = $1', [owner])).toEqual([])
})

test('one writing statement that fails only at its commit has failed, and leaves nothing', async () => {
  await db.sql('create table platform.late (n int unique deferrable initially deferred)')
  await db.sql('grant insert, select on platform.late to airdate_app')
  const insert = db.database.writeOne<{ 'platform.late': { n: number } }, unknown>(person(), (writer) =>
    writer.insertInto('platform.late').values([{ n: 1 }, { n: 1 }]),
  )
  await expect(insert).rejects.toThrow(/duplicate key/)
  expect(await db.sql('select n from platform.late')).toEqual([])
})

test('one writing statement in a joined transaction goes with it', async () => {
  const a = person()
  const boom = new Error('boom')
  const joined = db.database.joined(a, async (_tx, database) => {
    await database.writeOne<Tables, unknown>(a, (writer) =>
      writer
        .insertInto('platform.idempotency_keys')
        .values({ ownerId: a.userId ?? '', key: 'k', fingerprint: Buffer.of(1), expiresAt: new Date(8.64e12) }),
    )
    throw boom
  })
  await expect(joined).rejects.toBe(boom)
  expect(await keysSeenBy(a)).toEqual([])
})

test('a swallowed failure inside a transaction is not reported as success', async () => {
  await expect(
    db.database.transaction<Tables, void>(person(), async (tx) => {
      await rawQuery(tx, 'select 1/0').catch(() => undefined)
    }),
  ).rejects.toThrow(/rolled back/)
})

test('the first failure is the one that is told, not its echo', async () => {
  await expect(
    db.database.one<Tables, unknown>({ role: 'app', workspaceId: 'not-a-uuid', userId: 'x' }, (reader) =>
      reader.selectFrom('platform.idempotency_keys').select('key'),
    ),
  ).rejects.toThrow(/uuid/)
})

test('reading refuses to write', async () => {
  await expect(
    db.database.read<Tables, unknown>(person(), (reader) =>
      reader
        .with('gone', (q) => q.deleteFrom('platform.idempotency_keys').returning('key'))
        .selectFrom('gone')
        .select('key')
        .execute(),
    ),
  ).rejects.toThrow(/read-only|permission denied/)
})

test('a transaction knows its scope, and statements are counted', async () => {
  const counter = { count: 0, statements: [] as string[] }
  await countingStatements(counter, () =>
    db.database.transaction<Tables, void>(systemScope, async (tx) => {
      expect(scopeOf(tx)).toEqual(systemScope)
      await rawQuery(tx, 'select 1')
      await tx.selectFrom('platform.idempotency_keys').select('key').limit(1).execute()
    }),
  )
  expect(counter.count).toBe(2)
})

test('a terminated connection becomes a 503 and the pool heals', async () => {
  const failing = db.database.read<Tables, unknown>(person(), async (reader) => {
    await reader.selectFrom('platform.idempotency_keys').select('key').execute()
    await db.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test-app'")
    return reader.selectFrom('platform.idempotency_keys').select('key').execute()
  })
  const error: unknown = await failing.catch((caught: unknown) => caught)
  expect(isProblem(error, DatabaseUnavailable)).toBe(true)
  expect(await keysSeenBy(person())).toEqual([])
})

test('the roles of the application neither own, nor bypass, nor create', async () => {
  const roles = await db.sql(
    `select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as mighty,
       exists (select from pg_class where relowner = r.oid) as owns
     from pg_roles r where rolname in ('airdate_app', 'airdate_system')`,
  )
  expect(roles).toEqual([
    { mighty: false, owns: false },
    { mighty: false, owns: false },
  ])
})

test('a process that would claim too many connections is refused and told by how much', async () => {
  const claim = (connections: number, max: number) =>
    claimConnections({ connection: db.connection('system'), connections, max, holder: 'test', onLost: () => undefined })
  await using first = await claim(20, 30)
  expect(first.connections).toBe(20)
  const error: unknown = await claim(15, 30).catch((caught: unknown) => caught)
  expect(isProblem(error, TooManyConnections)).toBe(true)
  expect((error as Error).message).toContain('5 too many')
  await first[Symbol.asyncDispose]()
  await using second = await claim(15, 30)
  expect(second.connections).toBe(15)
})

test('a migration that changed after it was applied is refused', async () => {
  const changed = [{ name: '20261121T0000_platform_base', sql: 'select 1' }]
  await expect(migrate(db.connection('owner'), changed)).rejects.toThrow(/Changed after it was applied/)
})

test('a migration that fails leaves nothing and can be run again', async () => {
  const files = [
    { name: 'zz1', sql: 'create table platform.zz1 (id integer)' },
    { name: 'zz2', sql: 'create table platform.zz2 (id integer); select 1/0' },
  ]
  await expect(migrate(db.connection('owner'), files)).rejects.toThrow(/zz2/)
  expect(
    await db.sql("select to_regclass('platform.zz1') is not null as one, to_regclass('platform.zz2') is null as two"),
  ).toEqual([{ one: true, two: true }])
  expect(
    await migrate(db.connection('owner'), [files[0]!, { name: 'zz2', sql: 'create table platform.zz2 (id integer)' }]),
  ).toEqual(['zz2'])
})

test('of two processes that migrate at once one does the work', async () => {
  const files = [{ name: 'zz3', sql: 'create table platform.zz3 (id integer)' }]
  const applied = await Promise.all([migrate(db.connection('owner'), files), migrate(db.connection('owner'), files)])
  expect(applied.flat()).toEqual(['zz3'])
})
