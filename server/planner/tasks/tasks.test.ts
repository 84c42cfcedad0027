import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import type { Task } from './schema.ts'

const TASKS = '/api/v1/planner/tasks'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const post = (body: object): Promise<Reply> => airdate.call('POST', TASKS, { body })
const make = async (body: object): Promise<Task> => {
  const reply = await post(body)
  expect(reply.status, reply.bytes.toString()).toBe(201)
  return reply.json<Task>()
}
const read = async (id: string): Promise<Task> => (await airdate.call('GET', `${TASKS}/${id}`)).json<Task>()
const change = (id: string, body: object, headers = {}): Promise<Reply> =>
  airdate.call('PATCH', `${TASKS}/${id}`, { body, headers })
const list = async (query: string, token?: string): Promise<Task[]> =>
  (await airdate.call('GET', `${TASKS}?${query}`, token === undefined ? {} : { token })).json<{ items: Task[] }>().items
const titles = async (query: string): Promise<string[]> => (await list(query)).map(({ title }) => title)
const faults = (reply: Reply) => reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)

describe('a task', () => {
  test('is shown as it was written, with what follows', async () => {
    const wish = {
      ...{ title: 'Film the harbour', notes: 'At dawn', status: 'next', priority: 3, labels: ['b', 'a'] },
      ...{ dueAt: '2026-12-01T08:00:00.000Z', timeZone: 'Europe/Lisbon', estimateMinutes: 90, energy: 2 },
      ...{ kind: 'human', icon: '🎬', doneWhen: 'The card holds ten minutes' },
      champs: {
        ...{ conversation: ['silent'], help: [], activity: ['create'], movement: ['place'] },
        ...{ participation: 'marathon', success: 'The card holds ten minutes' },
      },
    }
    const reply = await post(wish)
    const task = reply.json<Task>()
    expect(task).toMatchObject({ ...wish, labels: ['a', 'b'], level: 4, parentId: null, blocked: false })
    expect(reply.headers.get('location')).toBe(`${TASKS}/${task.id}`)
    expect(await read(task.id)).toEqual(task)
  })

  test('with everything wrong is told everything at once, and nothing is written', async () => {
    const title = `wrong ${newId()}`
    const reply = await post({
      ...{ title, dueAt: '2026-12-01T08:00:00Z', dueDate: '2026-12-01', parentId: newId(), projectId: newId() },
      waitingFor: 'Godot',
    })
    expect(reply.status).toBe(400)
    expect(faults(reply).toSorted()).toEqual(['/dueDate', '/parentId', '/projectId', '/timeZone', '/waitingFor'])
    expect(await list(`q=${encodeURIComponent(title)}`)).toEqual([])
  })

  test.each([['+02:00'], ['Mars/Olympus'], ['Europe/Lisbon; drop']])('is not due in the zone %s', async (timeZone) => {
    const reply = await post({ title: 'x', dueAt: '2026-12-01T08:00:00Z', timeZone })
    expect(faults(reply)).toEqual(['/timeZone'])
  })

  test('is changed only in the state that was read', async () => {
    const reply = await post({ title: 'Once' })
    const { id } = reply.json<Task>()
    const headers = { 'If-Match': reply.headers.get('etag') ?? '' }
    expect((await change(id, { title: 'Twice' }, headers)).json()).toMatchObject({ title: 'Twice' })
    expect((await change(id, { title: 'Thrice' }, headers)).status).toBe(412)
    expect(await read(id)).toMatchObject({ title: 'Twice' })
  })

  test('that another program brought is brought once, with what has no place here', async () => {
    const foreign = { source: 'todoist', externalId: '42', fields: { color: 'teal', nestedKey: { SomeKey: [1] } } }
    const { id } = await make({ title: 'Brought', foreign })
    expect((await post({ title: 'Brought again', foreign })).status).toBe(409)
    const [row] = await airdate.db.sql('select fields from planner.foreign_tasks where task_id = $1', [id])
    expect(row).toEqual({ fields: foreign.fields })
  })

  test('takes a day in place of an instant, and the other way round', async () => {
    const { id } = await make({ title: 'Due', dueDate: '2026-12-24' })
    const at = { dueAt: '2026-12-24T18:00:00.000Z', timeZone: 'Europe/Berlin' }
    expect((await change(id, at)).json()).toMatchObject({ ...at, dueDate: null })
    expect((await change(id, { dueDate: '2026-12-25' })).json()).toMatchObject({ dueAt: null, dueDate: '2026-12-25' })
  })
})

describe('what lies below a task', () => {
  test('is deeper, in its order, and counts for its progress', async () => {
    const top = await make({ title: 'Top', level: 2 })
    const first = await make({ title: 'First', parentId: top.id })
    const second = await make({ title: 'Second', parentId: top.id })
    expect([first.level, second.position]).toEqual([3, 1])
    expect(faults(await post({ title: 'Too high', parentId: first.id, level: 3 }))).toEqual(['/level'])
    expect(faults(await change(top.id, { parentId: second.id }))).toEqual(['/level'])
    expect(faults(await change(top.id, { level: 3 }))).toEqual(['/level'])
    await airdate.call('PUT', `${TASKS}/${top.id}/order`, { body: { ids: [second.id, first.id] } })
    expect([(await read(first.id)).position, (await read(second.id)).position]).toEqual([2, 1])
    const wrong = await airdate.call('PUT', `${TASKS}/${top.id}/order`, { body: { ids: [second.id, newId()] } })
    expect(faults(wrong)).toEqual(['/ids/1', '/ids'])
    await change(first.id, { status: 'done' })
    expect(await read(top.id)).toMatchObject({ progress: { done: 1, total: 2 } })
  })

  test('is done with it and open again with it, but what was done or dropped before stays so', async () => {
    const top = await make({ title: 'All of it' })
    const [open, done, dropped] = [
      await make({ title: 'Open', parentId: top.id }),
      await make({ title: 'Done', parentId: top.id, status: 'done' }),
      await make({ title: 'Dropped', parentId: top.id, status: 'dropped' }),
    ]
    const deep = await make({ title: 'Deep', parentId: open.id })
    await change(top.id, { status: 'done' })
    const states = () => Promise.all([open, done, dropped, deep].map(async ({ id }) => (await read(id)).status))
    expect(await states()).toEqual(['done', 'done', 'dropped', 'done'])
    await change(top.id, { status: 'next' })
    expect(await states()).toEqual(['next', 'done', 'dropped', 'next'])
  })

  test('is deleted with it and comes back with it', async () => {
    const top = await make({ title: 'Goes' })
    const child = await make({ title: 'Goes too', parentId: top.id })
    const before = await make({ title: 'Went before', parentId: top.id })
    await airdate.call('DELETE', `${TASKS}/${before.id}`)
    expect((await airdate.call('DELETE', `${TASKS}/${top.id}`)).status).toBe(204)
    expect((await airdate.call('GET', `${TASKS}/${child.id}`)).status).toBe(404)
    expect((await airdate.call('POST', `${TASKS}/${child.id}/restore`)).status).toBe(404)
    expect((await airdate.call('POST', `${TASKS}/${top.id}/restore`)).status).toBe(200)
    expect(await read(child.id)).toMatchObject({ parentId: top.id })
    expect((await airdate.call('GET', `${TASKS}/${before.id}`)).status).toBe(404)
  })

  test('comes back to the top where its parent is gone', async () => {
    const top = await make({ title: 'Gone' })
    const child = await make({ title: 'Orphan', parentId: top.id })
    await airdate.call('DELETE', `${TASKS}/${child.id}`)
    await airdate.call('DELETE', `${TASKS}/${top.id}`)
    expect((await airdate.call('POST', `${TASKS}/${child.id}/restore`)).json()).toMatchObject({ parentId: null })
  })
})

describe('many tasks', () => {
  test('are changed all or none', async () => {
    const [one, other] = [await make({ title: 'One' }), await make({ title: 'Other' })]
    const bulk = (ids: string[], rest: object) => airdate.call('POST', `${TASKS}/bulk`, { body: { ids, ...rest } })
    const wrong = await bulk([one.id, newId(), other.id], { change: { priority: 4 } })
    expect([wrong.status, ...faults(wrong)]).toEqual([404, '/ids/1'])
    expect((await read(one.id)).priority).toBe(0)
    const right = await bulk([other.id, one.id], { change: { priority: 4, labels: ['hot'] } })
    expect(right.json<{ items: Task[] }>().items.map(({ id, priority }) => [id, priority])).toEqual([
      [other.id, 4],
      [one.id, 4],
    ])
    expect((await bulk([one.id], { change: { priority: 1 }, delete: true })).status).toBe(400)
    expect((await bulk([one.id, other.id], { delete: true })).json()).toEqual({ items: [] })
    expect((await airdate.call('GET', `${TASKS}/${one.id}`)).status).toBe(404)
  })
})

describe('the list', () => {
  test('is narrowed by everything that is said of tasks', async () => {
    const label = `l${newId()}`
    const parent = await make({ title: 'The parent', labels: [label], level: 3, priority: 1, energy: 3 })
    await make({ title: 'A', labels: [label], priority: 4, energy: 1, dueDate: '2026-12-01', parentId: parent.id })
    await make({ title: 'B', labels: [label], priority: 2, energy: 2, dueDate: '2026-12-03', status: 'done' })
    const of = (query: string) => titles(`label=${label}&${query}`)
    expect(await of('')).toEqual(['B', 'A', 'The parent'])
    expect(await of('minPriority=2')).toEqual(['B', 'A'])
    expect(await of('maxEnergy=1')).toEqual(['A'])
    expect(await of('open=true')).toEqual(['A', 'The parent'])
    expect(await of('status=done')).toEqual(['B'])
    expect(await of(`parentId=${parent.id}`)).toEqual(['A'])
    expect(await of('parentId=none')).toEqual(['B', 'The parent'])
    expect(await of('level=3')).toEqual(['The parent'])
    expect(await of('dueFrom=2026-12-02T00:00:00Z&dueBefore=2026-12-04T00:00:01Z')).toEqual(['B', 'A'])
    expect(await of('dueBefore=2026-12-03T00:00:00Z&open=true')).toEqual(['A'])
  })

  test('by what is due goes from page to page without a task twice or left out', async () => {
    const label = `due${newId()}`
    for (const day of ['05', '03', '03', '04', '01'])
      await make({ title: day, labels: [label], dueDate: `2027-01-${day}` })
    await make({ title: 'whenever', labels: [label] })
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `label=${label}&order=due&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`
      const page: { items: Task[]; nextCursor: string | null } = (await airdate.call('GET', `${TASKS}?${query}`)).json()
      seen.push(...page.items.map(({ title }) => title))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(['01', '03', '03', '04', '05'])
    expect(
      (await airdate.call('GET', `${TASKS}?order=due&cursor=${Buffer.from('due:x:y').toString('base64url')}`)).status,
    ).toBe(400)
  })

  test('finds words of title and notes, beginnings of them, and words with one wrong letter', async () => {
    await make({ title: 'Edit the thumbnail of Lisbon', notes: 'ask Zoë about colours' })
    await make({ title: 'Upload the Lisbon vlog' })
    expect(await titles('q=lisbon')).toEqual(['Upload the Lisbon vlog', 'Edit the thumbnail of Lisbon'])
    expect(await titles('q=thumbn%20ZOE')).toEqual(['Edit the thumbnail of Lisbon'])
    expect(await titles('q=thumnail')).toEqual(['Edit the thumbnail of Lisbon'])
    expect(await titles('q=lisbno%20vlog')).toEqual(['Upload the Lisbon vlog'])
    expect(await titles('q=lisbon%20giraffe')).toEqual([])
    expect(await titles('q=%25_*')).toEqual([])
    const [page] = [await airdate.call('GET', `${TASKS}?q=lisbon&limit=1`)]
    const { nextCursor } = page.json<{ nextCursor: string }>()
    expect(await titles(`q=lisbon&limit=1&cursor=${nextCursor}`)).toEqual(['Edit the thumbnail of Lisbon'])
  })

  test('finds a task by what it says now, and not when it is deleted', async () => {
    const { id } = await make({ title: 'Walrus' })
    await change(id, { title: 'Penguin' })
    expect([await titles('q=walrus'), await titles('q=penguin')]).toEqual([[], ['Penguin']])
    await airdate.call('DELETE', `${TASKS}/${id}`)
    expect(await titles('q=penguin')).toEqual([])
  })

  test('finds nothing of other workspaces, by words or by their typos', async () => {
    const stranger = await givenStranger(airdate)
    await make({ title: 'Secretissimo' })
    for (const q of ['secretissimo', 'secretisimo', 'sec']) expect(await list(`q=${q}`, stranger.token)).toEqual([])
  })
})

describe('tasks that wait for others', () => {
  const join = (id: string, onId: string) => airdate.call('PUT', `${TASKS}/${id}/dependencies/${onId}`)

  test('are blocked until those are done, and never wait in a circle', async () => {
    const [a, b, c] = [await make({ title: 'a' }), await make({ title: 'b' }), await make({ title: 'c' })]
    expect((await join(a.id, b.id)).status).toBe(204)
    expect((await join(a.id, b.id)).status).toBe(204)
    expect((await join(b.id, c.id)).status).toBe(204)
    expect((await join(c.id, a.id)).status).toBe(409)
    expect((await join(a.id, a.id)).status).toBe(409)
    expect(await read(a.id)).toMatchObject({ blocked: true })
    const around = (await airdate.call('GET', `${TASKS}/${b.id}/dependencies`)).json<Record<string, Task[]>>()
    expect([around['dependsOn']?.map(({ id }) => id), around['blocks']?.map(({ id }) => id)]).toEqual([[c.id], [a.id]])
    await change(b.id, { status: 'done' })
    expect(await read(a.id)).toMatchObject({ blocked: false })
    expect((await airdate.call('DELETE', `${TASKS}/${b.id}/dependencies/${c.id}`)).status).toBe(204)
    expect((await join(c.id, a.id)).status).toBe(204)
  })

  test('that are joined at once close no circle either', async () => {
    const tasks = await Promise.all(['x', 'y', 'z'].map((title) => make({ title })))
    const [x = '', y = '', z = ''] = tasks.map(({ id }) => id)
    const replies = await Promise.all([join(x, y), join(y, z), join(z, x)])
    expect(replies.map(({ status }) => String(status)).toSorted()).toEqual(['204', '204', '409'])
  })
})

test('statistics count what is there', async () => {
  const other = await givenStranger(airdate)
  const call = (method: string, path: string, body?: object) =>
    airdate.call(method, path, { token: other.token, ...(body === undefined ? {} : { body }) })
  for (const body of [
    { title: 'late', dueDate: '2020-01-01' },
    { title: 'done', status: 'done', estimateMinutes: 10, actualMinutes: 25 },
    { title: 'dropped', status: 'dropped' },
  ]) {
    await call('POST', TASKS, body)
  }
  const reply = await call('GET', '/api/v1/planner/statistics?timeZone=Pacific/Auckland')
  expect(reply.json()).toEqual({
    ...{ total: 2, open: 1, completed: 1, completionRate: 0.5, overdue: 1, dueToday: 1 },
    ...{ completedToday: 1, completedWeek: 1, activeDays28: 1, medianActualMinutes: 25, estimateRatio: 2.5 },
    byStatus: { inbox: 1, next: 0, doing: 0, waiting: 0, done: 1, dropped: 1 },
  })
  expect((await call('GET', '/api/v1/planner/statistics?timeZone=Nowhere')).status).toBe(400)
})

describe('a project', () => {
  const PROJECTS = '/api/v1/planner/projects'

  test('gathers tasks, and they outlast it', async () => {
    const project = (await airdate.call('POST', PROJECTS, { body: { name: 'Harbour film' } })).json<{ id: string }>()
    const task = await make({ title: 'In it', projectId: project.id, status: 'done' })
    const at = `${PROJECTS}/${project.id}`
    expect((await airdate.call('GET', at)).json()).toMatchObject({ isActive: true, progress: { done: 1, total: 1 } })
    expect((await airdate.call('PATCH', at, { body: { isActive: false } })).json()).toMatchObject({ isActive: false })
    const active = (await airdate.call('GET', `${PROJECTS}?isActive=true`)).json<{ items: { id: string }[] }>()
    expect(active.items.map(({ id }) => id)).not.toContain(project.id)
    expect((await airdate.call('DELETE', at)).status).toBe(204)
    expect((await airdate.call('GET', at)).status).toBe(404)
    expect(await read(task.id)).toMatchObject({ projectId: project.id })
    expect((await airdate.call('POST', `${at}/restore`)).status).toBe(200)
    expect((await airdate.call('PATCH', at, { body: { ownerId: newId() } })).status).toBe(400)
  })
})

describe('a saved filter', () => {
  const FILTERS = '/api/v1/planner/filters'

  test('is one’s own, can be changed, deleted and put back, and holds what the list takes alone', async () => {
    const body = { name: 'Hot', query: { minPriority: 3, open: true, label: 'hot' } }
    const { id } = (await airdate.call('POST', FILTERS, { body })).json<{ id: string }>()
    expect((await airdate.call('GET', FILTERS)).json()).toMatchObject({ items: [{ id, ...body }] })
    expect((await airdate.call('PATCH', `${FILTERS}/${id}`, { body: { name: 'Hotter' } })).json()).toMatchObject({
      name: 'Hotter',
    })
    const stranger = await givenStranger(airdate)
    expect((await airdate.call('DELETE', `${FILTERS}/${id}`, { token: stranger.token })).status).toBe(404)
    expect((await airdate.call('DELETE', `${FILTERS}/${id}`)).status).toBe(204)
    expect((await airdate.call('GET', FILTERS)).json()).toMatchObject({ items: [] })
    expect((await airdate.call('POST', `${FILTERS}/${id}/restore`)).status).toBe(200)
    expect((await airdate.call('POST', FILTERS, { body: { name: 'No', query: { sql: '1' } } })).status).toBe(400)
  })
})
