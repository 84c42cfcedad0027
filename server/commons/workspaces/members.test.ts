import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import { LiveClient } from '#platform/realtime/fixtures/client.ts'
import { type CallOptions, type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember } from '#tests/support/attacks.ts'
import { actorsHolding } from '../identity/service.ts'
import { Role } from './roles.ts'
import type { Member, Workspace } from './schema.ts'

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const call = (who: Stranger, method: string, path: string, options: CallOptions = {}): Promise<Reply> =>
  airdate.call(method, path, { ...options, token: who.token })

let workspaceId: string
let owner: Stranger
beforeEach(async () => {
  const made = await airdate.call('POST', '/api/v1/workspaces', { body: { name: 'Team' } })
  workspaceId = made.json<Workspace>().id
  owner = await member('owner')
  await airdate.db.sql('delete from commons.workspace_members where workspace_id = $1 and user_id <> $2', [
    ...[workspaceId, owner.userId],
  ])
  await airdate.db.sql('update commons.workspaces set owner_id = $2 where id = $1', [workspaceId, owner.userId])
})

const member = (role: Role): Promise<Stranger> => givenMember(airdate, { workspaceId, role })
const members = (): string => `/api/v1/workspaces/${workspaceId}/members`
const make = (who: Stranger, whom: Stranger, role: Role): Promise<Reply> =>
  call(who, 'PATCH', `${members()}/${whom.userId}`, { body: { role } })
const remove = (who: Stranger, whom: Stranger): Promise<Reply> => call(who, 'DELETE', `${members()}/${whom.userId}`)
const leave = (who: Stranger): Promise<Reply> => call(who, 'DELETE', `${members()}/me`)

async function roleOf({ userId }: Stranger): Promise<string | null> {
  const [row] = await airdate.db.sql<{ role: string }>(
    'select role from commons.workspace_members where workspace_id = $1 and user_id = $2',
    [workspaceId, userId],
  )
  return row?.role ?? null
}

async function answersFor(): Promise<unknown> {
  return (await airdate.db.sql('select owner_id from commons.workspaces where id = $1', [workspaceId]))[0]?.['owner_id']
}

const typeOf = (reply: Reply): unknown => reply.json()['type']

describe('members', () => {
  test('are listed page by page; addresses are for who manages members', async () => {
    const people = [owner, await member('admin'), await member('editor'), await member('viewer')] as const
    const [, admin, , viewer] = people
    const list = async (who: Stranger, query = ''): Promise<{ items: Member[]; nextCursor: string | null }> =>
      (await call(who, 'GET', `${members()}${query}`)).json()
    const all = await list(admin)
    expect(all.items.map(({ userId }) => userId).toSorted()).toEqual(people.map(({ userId }) => userId).toSorted())
    expect(all.items.every(({ email }) => email !== null)).toBe(true)
    const seen = await list(viewer)
    expect(seen.items.filter(({ email }) => email !== null).map(({ userId }) => userId)).toEqual([viewer.userId])
    const first = await list(viewer, '?limit=3')
    const second = await list(viewer, `?limit=3&cursor=${first.nextCursor}`)
    expect([...first.items, ...second.items]).toEqual(seen.items)
    expect(second.nextCursor).toBeNull()
  })

  test('get and lose no more than the role of who acts: every role by every role to every role', async () => {
    const whom = await member('viewer')
    for (const mine of Role) {
      const who = await member(mine)
      for (const theirs of Role) {
        for (const given of Role) {
          await airdate.db.sql(
            'update commons.workspace_members set role = $3 where workspace_id = $1 and user_id = $2',
            [...[workspaceId, whom.userId, theirs]],
          )
          const reach = mine === 'owner' ? 4 : mine === 'admin' ? 3 : 0
          const may = Role.indexOf(theirs) < reach && Role.indexOf(given) < reach
          const { status } = await make(who, whom, given)
          expect([mine, theirs, given, status]).toEqual([mine, theirs, given, may ? 200 : 403])
          expect(await roleOf(whom)).toBe(may ? given : theirs)
        }
      }
    }
  })

  test('raise themselves to nothing', async () => {
    for (const [role, wanted] of [
      ['viewer', 'editor'],
      ['editor', 'admin'],
      ['admin', 'owner'],
    ] as const) {
      const who = await member(role)
      expect((await make(who, who, wanted)).status).toBe(403)
      expect(await roleOf(who)).toBe(role)
    }
  })

  test('are removed by who may, and their keys end with the next request', async () => {
    const [admin, editor] = [await member('admin'), await member('editor')]
    expect((await remove(editor, admin)).status).toBe(403)
    expect(typeOf(await remove(admin, owner))).toBe('/problems/workspaces/role-too-low')
    expect((await remove(admin, editor)).status).toBe(204)
    expect((await call(editor, 'GET', members())).status).toBe(401)
    expect((await remove(admin, editor)).status).toBe(404)
    expect((await make(admin, { ...editor, userId: newId() }, 'viewer')).status).toBe(404)
  })

  test('leave by themselves, whatever their role', async () => {
    for (const role of ['viewer', 'editor', 'admin'] as const) {
      const who = await member(role)
      expect((await leave(who)).status).toBe(204)
      expect(await roleOf(who)).toBeNull()
      expect((await leave(who)).status).toBe(401)
    }
  })

  test('and what they are now is what a key may with its next request', async () => {
    const editor = await member('editor')
    const keep = (): Promise<Reply> => call(editor, 'POST', '/api/v1/planner/captures', { body: { text: 'A thought' } })
    expect((await keep()).status).toBe(201)
    await make(owner, editor, 'viewer')
    expect((await keep()).status).toBe(403)
    const [key] = await airdate.db.sql<{ id: string }>(
      'select id from commons.api_tokens where user_id = $1 and workspace_id = $2',
      [editor.userId, workspaceId],
    )
    const id = key?.id ?? ''
    const ground = { database: airdate.db.database, clock: systemClock }
    const actor = (await actorsHolding(ground, [id])).get(id)
    expect([actor?.role, actor?.permissions.has('task:write')]).toEqual(['viewer', false])
    await remove(owner, editor)
    expect((await actorsHolding(ground, [id])).size).toBe(0)
  })

  test('who are removed lose their open connections', async () => {
    const viewer = await member('viewer')
    using client = await LiveClient.open(airdate.url, viewer.token)
    await remove(owner, viewer)
    expect((await client.closed).code).toBe(4401)
  })
})

describe('an owner', () => {
  test('who is the last one cannot leave, nor be lowered or removed', async () => {
    for (const refused of [await leave(owner), await make(owner, owner, 'admin'), await remove(owner, owner)]) {
      expect([refused.status, typeOf(refused)]).toEqual([409, '/problems/workspaces/last-owner'])
    }
    expect(await roleOf(owner)).toBe('owner')
  })

  test('may leave when there is another, who answers for it then', async () => {
    const other = await member('owner')
    expect((await leave(owner)).status).toBe(204)
    expect(await answersFor()).toBe(other.userId)
    expect((await leave(other)).status).toBe(409)
  })

  test('hands over, and is an admin then', async () => {
    const editor = await member('editor')
    const hand = (who: Stranger, to: string): Promise<Reply> =>
      call(who, 'POST', `/api/v1/workspaces/${workspaceId}/transfer`, { body: { userId: to } })
    expect((await hand(editor, editor.userId)).status).toBe(403)
    expect((await hand(owner, newId())).status).toBe(404)
    expect((await hand(owner, owner.userId)).status).toBe(200)
    expect(await roleOf(owner)).toBe('owner')
    expect((await hand(owner, editor.userId)).json()).toMatchObject({ userId: editor.userId, role: 'owner' })
    expect([await roleOf(owner), await roleOf(editor), await answersFor()]).toEqual(['admin', 'owner', editor.userId])
  })

  test('of their own workspace stays it, whoever else there is', async () => {
    const { items } = (await airdate.call('GET', '/api/v1/workspaces')).json<{ items: Workspace[] }>()
    workspaceId = items[0]?.id ?? ''
    const other = await member('owner')
    const own = { userId: items[0] === undefined ? '' : String(await answersFor()), workspaceId, token: airdate.token }
    const refused = [await make(other, own, 'viewer'), await remove(other, own), await leave(own)]
    for (const reply of [
      ...refused,
      await call(own, 'POST', `/api/v1/workspaces/${workspaceId}/transfer`, { body: { userId: other.userId } }),
    ]) {
      expect([reply.status, typeOf(reply)]).toEqual([409, '/problems/workspaces/personal-workspace'])
    }
    expect((await leave(other)).status).toBe(204)
  })
})

test('two owners who lower, remove or leave at once leave one owner, each time', async () => {
  const acts: ((one: Stranger, other: Stranger) => Promise<Reply>)[] = [
    (one, other) => make(one, other, 'viewer'),
    (one, other) => remove(one, other),
    (one) => leave(one),
    (one) => make(one, one, 'admin'),
  ]
  for (let round = 0; round < 3; round += 1) {
    for (const act of acts) {
      const other = await member('owner')
      const statuses = (await Promise.all([act(owner, other), act(other, owner)])).map(({ status }) => status)
      const left = await airdate.db.sql<{ user_id: string }>(
        `select user_id from commons.workspace_members where workspace_id = $1 and role = 'owner'`,
        [workspaceId],
      )
      expect(left.length, String(statuses)).toBe(1)
      expect(await answersFor()).toBe(left[0]?.user_id)
      expect(statuses.filter((status) => status < 300).length, String(statuses)).toBe(1)
      if (left[0]?.user_id === other.userId) owner = other
    }
  }
})

test('each change leaves a line in the log, and a refused one none', async () => {
  const viewer = await member('viewer')
  await make(owner, viewer, 'editor')
  await make(owner, viewer, 'editor')
  await leave(owner)
  await remove(owner, viewer)
  const lines = await airdate.db.sql(
    'select action, target_id, before, after from commons.audit_entries where workspace_id = $1 order by id',
    [workspaceId],
  )
  const target_id = viewer.userId
  expect(lines).toEqual([
    { action: 'member.role-changed', target_id, before: { role: 'viewer' }, after: { role: 'editor' } },
    { action: 'member.removed', target_id, before: { role: 'editor' }, after: null },
  ])
})
