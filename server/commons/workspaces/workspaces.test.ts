import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { contextOf } from '#platform/jobs/fixtures/support.ts'
import { type CallOptions, type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import { permissionsOf } from './roles.ts'
import type { Workspace } from './schema.ts'
import { FOUNDED_MAX, createWorkspace, restoreWorkspace, switchWorkspace, workspacesOf } from './service.ts'

const WORKSPACES = '/api/v1/workspaces'

let airdate: TestApp
let stranger: Stranger
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
  stranger = await givenStranger(airdate)
})
afterAll(() => airdate[Symbol.asyncDispose]())

const call = (who: Stranger, method: string, path: string, options: CallOptions = {}): Promise<Reply> =>
  airdate.call(method, path, { ...options, token: who.token })
const at = ({ workspaceId }: Stranger): string => `${WORKSPACES}/${workspaceId}`

/** Somebody as they act by a session, which is of no workspace. */
function signedIn({ userId, workspaceId }: Stranger, credentialId: string = newId()): Ctx {
  const permissions = permissionsOf('owner', ['*'], { isAdmin: false })
  const actor: UserActor = { kind: 'user', userId, workspaceId, permissions, credentialId, credentialKind: 'session' }
  const ctx = contextOf(airdate.db.database)({ kind: 'system', name: 'test', workspaceId: null }, 'test')
  return { ...ctx, actor, scope: { role: 'app', workspaceId, userId } }
}

/** A workspace that is not somebody's own, with its owner. */
async function founded(): Promise<Stranger> {
  const { userId } = await givenStranger(airdate)
  const made = await createWorkspace(signedIn({ userId, workspaceId: newId(), token: '' }), { name: 'Founded' })
  await airdate.db.sql('delete from commons.workspace_members where workspace_id = $1', [made.id])
  const owner = await givenMember(airdate, { workspaceId: made.id, role: 'owner' })
  await airdate.db.sql('update commons.workspaces set owner_id = $2 where id = $1', [made.id, owner.userId])
  return owner
}

describe('a workspace', () => {
  test('of one’s own is there from the beginning and cannot be deleted', async () => {
    const { items } = (await airdate.call('GET', WORKSPACES)).json<{ items: Workspace[] }>()
    expect(items).toMatchObject([{ name: 'owner', personal: true, role: 'owner', deletedAt: null }])
    const reply = await airdate.call('DELETE', `${WORKSPACES}/${items[0]?.id}`)
    expect([reply.status, reply.json()['type']]).toEqual([409, '/problems/workspaces/personal-workspace'])
  })

  test('is made, with the same key once, and owned by who made it', async () => {
    const headers = { 'Idempotency-Key': newId() }
    const make = (): Promise<Reply> => call(stranger, 'POST', WORKSPACES, { body: { name: 'Team 🐈' }, headers })
    const [first, second] = [await make(), await make()]
    const made = first.json<Workspace>()
    expect(first.status).toBe(201)
    expect(first.headers.get('location')).toBe(`${WORKSPACES}/${made.id}`)
    expect(made).toMatchObject({ name: 'Team 🐈', personal: false, role: 'owner', deletedAt: null })
    expect(second.json()).toEqual(made)
    const page = await workspacesOf(signedIn(stranger), {})
    expect(page.items.filter(({ name }) => name === 'Team 🐈')).toEqual([
      { ...made, createdAt: expect.any(String), updatedAt: expect.any(String) },
    ])
  })

  test.each([{ name: '' }, { name: ' \n' }, { name: 'x'.repeat(101) }, {}, { name: 'x', ownerId: newId() }])(
    'is not made of %j',
    async (body) => {
      expect((await call(stranger, 'POST', WORKSPACES, { body })).status).toBe(400)
    },
  )

  test('is not made any more by who has a hundred', async () => {
    const many = await givenStranger(airdate)
    const left = FOUNDED_MAX - 1
    await airdate.db.sql(
      `with made as (
         insert into commons.workspaces (id, name, owner_id) select gen_random_uuid(), 'One of many', $1
         from generate_series(1, $2) returning id)
       insert into commons.workspace_members (workspace_id, user_id, role) select id, $1, 'owner' from made`,
      [many.userId, left],
    )
    const reply = await call(many, 'POST', WORKSPACES, { body: { name: 'One too many' } })
    expect([reply.status, reply.json()['type']]).toEqual([409, '/problems/workspaces/too-many-workspaces'])
  })

  test('is renamed by who cares for it, to the state that they saw', async () => {
    const owner = await founded()
    const etag = (await call(owner, 'GET', at(owner))).headers.get('etag') ?? ''
    expect((await call(owner, 'GET', at(owner), { headers: { 'If-None-Match': etag } })).status).toBe(304)
    const rename = (who: Stranger, name: string, ifMatch = '*'): Promise<Reply> =>
      call(who, 'PATCH', at(owner), { body: { name }, headers: { 'If-Match': ifMatch } })
    const renamed = await rename(owner, 'Renamed', etag)
    expect([renamed.status, renamed.json()['name']]).toEqual([200, 'Renamed'])
    expect(renamed.headers.get('etag')).not.toBe(etag)
    expect((await rename(owner, 'Late', etag)).status).toBe(412)
    const { workspaceId } = owner
    const [admin, editor] = [
      await givenMember(airdate, { workspaceId, role: 'admin' }),
      await givenMember(airdate, { workspaceId, role: 'editor' }),
    ]
    expect((await rename(admin, 'By an admin')).status).toBe(200)
    expect((await rename(editor, 'By an editor')).status).toBe(403)
    expect((await call(editor, 'GET', at(owner))).json()).toMatchObject({ name: 'By an admin', role: 'editor' })
  })

  test('that is deleted ends its credentials at once, and is restored by its owner alone', async () => {
    const owner = await founded()
    const { workspaceId } = owner
    const admin = await givenMember(airdate, { workspaceId, role: 'admin' })
    expect((await call(admin, 'DELETE', at(owner))).status).toBe(403)
    expect((await call(owner, 'DELETE', at(owner))).status).toBe(204)
    for (const who of [owner, admin]) expect((await call(who, 'GET', at(owner))).status).toBe(401)
    const page = await workspacesOf(signedIn(owner), { state: 'deleted' })
    expect(page.items).toMatchObject([{ id: workspaceId, deletedAt: expect.any(String) }])
    const others = [admin, stranger].map((who) => restoreWorkspace(signedIn(who), workspaceId))
    for (const other of others) await expect(other).rejects.toMatchObject({ status: 404 })
    expect(await restoreWorkspace(signedIn(owner), workspaceId)).toMatchObject({ id: workspaceId, deletedAt: null })
    expect((await call(admin, 'GET', at(owner))).status).toBe(200)
    await expect(restoreWorkspace(signedIn(owner), workspaceId)).rejects.toMatchObject({ status: 404 })
  })

  test('that was deleted more than 30 days ago is not restored', async () => {
    const owner = await founded()
    await call(owner, 'DELETE', at(owner))
    await airdate.db.sql(
      `update commons.workspaces set deleted_at = now() - interval '30 days 1 second' where id = $1`,
      [owner.workspaceId],
    )
    expect((await workspacesOf(signedIn(owner), { state: 'deleted' })).items).toEqual([])
    await expect(restoreWorkspace(signedIn(owner), owner.workspaceId)).rejects.toMatchObject({ status: 404 })
  })

  test('is what a session works in from then on, if its person is in it', async () => {
    const owner = await founded()
    const credentialId = newId()
    await airdate.db.sql(
      `insert into commons.sessions (id, user_id, workspace_id, kind, method, expires_at)
       values ($1, $2, (select id from commons.workspaces where name = 'Elsewhere' and owner_id = $2), 'token', 'password',
         now() + interval '1 hour')`,
      [credentialId, owner.userId],
    )
    const current = async (): Promise<unknown> =>
      (await airdate.db.sql('select workspace_id from commons.sessions where id = $1', [credentialId]))[0]?.[
        'workspace_id'
      ]
    const session = signedIn({ ...owner, workspaceId: newId() }, credentialId)
    await expect(switchWorkspace(session, stranger.workspaceId)).rejects.toMatchObject({ status: 404 })
    expect(await current()).not.toBe(owner.workspaceId)
    expect(await switchWorkspace(session, owner.workspaceId)).toMatchObject({ id: owner.workspaceId })
    expect(await current()).toBe(owner.workspaceId)
    // Of somebody else's session nothing changes, whatever workspaces one is in.
    await expect(switchWorkspace(signedIn(stranger, credentialId), stranger.workspaceId)).rejects.toMatchObject({
      status: 404,
    })
    expect((await call(owner, 'POST', `${at(owner)}/switch`)).status).toBe(409)
  })

  test('leaves a line in the log for each change', async () => {
    const owner = await founded()
    await call(owner, 'PATCH', at(owner), { body: { name: 'Noted' } })
    await call(owner, 'DELETE', at(owner))
    await restoreWorkspace(signedIn(owner), owner.workspaceId)
    const lines = await airdate.db.sql(
      'select action, actor_id, before, after from commons.audit_entries where workspace_id = $1 order by id',
      [owner.workspaceId],
    )
    expect(lines).toEqual([
      {
        ...{ action: 'workspace.renamed', actor_id: owner.userId },
        before: { name: 'Founded' },
        after: { name: 'Noted' },
      },
      { ...{ action: 'workspace.deleted', actor_id: owner.userId }, before: null, after: null },
      { ...{ action: 'workspace.restored', actor_id: owner.userId }, before: null, after: null },
    ])
  })
})

describe('of two workspaces', () => {
  test('a key reaches its own alone, whatever its person is in the other (A14)', async () => {
    const owner = await founded()
    const elsewhere = await founded()
    await airdate.db.sql(
      `insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, 'owner')`,
      [elsewhere.workspaceId, owner.userId],
    )
    const { items } = (await call(owner, 'GET', WORKSPACES)).json<{ items: Workspace[] }>()
    expect(items.map(({ id }) => id)).toEqual([owner.workspaceId])
    const of = at(elsewhere)
    const calls: [string, string, object?][] = [
      ['GET', of],
      ['PATCH', of, { name: 'Taken' }],
      ['DELETE', of],
      ['POST', `${of}/restore`],
      ['POST', `${of}/transfer`, { userId: owner.userId }],
      ['GET', `${of}/members`],
      ['PATCH', `${of}/members/${elsewhere.userId}`, { role: 'viewer' }],
      ['DELETE', `${of}/members/${elsewhere.userId}`],
      ['DELETE', `${of}/members/me`],
    ]
    for (const [method, path, body] of calls) {
      const reply = await call(owner, method, path, body === undefined ? {} : { body })
      expect([method, path, reply.status]).toEqual([method, path, 404])
    }
    expect((await call(elsewhere, 'GET', of)).json()).toMatchObject({ name: 'Founded', role: 'owner' })
  })

  test('the database shows each person their own, and lets nobody into another’s', async () => {
    const [one, other] = [await founded(), await founded()]
    const { database } = airdate.db
    const scope = { role: 'app', workspaceId: one.workspaceId, userId: one.userId } as const
    type Reader = Parameters<typeof import('./queries.ts').ownersOf>[0]
    const seen = await database.read(scope, async (db: Reader) => ({
      workspaces: await db.selectFrom('commons.workspaces').select('id').execute(),
      members: await db.selectFrom('commons.workspaceMembers').select('userId').execute(),
      people: await db.selectFrom('commons.users').select('id').execute(),
    }))
    expect(seen.workspaces.map(({ id }) => id)).not.toContain(other.workspaceId)
    expect(new Set(seen.members.map(({ userId }) => userId))).toEqual(new Set([one.userId]))
    expect(seen.people.map(({ id }) => id)).toEqual([one.userId])
    type Writer = Parameters<typeof import('./queries.ts').setRole>[0]
    const enter = database.transaction(scope, (tx: Writer) =>
      tx
        .insertInto('commons.workspaceMembers')
        .values({ workspaceId: other.workspaceId, userId: one.userId, role: 'owner' })
        .execute(),
    )
    await expect(enter).rejects.toThrow('row-level security')
    const rename = await database.transaction(scope, (tx: Writer) =>
      tx
        .updateTable('commons.workspaces')
        .set({ name: 'Taken' })
        .where('id', '=', other.workspaceId)
        .executeTakeFirst(),
    )
    expect(rename.numUpdatedRows).toBe(0n)
    const makeOwn = database.transaction(scope, (tx: Writer) =>
      tx
        .insertInto('commons.workspaces')
        .values({ id: newId(), name: 'In another’s name', ownerId: other.userId })
        .execute(),
    )
    await expect(makeOwn).rejects.toThrow('row-level security')
  })
})
