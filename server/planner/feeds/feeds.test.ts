import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redactUrl } from '#platform/observability/log.ts'
import { type CallOptions, type TestApp, testApp } from '#tests/support/app.ts'
import { givenStranger } from '#tests/support/attacks.ts'

const FEEDS = '/api/v1/planner/feeds'
const TASKS = '/api/v1/planner/tasks'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

interface Issued {
  readonly id: string
  readonly url: string
}
const make = async (body: object = {}, options: CallOptions = {}): Promise<Issued & { path: string }> => {
  const reply = await airdate.call('POST', FEEDS, { body: { name: 'Mine', ...body }, ...options })
  expect(reply.status, reply.bytes.toString()).toBe(201)
  const issued = reply.json<Issued>()
  return { ...issued, path: new URL(issued.url).pathname }
}
const task = async (body: object): Promise<string> =>
  (await airdate.call('POST', TASKS, { body })).json<{ id: string }>().id
const read = (path: string, headers: Record<string, string> = {}) => airdate.call('GET', path, { token: null, headers })
const todos = async (path: string): Promise<ICAL.Component[]> => {
  const reply = await read(path)
  expect(reply.status).toBe(200)
  return new ICAL.Component(ICAL.parse(reply.bytes.toString()) as never[]).getAllSubcomponents('vtodo')
}
const summaries = async (path: string) =>
  (await todos(path)).map((todo) => String(todo.getFirstPropertyValue('summary')))

describe('a feed', () => {
  test('is read by its address alone, which is told once and kept by nobody', async () => {
    const { id, url, path } = await make()
    await task({ title: 'Due', dueDate: '2050-05-01' })
    await task({ title: 'Due at no time' })
    expect(await summaries(path)).toContain('Due')
    expect(await summaries(path)).not.toContain('Due at no time')
    const listed = (await airdate.call('GET', FEEDS)).bytes.toString()
    const secret = path.split('/').at(-1)?.replace('.ics', '') ?? ''
    expect([listed.includes(id), listed.includes(secret)]).toEqual([true, false])
    const [row] = await airdate.db.sql('select f::text as whole from planner.feeds f where id = $1', [id])
    expect(String(row?.['whole'])).not.toContain(secret)
    expect(redactUrl(url)).not.toContain(secret)
  })

  test('is a calendar that others do not keep, and that is sent again only when it changed', async () => {
    const { path } = await make()
    const first = await read(path)
    expect(first.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    const tag = { 'If-None-Match': first.headers.get('etag') ?? '' }
    expect((await read(path, tag)).status).toBe(304)
    await task({ title: 'Another', dueAt: '2050-05-01T08:00:00Z', timeZone: 'Europe/Berlin' })
    const again = await read(path, tag)
    expect([again.status, again.bytes.toString().includes('TZID:Europe/Berlin')]).toEqual([200, true])
  })

  test('opens nothing once it is taken away', async () => {
    const { id, path } = await make()
    expect((await airdate.call('DELETE', `${FEEDS}/${id}`)).status).toBe(204)
    expect((await read(path)).status).toBe(404)
    expect((await airdate.call('DELETE', `${FEEDS}/${id}`)).status).toBe(404)
    expect((await read(`${FEEDS}/${'x'.repeat(43)}.ics`)).status).toBe(404)
  })

  test('that was taken away is not even said to be unchanged', async () => {
    const { id, path } = await make()
    const etag = (await read(path)).headers.get('etag') ?? ''
    expect((await read(path, { 'If-None-Match': etag })).status).toBe(304)
    await airdate.call('DELETE', `${FEEDS}/${id}`)
    expect((await read(path, { 'If-None-Match': etag })).status).toBe(404)
  })

  test('tells its address to nobody else, and is no page, frame or script of theirs', async () => {
    const { path } = await make()
    const { headers } = await read(path)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-robots-tag')).toBe('noindex')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers.get('set-cookie')).toBeNull()
  })

  test('is found by no guess: not by a part of its address, its id, or another spelling of it', async () => {
    const { id, path } = await make()
    const secret = path.split('/').at(-1)?.replace('.ics', '') ?? ''
    const swapped = [...secret]
      .map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()))
      .join('')
    const [row] = await airdate.db.sql<{ hash: string }>(
      `select translate(encode(secret_hash, 'base64'), '+/=', '-_') as hash from planner.feeds where id = $1`,
      [id],
    )
    for (const guess of [
      id,
      secret.slice(0, -1),
      `${secret}A`,
      swapped,
      row?.hash ?? '',
      '%25'.repeat(43),
      '_'.repeat(43),
    ])
      expect([guess, [400, 404].includes((await read(`${FEEDS}/${guess}.ics`)).status)]).toEqual([guess, true])
    expect((await read(path)).status).toBe(200)
  })

  test('is of its person’s workspace, and ends when they are banned', async () => {
    const stranger = await givenStranger(airdate)
    const { path, id } = await make({}, { token: stranger.token })
    await task({ title: 'Not for strangers', dueDate: '2050-05-01' })
    expect(await summaries(path)).toEqual([])
    expect((await airdate.call('DELETE', `${FEEDS}/${id}`)).status).toBe(404)
    await airdate.db.sql('update commons.users set banned_at = now() where id = $1', [stranger.userId])
    expect((await read(path)).status).toBe(404)
  })

  test('ends with the membership of its person, and with the workspace', async () => {
    const [left, closed] = [await givenStranger(airdate), await givenStranger(airdate)]
    const feeds = [await make({}, { token: left.token }), await make({}, { token: closed.token })]
    const statuses = () => Promise.all(feeds.map(async ({ path }) => (await read(path)).status))
    expect(await statuses()).toEqual([200, 200])
    await airdate.db.sql('delete from commons.workspace_members where user_id = $1', [left.userId])
    await airdate.db.sql('update commons.workspaces set deleted_at = now() where id = $1', [closed.workspaceId])
    expect(await statuses()).toEqual([404, 404])
  })

  test('shows to-dos, events, or both', async () => {
    await task({ title: 'Shown', dueDate: '2050-05-02' })
    const kinds = async (shows: string) => {
      const text = (await read((await make({ shows })).path)).bytes.toString()
      return [text.includes('BEGIN:VTODO'), text.includes('BEGIN:VEVENT')]
    }
    expect([await kinds('tasks'), await kinds('events'), await kinds('both')]).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ])
  })

  test('tells of a series as one thing with its rule, which ends where COUNT did', async () => {
    const { path } = await make()
    const id = await task({ title: 'Each day', dueDate: '2050-06-01', recurrence: { rule: 'FREQ=DAILY;COUNT=3' } })
    await airdate.call('POST', `${TASKS}/${id}/skip`)
    const [todo, ...others] = (await todos(path)).filter((each) => each.getFirstPropertyValue('summary') === 'Each day')
    expect([String(todo?.getFirstPropertyValue('rrule')), others.length]).toEqual(['FREQ=DAILY;UNTIL=20500603', 0])
    expect(String(todo?.getFirstPropertyValue('due'))).toBe('2050-06-02')
  })

  test('lets a title or a label bring no line of its own', async () => {
    const { path } = await make({ name: 'Mine\r\nX-EVIL:1' })
    const evil = 'x\r\nEND:VTODO\r\nBEGIN:VTODO\r\nATTACH:http://evil.example\r\n'
    await task({ title: evil, notes: evil, labels: [evil], dueDate: '2050-05-03' })
    const text = (await read(path)).bytes.toString()
    expect(text).not.toMatch(/^(?:X-EVIL|ATTACH)/m)
    expect((await summaries(path)).map((each) => each.trim())).toContain(evil.replaceAll('\r\n', '\n').trim())
  })
})
