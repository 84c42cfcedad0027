import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import { expect, test } from 'vitest'
import { fixed } from './fixed.ts'

interface Tables {
  thing: { id: string; size: number; tags: string[] }
}

const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

test('a fixed statement is built once and carries the arguments of each call, wherever they stand', () => {
  let built = 0
  const query = fixed((from: typeof db, size: number, id: string) => {
    built += 1
    return from
      .selectFrom('thing')
      .selectAll()
      .where('id', '=', id)
      .where('size', '>', 3)
      .where(sql<boolean>`${size} = any(${['a']}) or ${id} is null`)
  })
  const [first, second] = [query(db, 1, 'x').compile(), query(db, 2, 'y').compile()]
  expect(first.parameters).toEqual(['x', 3, 1, ['a'], 'x'])
  expect(second.parameters).toEqual(['y', 3, 2, ['a'], 'y'])
  expect(second.sql).toBe(first.sql)
  expect(built).toBe(1)
})

test('a fixed statement that computes with an argument is refused', () => {
  const query = fixed((from: typeof db, size: number) =>
    from
      .selectFrom('thing')
      .selectAll()
      .where('size', '>', size * 2),
  )
  expect(() => query(db, 1).compile()).toThrow(/Symbol/)
})
