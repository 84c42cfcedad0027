import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import { TEXT_LENGTH_MAX, type QuickAdded } from './schema.ts'

const PLANNER = '/api/v1/planner'
const setting = { timeZone: 'Europe/Berlin', locale: 'en-US', now: '2026-11-21T09:30:00Z' }

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const post = (text: string, more: object = {}): Promise<Reply> =>
  airdate.call('POST', `${PLANNER}/quick-add`, { body: { text, ...setting, ...more } })
const add = async (text: string, more: object = {}): Promise<QuickAdded> => {
  const reply = await post(text, more)
  expect(reply.status, reply.bytes.toString()).toBe(200)
  return reply.json<QuickAdded>()
}
const projects = async (): Promise<{ id: string; name: string }[]> =>
  (await airdate.call('GET', `${PLANNER}/projects?limit=100`)).json<{ items: { id: string; name: string }[] }>().items
const makeProject = async (name: string): Promise<string> =>
  (await airdate.call('POST', `${PLANNER}/projects`, { body: { name } })).json<{ id: string }>().id
const found = async (word: string): Promise<unknown[]> =>
  (await airdate.call('GET', `${PLANNER}/tasks?q=${word}`)).json<{ items: unknown[] }>().items
const faults = (reply: Reply) => reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)

describe('a line', () => {
  test('becomes the task that it says, and tells what it read where', async () => {
    const text = 'Film the harbour tomorrow 5pm @out p1 ~90m e3'
    const reply = await post(text)
    const { task, spans } = reply.json<QuickAdded>()
    expect(task).toMatchObject({
      ...{ title: 'Film the harbour', dueAt: '2026-11-22T16:00:00.000Z', dueDate: null, timeZone: 'Europe/Berlin' },
      ...{ labels: ['out'], priority: 4, estimateMinutes: 90, energy: 3, status: 'inbox', recurrence: null },
    })
    expect(spans.map(({ field, start, end }) => [field, text.slice(start, end)])).toEqual([
      ...[
        ['dueAt', 'tomorrow 5pm'],
        ['label', '@out'],
        ['priority', 'p1'],
      ],
      ...[
        ['estimateMinutes', '~90m'],
        ['energy', 'e3'],
      ],
    ])
    expect(reply.headers.get('location')).toBe(`${PLANNER}/tasks/${task.id}`)
    const read = await airdate.call('GET', `${PLANNER}/tasks/${task.id}`)
    expect(read.headers.get('etag')).toBe(reply.headers.get('etag'))
    expect(task).toMatchObject(read.json())
  })

  test('is read in the other dialect when that is asked for', async () => {
    const { task } = await add('Film the harbour *out !5 24/12', { dialect: 'vikunja', locale: 'en-GB' })
    expect(task).toMatchObject({ title: 'Film the harbour', labels: ['out'], priority: 4, dueDate: '2026-12-24' })
  })

  test('that is only shown looks as if it were written, and nothing is', async () => {
    const word = `shown${newId().slice(-8)}`
    const text = `Film ${word} every monday #${word} @out p2`
    const shown = await add(text, { dryRun: true })
    expect(shown.task).toMatchObject({ id: null, createdAt: null, updatedAt: null, projectId: null })
    expect(await found(word)).toEqual([])
    expect((await projects()).filter(({ name }) => name === word)).toEqual([])
    const written = await add(text)
    const same = { ...written.task, id: null, projectId: null, createdAt: null, updatedAt: null }
    expect(same).toEqual(shown.task)
    expect(written.spans).toEqual(shown.spans)
  })

  test('that repeats says by which rule and from when', async () => {
    const { task } = await add('Water the plants every! 3 days at 7am', { dryRun: true })
    const recurrence = { rule: 'FREQ=DAILY;INTERVAL=3', mode: 'after_completion', start: '2026-11-22T07:00:00' }
    expect(task).toMatchObject({ title: 'Water the plants', recurrence, dueAt: '2026-11-22T06:00:00.000Z' })
  })

  test('that repeats comes again when it is done', async () => {
    const word = `again${newId().slice(-8)}`
    const { task } = await add(`Water ${word} every 3rd friday`)
    expect(task).toMatchObject({ dueDate: '2026-12-18', recurrence: { rule: 'FREQ=MONTHLY;BYDAY=3FR', mode: 'fixed' } })
    await airdate.call('PATCH', `${PLANNER}/tasks/${task.id}`, { body: { status: 'done' } })
    expect(await found(`${word}&open=true`)).toMatchObject([{ title: `Water ${word}`, dueDate: '2027-01-15' }])
  })

  test('is kept to the letter with what has no place in a task', async () => {
    const text = '* Things  to bring #Trip /Food *life !30m {friday}'
    const { task } = await add(text)
    expect(task.title).toBe('Things to bring')
    const [row] = await airdate.db.sql<{ fields: object }>(
      'select fields from planner.foreign_tasks where task_id = $1',
      [task.id],
    )
    expect(row?.fields).toMatchObject({
      ...{ text, dialect: 'todoist', section: 'Food', zone: 'life', deadline: '2026-11-27', uncompletable: true },
      reminders: [{ beforeMinutes: 30 }],
    })
  })

  test('that is too long for a title stands whole in the notes', async () => {
    const text = `${'A long thought '.repeat(20)}tomorrow`
    const { task } = await add(text)
    expect(task.title.length).toBeLessThanOrEqual(200)
    expect(task).toMatchObject({ notes: text, dueDate: '2026-11-22' })
  })

  test('counts tomorrow from the server’s time when nobody says from when', async () => {
    const { task } = await add('Rest today', { now: undefined, timeZone: 'UTC' })
    const { task: next } = await add('Rest tomorrow', { now: undefined, timeZone: 'UTC' })
    expect(Date.parse(next.dueDate ?? '') - Date.parse(task.dueDate ?? '')).toBeGreaterThanOrEqual(86_400_000)
  })

  test('is refused with everything that is wrong with it', async () => {
    const wrong = { timeZone: '+02:00', locale: 'klingon!!', now: '1969-01-01T00:00:00Z' }
    expect(faults(await post('\u200b ', wrong)).toSorted()).toEqual(['/locale', '/now', '/text', '/timeZone'])
    expect(faults(await post('x', { now: '2016-12-31T23:59:60Z' }))).toEqual(['/now'])
    expect(new Set(faults(await post('x', { dialect: 'org' })))).toEqual(new Set(['/dialect']))
  })

  test('that is too long is refused, a megabyte of it before it is read', async () => {
    expect(faults(await post('x'.repeat(TEXT_LENGTH_MAX + 1)))).toEqual(['/text'])
    expect((await post('tomorrow p1 '.repeat(90_000))).status).toBeGreaterThanOrEqual(400)
  })
})

describe('a project that is named', () => {
  test('is the one whose name begins so, the shortest of several, whatever the case', async () => {
    const stem = `Harbour${newId().slice(-8)}`
    const [, short] = [await makeProject(`${stem} films and more`), await makeProject(`${stem} films`)]
    expect((await add(`Cut #${stem.toUpperCase()}`)).task.projectId).toBe(short)
    expect((await add(`Cut #${stem}`, { dryRun: true })).task.projectId).toBe(short)
  })

  test('is made by a line that is written', async () => {
    const name = `New ${newId().slice(-8)}`
    const { task } = await add(`Cut #"${name}"`)
    expect((await projects()).find((project) => project.name === name)?.id).toBe(task.projectId)
  })
})

describe('a project that several name at once', () => {
  test('is made once', async () => {
    const name = `Raced ${newId().slice(-8)}`
    const lines = Array.from({ length: 8 }, (_, n) => add(`Cut ${n} #"${n % 2 === 0 ? name : name.toUpperCase()}"`))
    const into = (await Promise.all(lines)).map(({ task }) => task.projectId)
    const made = (await projects()).filter((project) => project.name.toLowerCase() === name.toLowerCase())
    expect(made.map(({ id }) => id)).toEqual([...new Set(into)])
    expect(made.length).toBe(1)
  })
})

describe('a person who is named', () => {
  const given = async (...names: string[]): Promise<string[]> => {
    const [workspace] = await airdate.db.sql<{ id: string }>(
      `select w.id from commons.workspaces w join commons.users u on u.id = w.owner_id where u.email = 'owner@example.org'`,
    )
    return Promise.all(
      names.map(async (name) => {
        const { userId } = await givenStranger(airdate)
        await airdate.db.sql('update commons.users set display_name = $1 where id = $2', [name, userId])
        await airdate.db.sql(
          'insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, $3)',
          [workspace?.id, userId, 'editor'],
        )
        return userId
      }),
    )
  }

  test('is a member by the whole name or the first; whom nobody could tell apart and strangers stay text', async () => {
    const [anna, , , john] = await given('Anna Lund', 'Maria Bell', 'Maria Kern', 'John')
    await given('John Smith')
    expect((await add('Cut +anna')).task).toMatchObject({ title: 'Cut', assignee: `user:${anna}` })
    expect((await add('Cut +"anna lund"')).task.assignee).toBe(`user:${anna}`)
    expect((await add('Cut +john')).task.assignee).toBe(`user:${john}`)
    expect((await add('Cut +maria')).task).toMatchObject({ title: 'Cut +maria', assignee: null })
    expect((await add('Cut +nobody')).task).toMatchObject({ title: 'Cut +nobody', assignee: null })
    await givenStranger(airdate)
    expect((await add('Cut @a', { dialect: 'vikunja' })).task).toMatchObject({ title: 'Cut @a', assignee: null })
  })
})
