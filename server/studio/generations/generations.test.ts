import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { isProblem, problem } from '#kernel/errors.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type GivenStudio, givenStudio } from '../fixtures/given.ts'
import { FilmNotFound, UnusableText, filmOf } from '../projects/service.ts'
import { scriptOf, writeScript } from '../scripts/service.ts'
import { StageMissing, make, productOf } from './service.ts'

let db: TestDatabase
let given: GivenStudio
beforeAll(async () => {
  db = await testDatabase()
  given = await givenStudio(db)
})
afterAll(async () => {
  await given[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

const TooDark = problem('studio/too-dark', 422, 'It is too dark')
const throwing = (error: Error) => async (): Promise<never> => {
  throw error
}
const made = (result: unknown) => ({ summary: { result: JSON.stringify(result) }, result, costMicros: 5 })

test('what was made is answered again and not made twice', async () => {
  const id = await given.project({ idea: 'An idea' })
  let times = 0
  const making = { kind: 'music' as const, provider: 'test', work: () => Promise.resolve(made((times += 1))) }
  const first = await make(given.ctx(), id, making)
  expect(await make(given.ctx(), id, making)).toEqual(first)
  expect(first).toEqual({ provider: 'test', costMicros: 5, summary: { result: '1' } })
  expect(times).toBe(1)
  expect((await productOf(given.ctx(), id, 'music')).result).toBe(1)
})

test('what was begun and lost is made again under the same key, and only the later attempt counts', async () => {
  const id = await given.project({ idea: 'An idea' })
  const keys: string[] = []
  const [lost, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const making = (wait: Promise<void>, result: string) => ({
    ...{ kind: 'voice' as const, provider: 'test' },
    work: async (_project: unknown, key: string) => {
      keys.push(key)
      begun.resolve()
      await wait
      return made(result)
    },
  })
  const first = make(given.ctx(), id, making(lost.promise, 'first'))
  await begun.promise
  expect(await make(given.ctx(), id, making(Promise.resolve(), 'second'))).toMatchObject({
    summary: { result: '"second"' },
  })
  lost.resolve()
  await expect(first).rejects.toThrow(/Another attempt/)
  expect(keys[0]).toBe(keys[1])
  expect((await productOf(given.ctx(), id, 'voice')).result).toBe('second')
  expect((await filmOf(given.ctx(), id)).generations).toMatchObject([{ kind: 'voice', state: 'done', attempts: 2 }])
})

test('a failure is told and can be followed by success; problems stay problems', async () => {
  const id = await given.project({ idea: 'An idea' })
  const failing = (error: Error) => ({ kind: 'check' as const, provider: 'test', work: throwing(error) })
  await expect(make(given.ctx(), id, failing(TooDark({ detail: 'at 3 s' })))).rejects.toSatisfy((error) =>
    isProblem(error, TooDark),
  )
  const [row] = await db.sql('select state, failure from studio.generations where project_id = $1', [id])
  expect(row).toEqual({ state: 'failed', failure: 'at 3 s' })
  await expect(make(given.ctx(), id, failing(new Error('secret path')))).rejects.toThrow('secret path')
  const [again] = await db.sql('select failure from studio.generations where project_id = $1', [id])
  expect(again).toEqual({ failure: 'It could not be made.' })
  await make(given.ctx(), id, { kind: 'check', provider: 'test', work: () => Promise.resolve(made(null)) })
  expect((await filmOf(given.ctx(), id)).generations).toMatchObject([{ state: 'done', attempts: 3 }])
})

test('a stage asks for what comes before it', async () => {
  const id = await given.project({ idea: 'An idea' })
  await expect(scriptOf(given.ctx(), id)).rejects.toSatisfy((error) => isProblem(error, StageMissing))
})

test('a film is its own workspace’s', async () => {
  const id = await given.project({ idea: 'An idea' })
  for (const work of [
    filmOf(given.ctx(newId()), id),
    writeScript(given.ctx(newId()), id, new AbortController().signal),
  ]) {
    await expect(work).rejects.toSatisfy((error) => isProblem(error, FilmNotFound))
  }
})

test('a film made again under its own id is the same film', async () => {
  const id = newId()
  expect(await given.project({ id, idea: 'One' })).toBe(id)
  expect(await given.project({ id, idea: 'Two' })).toBe(id)
  expect((await filmOf(given.ctx(), id)).idea).toBe('One')
})

test.each([
  ['neither idea nor script', {}],
  ['both', { idea: 'a', script: 'b' }],
  ['blanks', { idea: ' \n\t ' }],
  ['too long', { idea: 'x'.repeat(20_001) }],
  ['NUL', { script: 'a\0b' }],
  ['half a surrogate pair', { script: 'a\uD800' }],
])('%s is no film', async (_name, what) => {
  await expect(given.project(what)).rejects.toSatisfy((error) => isProblem(error, UnusableText))
})

test('20,000 characters of any kind are taken', async () => {
  const id = await given.project({ idea: '🌙'.repeat(20_000) })
  await writeScript(given.ctx(), id, new AbortController().signal)
  expect((await scriptOf(given.ctx(), id)).lines.length).toBeGreaterThan(100)
})

test('text in which there is nothing to see or hear ends the film with a problem', async () => {
  const id = await given.project({ idea: '\u202E\u200B\u2066' })
  await expect(writeScript(given.ctx(), id, new AbortController().signal)).rejects.toSatisfy((error) =>
    isProblem(error, UnusableText),
  )
})

test('the script gives the film its title, unless it has one', async () => {
  const [unnamed, named] = [
    await given.project({ idea: 'A quiet idea.' }),
    await given.project({ idea: 'A quiet idea.', title: ' My\nfilm ' }),
  ]
  for (const id of [unnamed, named]) await writeScript(given.ctx(), id, new AbortController().signal)
  expect((await filmOf(given.ctx(), unnamed)).title).toBe('A quiet idea')
  expect((await filmOf(given.ctx(), named)).title).toBe('My film')
})
