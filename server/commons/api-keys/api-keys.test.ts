import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import { createLogger } from '#platform/observability/log.ts'
import { LiveClient } from '#platform/realtime/fixtures/client.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import type { Role } from '../workspaces/roles.ts'
import type { Member } from '../workspaces/schema.ts'
import { LastUses } from './last-uses.ts'
import type { ApiKey, IssuedKey, Service } from './schema.ts'
import { KEYS_MAX } from './service.ts'

const KEYS = '/api/v1/api-keys'
const VIDEOS = '/api/v1/stream/videos'

let airdate: TestApp
let owner: Stranger
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
  owner = await givenStranger(airdate)
})
afterAll(() => airdate[Symbol.asyncDispose]())

const call = (token: string, method: string, path: string, body?: object): Promise<Reply> =>
  airdate.call(method, path, { token, ...(body === undefined ? {} : { body }) })
const create = (token: string, wish: object): Promise<Reply> =>
  call(token, 'POST', KEYS, { name: 'A key', scopes: ['*'], ...wish })
const made = async (token: string, wish: object): Promise<IssuedKey> => {
  const reply = await create(token, wish)
  expect([reply.status, reply.bytes.toString()]).toEqual([201, expect.any(String)])
  return reply.json<IssuedKey>()
}
const member = (role: Role, permissions?: readonly string[]): Promise<Stranger> =>
  givenMember(airdate, {
    ...{ workspaceId: owner.workspaceId, role },
    ...(permissions === undefined ? {} : { permissions }),
  })
const service = async (role: string): Promise<Service> => {
  const path = `/api/v1/workspaces/${owner.workspaceId}/service-accounts`
  return (await call(owner.token, 'POST', path, { name: 'A robot', role })).json<Service>()
}
const typeOf = (reply: Reply): unknown => reply.json()['type']
const keysOf = async (token: string, query = ''): Promise<ApiKey[]> =>
  (await call(token, 'GET', `${KEYS}${query}`)).json<{ items: ApiKey[] }>().items

describe('a key', () => {
  test('is made once for one Idempotency-Key, and what is kept of the answer tells it to nobody', async () => {
    const headers = { 'Idempotency-Key': newId() }
    const { token } = owner
    const ask = (path: string, body?: object) =>
      airdate.call('POST', path, { token, headers, ...(body === undefined ? {} : { body }) })
    const wish = { name: 'Asked for twice', scopes: ['*:read'] }
    const [one, two] = [await ask(KEYS, wish), await ask(KEYS, wish)]
    const { id, key } = one.json<IssuedKey>()
    expect([one.status, two.status, two.json()]).toEqual([201, 201, one.json()])
    expect(two.headers.get('cache-control')).toBe('no-store')
    expect((await call(key, 'GET', VIDEOS)).status).toBe(200)
    expect((await keysOf(token)).filter(({ name }) => name === wish.name)).toHaveLength(1)
    headers['Idempotency-Key'] = newId()
    const [rotated, again] = [await ask(`${KEYS}/${id}/rotate`), await ask(`${KEYS}/${id}/rotate`)]
    expect([rotated.status, again.status, again.json()]).toEqual([201, 201, rotated.json()])
    const kept = await airdate.db.sql<{ body: Buffer }>('select body from platform.idempotency_keys')
    expect(kept.length).toBeGreaterThanOrEqual(2)
    for (const { body } of kept) {
      expect(body.toString()).toMatch(/^v1\.answers\./)
      expect(Buffer.from(body.toString().split('.')[3] ?? '', 'base64url').toString()).not.toContain('air_')
    }
  })

  test('is shown once, kept as a digest, and works', async () => {
    const reply = await create(owner.token, { name: 'Reads', scopes: ['*:read'] })
    const { key, ...shown } = reply.json<IssuedKey>()
    expect(reply.status).toBe(201)
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(key).toMatch(/^air_[\w-]{43}$/)
    expect(shown).toMatchObject({ name: 'Reads', scopes: ['*:read'], userId: owner.userId, createdBy: owner.userId })
    expect((await call(key, 'GET', VIDEOS)).status).toBe(200)
    expect(await keysOf(owner.token)).toContainEqual({ ...shown, lastUsedAt: null })
    const [row] = await airdate.db.sql<{ secret_hash: Buffer }>(
      'select secret_hash from commons.api_tokens where id = $1',
      [shown.id],
    )
    expect(row?.secret_hash).toEqual(createHash('sha256').update(key).digest())
    for (const path of [KEYS, '/api/v1/audit-log', '/api/v1/audit-log/export.jsonl', '/api/v1/audit-log/export.csv']) {
      expect((await call(owner.token, 'GET', path)).bytes.toString()).not.toContain(key.slice(4))
    }
    const everywhere = await airdate.db.sql(
      `select 1 from platform.idempotency_keys where position($1::bytea in body) > 0`,
      [Buffer.from(key)],
    )
    expect(everywhere).toEqual([])
  })

  test('that only reads writes nothing (A14)', async () => {
    const { key, id } = await made(owner.token, { scopes: ['*:read'] })
    const writes: [string, string, object?][] = [
      ['POST', '/api/v1/planner/captures', { text: 'A thought' }],
      ['PATCH', `${VIDEOS}/${newId()}`, { title: 'Taken' }],
      ['DELETE', `${VIDEOS}/${newId()}`],
      ['POST', KEYS, { name: 'More', scopes: ['*:read'] }],
      ['PATCH', `${KEYS}/${id}`, { name: 'More' }],
      ['DELETE', `${KEYS}/${id}`],
      ['POST', `${KEYS}/${id}/rotate`],
      ['PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { name: 'Taken' }],
      ['POST', '/api/v1/workspaces', { name: 'More' }],
    ]
    for (const [method, path, body] of writes) {
      expect([method, path, (await call(key, method, path, body)).status]).toEqual([method, path, 403])
    }
  })

  test('makes none that may more than itself, whatever its person may (A14)', async () => {
    const { key } = await made(owner.token, { scopes: ['video:read', 'key:manage'] })
    for (const scopes of [['*'], ['*:read'], ['video:write'], ['video:read', 'task:read'], ['workspace:own']]) {
      const reply = await create(key, { scopes })
      expect([scopes, reply.status, typeOf(reply)]).toEqual([scopes, 403, '/problems/api-keys/beyond-own-rights'])
    }
    expect((await create(key, { scopes: ['video:read', 'key:manage'] })).status).toBe(201)
    const viewer = await member('viewer')
    expect((await create(viewer.token, { scopes: ['video:write'] })).status).toBe(403)
    expect((await create(viewer.token, { scopes: ['video:read'] })).status).toBe(201)
  })

  test('changes neither itself nor one that may more (A14)', async () => {
    const all = await made(owner.token, { name: 'All', scopes: ['*'] })
    const limited = await made(owner.token, { scopes: ['video:read', 'key:read', 'key:manage'] })
    for (const [token, id] of [
      [all.key, all.id],
      [limited.key, limited.id],
      [limited.key, all.id],
    ] as const) {
      const replies = [
        await call(token, 'PATCH', `${KEYS}/${id}`, { name: 'Taken' }),
        await call(token, 'POST', `${KEYS}/${id}/rotate`),
        await call(token, 'DELETE', `${KEYS}/${id}`),
      ]
      for (const reply of replies)
        expect([reply.status, typeOf(reply)]).toEqual([403, '/problems/api-keys/not-your-key'])
    }
    expect((await call(all.key, 'DELETE', `${KEYS}/${limited.id}`)).status).toBe(204)
    expect((await call(limited.key, 'GET', VIDEOS)).status).toBe(401)
  })

  test('ends when it says, and makes none that lasts longer', async () => {
    const soon = new Date(Date.now() + HOUR_MS).toISOString()
    const { key, id, expiresAt } = await made(owner.token, { expiresAt: soon })
    expect(expiresAt).toBe(soon)
    const later = new Date(Date.now() + 2 * HOUR_MS).toISOString()
    for (const wish of [{}, { expiresAt: null }, { expiresAt: later }]) {
      expect(typeOf(await create(key, wish))).toBe('/problems/api-keys/beyond-own-rights')
    }
    expect((await create(key, { expiresAt: new Date(Date.now() + HOUR_MS / 2).toISOString() })).status).toBe(201)
    const lasting = await made(owner.token, {})
    expect(typeOf(await call(key, 'POST', `${KEYS}/${lasting.id}/rotate`))).toBe('/problems/api-keys/beyond-own-rights')
    expect((await call(lasting.key, 'GET', VIDEOS)).status).toBe(200)
    await airdate.db.sql('update commons.api_tokens set expires_at = now() where id = $1', [id])
    expect((await call(key, 'GET', VIDEOS)).status).toBe(401)
    const past = await create(owner.token, { expiresAt: new Date(Date.now() - 1).toISOString() })
    expect([past.status, typeOf(past)]).toEqual([400, '/problems/invalid-input'])
  })

  test('is renamed, rotated and revoked by its person; what is open by it is closed', async () => {
    const first = await made(owner.token, { name: 'First', expiresAt: new Date(Date.now() + DAY_MS).toISOString() })
    const path = `${KEYS}/${first.id}`
    expect((await call(owner.token, 'PATCH', path, { name: 'Second' })).json()).toMatchObject({ name: 'Second' })
    using client = await LiveClient.open(airdate.url, first.key)
    const rotated = (await call(owner.token, 'POST', `${path}/rotate`)).json<IssuedKey>()
    expect(rotated).toMatchObject({ name: 'Second', scopes: ['*'], userId: owner.userId })
    expect(Math.abs(Date.parse(rotated.expiresAt ?? '') - Date.now() - DAY_MS)).toBeLessThan(HOUR_MS)
    expect([rotated.id === first.id, rotated.key === first.key]).toEqual([false, false])
    expect((await call(first.key, 'GET', VIDEOS)).status).toBe(401)
    expect((await client.closed).code).toBe(4401)
    expect((await call(rotated.key, 'GET', VIDEOS)).status).toBe(200)
    expect((await call(owner.token, 'DELETE', `${KEYS}/${rotated.id}`)).status).toBe(204)
    expect((await call(rotated.key, 'GET', VIDEOS)).status).toBe(401)
    for (const gone of [path, `${KEYS}/${rotated.id}`, `${KEYS}/${newId()}`]) {
      expect((await call(owner.token, 'DELETE', gone)).status).toBe(404)
    }
  })

  test('rotated twice at once is handed out anew once', async () => {
    const { id } = await made(owner.token, {})
    const replies = await Promise.all([1, 2, 3].map(() => call(owner.token, 'POST', `${KEYS}/${id}/rotate`)))
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 404, 404])
  })

  test('is one’s own: others see it only if they manage members, and then end it, no more', async () => {
    const editor = await member('editor')
    const { id, key } = await made(editor.token, { scopes: ['*'] })
    const [viewer, admin] = [await member('viewer'), await member('admin')]
    expect((await keysOf(viewer.token)).map(({ userId }) => userId)).toEqual([viewer.userId])
    expect(await keysOf(viewer.token, `?userId=${editor.userId}`)).toEqual([])
    expect((await keysOf(admin.token, `?userId=${editor.userId}`)).map((shown) => shown.id)).toContain(id)
    expect((await call(viewer.token, 'DELETE', `${KEYS}/${id}`)).status).toBe(404)
    expect((await call(admin.token, 'POST', `${KEYS}/${id}/rotate`)).status).toBe(403)
    expect((await call(admin.token, 'PATCH', `${KEYS}/${id}`, { name: 'Taken' })).status).toBe(403)
    expect((await call(key, 'GET', VIDEOS)).status).toBe(200)
    expect((await call(admin.token, 'DELETE', `${KEYS}/${id}`)).status).toBe(204)
    expect((await call(key, 'GET', VIDEOS)).status).toBe(401)
    const owners = (await keysOf(admin.token, `?userId=${owner.userId}`))[0]?.id ?? ''
    expect((await call(admin.token, 'DELETE', `${KEYS}/${owners}`)).status).toBe(403)
  })

  test('of one workspace is nothing to another (A14, E1)', async () => {
    const elsewhere = await givenStranger(airdate)
    const theirs = await made(elsewhere.token, {})
    for (const [method, path, body] of [
      ['PATCH', `${KEYS}/${theirs.id}`, { name: 'Taken' }],
      ['POST', `${KEYS}/${theirs.id}/rotate`],
      ['DELETE', `${KEYS}/${theirs.id}`],
    ] as const) {
      expect([path, (await call(owner.token, method, path, body)).status]).toEqual([path, 404])
    }
    expect(await keysOf(owner.token, `?userId=${elsewhere.userId}`)).toEqual([])
    expect((await create(owner.token, { userId: elsewhere.userId })).status).toBe(404)
  })

  test('ends with the membership, and does not come back with it', async () => {
    const editor = await member('editor')
    const { key } = await made(editor.token, {})
    await call(owner.token, 'DELETE', `/api/v1/workspaces/${owner.workspaceId}/members/${editor.userId}`)
    expect((await call(key, 'GET', VIDEOS)).status).toBe(401)
    await airdate.db.sql(
      `insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, 'editor')`,
      [...[owner.workspaceId, editor.userId]],
    )
    expect((await call(key, 'GET', VIDEOS)).status).toBe(401)
  })

  test('is not the hundred and first', async () => {
    const many = await givenStranger(airdate)
    await airdate.db.sql(
      `insert into commons.api_tokens (id, user_id, workspace_id, name, secret_hash, permissions)
       select gen_random_uuid(), $1, $2, 'One of many', decode(md5(n::text || gen_random_uuid()), 'hex'), '{video:read}'
       from generate_series(2, $3) n`,
      [many.userId, many.workspaceId, KEYS_MAX],
    )
    expect(typeOf(await create(many.token, {}))).toBe('/problems/api-keys/too-many-keys')
  })

  test.each([
    { scopes: [] },
    { scopes: ['thing:read'] },
    { scopes: ['video:read', 'video:read'] },
    { scopes: '*' },
    { name: '' },
    { secretHash: 'x' },
    { id: newId() },
    { workspaceId: newId() },
    { expiresAt: 'tomorrow' },
  ])('is not made of %j', async (wish) => {
    expect((await create(owner.token, wish)).status).toBe(400)
  })

  test('leaves a line in the log for each change, without a secret', async () => {
    const { id, key } = await made(owner.token, { name: 'Noted', scopes: ['video:read'] })
    await call(owner.token, 'PATCH', `${KEYS}/${id}`, { name: 'Noted too' })
    const rotated = (await call(owner.token, 'POST', `${KEYS}/${id}/rotate`)).json<IssuedKey>()
    await call(owner.token, 'DELETE', `${KEYS}/${rotated.id}`)
    const lines = await airdate.db.sql<{ action: string; target_id: string }>(
      'select action, target_id, before, after from commons.audit_entries where target_id = any($1) order by id',
      [[id, rotated.id]],
    )
    expect(lines.map(({ action, target_id: target }) => [action, target])).toEqual([
      ['api-key.created', id],
      ['api-key.renamed', id],
      ['api-key.rotated', id],
      ['api-key.revoked', rotated.id],
    ])
    for (const secret of [key, rotated.key]) {
      expect(JSON.stringify(lines)).not.toContain(secret)
      expect(JSON.stringify(lines)).not.toContain(createHash('sha256').update(secret).digest('hex'))
    }
  })
})

describe('a service account', () => {
  test('is a member that acts by keys alone, and has nothing of its own', async () => {
    const robot = await service('editor')
    const { key } = await made(owner.token, { userId: robot.userId })
    expect((await call(key, 'POST', '/api/v1/planner/captures', { text: 'By a robot' })).status).toBe(201)
    expect((await call(key, 'POST', '/api/v1/workspaces', { name: 'A robot’s' })).status).toBe(403)
    expect((await create(key, {})).status).toBe(403)
    const { items } = (
      await call(owner.token, 'GET', `/api/v1/workspaces/${owner.workspaceId}/members?limit=100`)
    ).json<{ items: Member[] }>()
    expect(items.find(({ userId }) => userId === robot.userId)).toMatchObject({ kind: 'service', email: null })
  })

  test('owns nothing', async () => {
    const robot = await service('admin')
    const at = `/api/v1/workspaces/${owner.workspaceId}`
    const replies = [
      await call(owner.token, 'PATCH', `${at}/members/${robot.userId}`, { role: 'owner' }),
      await call(owner.token, 'POST', `${at}/transfer`, { userId: robot.userId }),
    ]
    for (const reply of replies)
      expect([reply.status, typeOf(reply)]).toEqual([409, '/problems/workspaces/service-account'])
    expect((await call(owner.token, 'POST', `${at}/service-accounts`, { name: 'x', role: 'owner' })).status).toBe(400)
  })

  test('is made, and given keys, by who manages members and is not below it', async () => {
    const [editor, admin] = [await member('editor'), await member('admin')]
    const path = `/api/v1/workspaces/${owner.workspaceId}/service-accounts`
    expect((await call(editor.token, 'POST', path, { name: 'x', role: 'viewer' })).status).toBe(403)
    expect((await call(admin.token, 'POST', path, { name: 'x', role: 'admin' })).status).toBe(201)
    const robot = await service('viewer')
    expect((await create(editor.token, { scopes: ['video:read'], userId: robot.userId })).status).toBe(404)
    expect((await create(admin.token, { scopes: ['video:read'], userId: robot.userId })).status).toBe(201)
    expect((await create(admin.token, { scopes: ['video:read'], userId: editor.userId })).status).toBe(404)
  })

  test('ends when it is removed', async () => {
    const robot = await service('viewer')
    const { key } = await made(owner.token, { userId: robot.userId })
    const path = `/api/v1/workspaces/${owner.workspaceId}/members/${robot.userId}`
    expect((await call(owner.token, 'DELETE', path)).status).toBe(204)
    expect((await call(key, 'GET', VIDEOS)).status).toBe(401)
    expect((await create(owner.token, { userId: robot.userId })).status).toBe(404)
  })
})

test('the database hands out no digest, and no key in another’s name', async () => {
  const { database } = airdate.db
  const scope = { role: 'app', workspaceId: owner.workspaceId, userId: owner.userId } as const
  type Reader = Parameters<typeof import('./queries.ts').keyCount>[0]
  const digests = database.read(scope, (db: Reader) =>
    db.selectFrom('commons.apiTokens').select('secretHash').execute(),
  )
  await expect(digests).rejects.toThrow('permission denied')
  const editor = await member('editor')
  type Writer = Parameters<typeof import('./queries.ts').insertKey>[0]
  const forge = (userId: string, workspaceId: string): Promise<unknown> =>
    database.transaction(scope, (tx: Writer) =>
      tx
        .insertInto('commons.apiTokens')
        .values({
          ...{ id: newId(), userId, workspaceId, name: 'Forged' },
          secretHash: Buffer.from(newId()),
          permissions: ['*'],
        })
        .execute(),
    )
  await expect(forge(editor.userId, owner.workspaceId)).rejects.toThrow('row-level security')
  await expect(forge(owner.userId, newId())).rejects.toThrow('row-level security')
  const admin = database.transaction(scope, (tx: Writer) =>
    tx
      .insertInto('commons.users')
      .values({ id: newId(), email: 'x@example.org', displayName: 'x', isAdmin: true, serviceOf: owner.workspaceId })
      .execute(),
  )
  await expect(admin).rejects.toThrow('permission denied')
})

test('the last use is written by nobody who waits, once a minute', async () => {
  const { id } = await made(owner.token, {})
  const usedAt = async (): Promise<Date | null> =>
    (
      await airdate.db.sql<{ at: Date | null }>('select last_used_at as at from commons.api_tokens where id = $1', [id])
    )[0]?.at ?? null
  await using uses = new LastUses({ database: airdate.db.database, log: createLogger('silent') })
  uses.note(id)
  expect(await usedAt()).toBeNull()
  await uses.write()
  const first = await usedAt()
  expect(first).not.toBeNull()
  uses.note(id)
  await uses.write()
  expect(await usedAt()).toEqual(first)
  await airdate.db.sql(`update commons.api_tokens set last_used_at = now() - interval '61 seconds' where id = $1`, [id])
  uses.note(id)
  await uses.write()
  expect((await usedAt())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? 0)
})
