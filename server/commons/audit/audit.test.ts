import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { Type } from 'typebox'
import { newId } from '#kernel/ids.ts'
import type { Ctx, UserActor } from '#platform/context.ts'
import { type AppScope, systemScope } from '#platform/database/scope.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { defineAudited } from './action.ts'
import { cell } from './files.ts'
import type { AuditEntry } from './schema.ts'
import { exportedEntries, record } from './service.ts'

const LOG = '/api/v1/audit-log'
const AGENT = 'a browser of some kind'

const renamed = defineAudited({
  name: 'thing.renamed',
  owner: 'workspace',
  target: 'thing',
  fields: { name: Type.String(), count: Type.Integer() },
})
const addressChanged = defineAudited({ name: 'account.address-changed', owner: 'person', target: 'account' })
const opened = defineAudited({ name: 'installation.opened', owner: 'installation', target: 'installation' })

let airdate: TestApp
let [ann, bob]: Stranger[] = []
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
  ;[ann, bob] = [await givenStranger(airdate), await givenStranger(airdate)]
})
afterAll(() => airdate[Symbol.asyncDispose]())

const given = (one: Stranger | undefined): Stranger => {
  if (one === undefined) throw new Error('nobody is there yet')
  return one
}
const get = (path: string, who: Stranger | undefined): Promise<Reply> =>
  airdate.call('GET', path, { token: given(who).token, headers: { 'User-Agent': AGENT } })
const itemsOf = async (path: string, who: Stranger | undefined): Promise<AuditEntry[]> =>
  (await get(path, who)).json<{ items: AuditEntry[] }>().items
const scopeOf = ({ workspaceId, userId }: Stranger): AppScope => ({ role: 'app', workspaceId, userId })
const ctxOf = (who: Stranger): Ctx => {
  const { workspaceId, userId } = who
  const actor: UserActor = { kind: 'user', userId, workspaceId, permissions: new Set(['*']) }
  const { database } = airdate.db
  return { actor, requestId: newId(), database, scope: scopeOf(who) } as unknown as Ctx
}
const rename = (who: Stranger, targetId: string, before: string, after: string): Promise<void> =>
  airdate.db.database.transaction(scopeOf(who), (tx) =>
    record(tx, ctxOf(who), renamed, {
      of: who.workspaceId,
      targetId,
      before: { name: before },
      after: { name: after },
    }),
  )

describe('an entry', () => {
  test('tells who did what, to what, from where, with what before and after', async () => {
    const who = given(ann)
    const targetId = newId()
    await rename(who, targetId, 'Old', 'New')
    const taken = await get(`${LOG}/export.jsonl?targetId=${targetId}`, ann)
    expect(taken.status).toBe(200)
    const [exported, changed] = await itemsOf(LOG, ann)
    expect(changed).toMatchObject({
      action: 'thing.renamed',
      workspaceId: who.workspaceId,
      actor: { kind: 'user', id: who.userId, impersonatorId: null },
      target: { kind: 'thing', id: targetId },
      before: { name: 'Old' },
      after: { name: 'New' },
    })
    expect(exported).toMatchObject({
      action: 'audit-log.exported',
      actor: { kind: 'user', id: who.userId, credentialId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      target: { kind: 'workspace', id: who.workspaceId },
      address: '127.0.0.1',
      userAgent: AGENT,
      requestId: taken.headers.get('x-request-id'),
      before: null,
      after: null,
    })
  })

  test('is there exactly when its effect is', async () => {
    const who = given(ann)
    const targetId = newId()
    const failing = airdate.db.database.transaction(scopeOf(who), async (tx) => {
      await record(tx, ctxOf(who), renamed, { of: who.workspaceId, targetId })
      throw new Error('the effect fails')
    })
    await expect(failing).rejects.toThrow('the effect fails')
    expect(await itemsOf(`${LOG}?targetId=${targetId}`, ann)).toEqual([])
  })

  test('holds no field that was not declared, and none of another kind', async () => {
    const who = given(ann)
    for (const before of [{ password: 'hunter2' }, { name: 7 }, { name: 'a', count: 'many' }]) {
      const written = airdate.db.database.transaction(scopeOf(who), (tx) =>
        record(tx, ctxOf(who), renamed, { of: who.workspaceId, targetId: null, before: before as never }),
      )
      await expect(written).rejects.toThrow('other values than were declared')
    }
  })

  test('of a person who was impersonated names both', async () => {
    const who = given(ann)
    const impersonatorId = newId()
    const ctx = ctxOf(who)
    const actor = { ...(ctx.actor as UserActor), impersonatorId }
    const targetId = newId()
    await airdate.db.database.transaction(scopeOf(who), (tx) =>
      record(tx, { ...ctx, actor }, renamed, { of: who.workspaceId, targetId }),
    )
    const [entry] = await itemsOf(`${LOG}?targetId=${targetId}`, ann)
    expect(entry?.actor).toMatchObject({ id: who.userId, impersonatorId })
  })
})

describe('nobody', () => {
  test('changes or removes an entry, the role that owns the table included', async () => {
    await rename(given(ann), newId(), 'a', 'b')
    for (const statement of [
      `update commons.audit_entries set action = 'nothing.happened'`,
      'delete from commons.audit_entries',
      'truncate commons.audit_entries',
    ]) {
      await expect(airdate.db.sql(statement)).rejects.toThrow('never changed or removed')
    }
    const [granted] = await airdate.db.sql(
      `select array_agg(distinct privilege_type::text order by privilege_type::text) as rights
       from information_schema.role_table_grants
       where table_schema = 'commons' and table_name = 'audit_entries' and grantee in ('airdate_app', 'airdate_system')`,
    )
    expect(granted).toEqual({ rights: ['INSERT', 'SELECT'] })
  })

  test('writes in another’s name, or into a workspace or account that is not theirs', async () => {
    const [one, other] = [given(ann), given(bob)]
    const write = (as: Stranger, of: string): Promise<void> =>
      airdate.db.database.transaction(scopeOf(one), (tx) => record(tx, ctxOf(as), renamed, { of, targetId: null }))
    await expect(write(other, one.workspaceId)).rejects.toThrow('row-level security')
    await expect(write(one, other.workspaceId)).rejects.toThrow('row-level security')
    const account = airdate.db.database.transaction(scopeOf(one), (tx) =>
      record(tx, ctxOf(one), addressChanged, { of: other.userId, targetId: other.userId }),
    )
    await expect(account).rejects.toThrow('row-level security')
  })

  test('reads the log of another workspace, and without the permission not even that of their own', async () => {
    const targetId = newId()
    await rename(given(ann), targetId, 'a', 'b')
    expect(await itemsOf(`${LOG}?targetId=${targetId}`, bob)).toEqual([])
    const seen = await get(`${LOG}/export.jsonl?targetId=${targetId}`, bob)
    expect(seen.bytes.toString()).toBe('')
    const limited = await givenStranger(airdate, ['video:read'])
    for (const path of [LOG, `${LOG}/export.csv`, `${LOG}/export.jsonl`, '/api/v1/me/audit-log']) {
      expect([path, (await get(path, limited)).status]).toEqual([path, 403])
      expect((await airdate.call('GET', path, { token: null })).status).toBe(401)
    }
  })
})

describe('one’s own account', () => {
  test('has a log that the person reads in any workspace, and nobody else', async () => {
    const [one, other] = [given(ann), given(bob)]
    const { database } = airdate.db
    const anonymous = { actor: { kind: 'anonymous' }, requestId: newId() } as const
    await database.transaction(systemScope, async (tx) => {
      await record(tx, anonymous, addressChanged, { of: one.userId, targetId: one.userId })
      await record(tx, anonymous, addressChanged, {
        ...{ of: other.userId, targetId: other.userId },
        by: { userId: other.userId },
      })
      await record(tx, anonymous, opened, { of: null, targetId: null })
    })
    const mine = await itemsOf('/api/v1/me/audit-log', ann)
    expect(mine).toMatchObject([
      {
        action: 'account.address-changed',
        workspaceId: null,
        target: { id: one.userId },
        actor: { kind: 'anonymous' },
      },
    ])
    const theirs = await itemsOf('/api/v1/me/audit-log', bob)
    expect(theirs).toMatchObject([{ target: { id: other.userId }, actor: { kind: 'user', id: other.userId } }])
    for (const who of [ann, bob]) {
      const actions = (await itemsOf(`${LOG}?limit=100`, who)).map(({ action }) => action)
      expect(actions).not.toContain('account.address-changed')
      expect(actions).not.toContain('installation.opened')
    }
  })
})

describe('the log', () => {
  test('is narrowed by action, actor, target and time, and read page by page while it grows', async () => {
    const who = await givenStranger(airdate)
    const ids: string[] = Array.from({ length: 25 }, () => newId())
    for (const id of ids) await rename(who, id, 'a', 'b')
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page = (await get(`${LOG}?limit=7&action=thing.renamed&actorId=${who.userId}${query}`, who)).json<{
        items: AuditEntry[]
        nextCursor: string | null
      }>()
      seen.push(...page.items.map(({ target }) => target.id ?? ''))
      cursor = page.nextCursor
      await rename(who, newId(), 'c', 'd')
    }
    expect(seen).toEqual(ids.toReversed())
    const [third] = await itemsOf(`${LOG}?targetKind=thing&targetId=${ids[3]}`, who)
    expect(third?.target.id).toBe(ids[3])
    const at = encodeURIComponent(third?.createdAt ?? '')
    const before = await itemsOf(`${LOG}?limit=100&to=${at}`, who)
    const since = await itemsOf(`${LOG}?limit=100&from=${at}`, who)
    expect(before.map(({ target }) => target.id)).not.toContain(ids[3])
    expect(since.map(({ target }) => target.id)).toContain(ids[3])
    for (const nothing of [
      `actorId=${newId()}`,
      'action=nothing.happened',
      'targetKind=x',
      'to=2001-01-01T00:00:00Z',
    ]) {
      expect(await itemsOf(`${LOG}?${nothing}`, who)).toEqual([])
    }
    for (const wrong of ['from=yesterday', 'actorId=me', 'action=A%20B', 'cursor=x', 'limit=101', 'workspaceId=x']) {
      expect([wrong, (await get(`${LOG}?${wrong}`, who)).status]).toEqual([wrong, 400])
    }
  })

  test('is exported whole, each entry once, newest first, over several pages', async () => {
    const who = await givenStranger(airdate)
    await airdate.db.sql(
      `insert into commons.audit_entries (id, workspace_id, action, actor_kind, target_kind, target_id, request_id)
       select ('018f0000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, 'thing.counted', 'system', 'thing', n::text, 'r'
       from generate_series(1, 1234) n`,
      [who.workspaceId],
    )
    const lines = (await get(`${LOG}/export.jsonl`, who)).bytes.toString().trimEnd().split('\n')
    const told = lines.map((line) => JSON.parse(line) as AuditEntry)
    expect(told[0]?.action).toBe('audit-log.exported')
    expect(told.slice(1).map(({ target }) => Number(target.id))).toEqual(
      Array.from({ length: 1234 }, (_, n) => 1234 - n),
    )
    const table = await get(`${LOG}/export.csv?action=thing.counted`, who)
    expect(table.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(table.headers.get('content-disposition')).toBe('attachment; filename="audit-log.csv"')
    expect(table.bytes.toString().trimEnd().split('\r\n')).toHaveLength(1235)
  })

  test('is not exported in part: what is more than a file holds is refused', async () => {
    const who = await givenStranger(airdate)
    for (let count = 0; count < 3; count += 1) await rename(who, newId(), 'a', 'b')
    const filter = { action: 'thing.renamed' }
    const all = await exportedEntries(ctxOf(who), filter, { mostEntries: 3, pageEntries: 2 })
    expect(await Array.fromAsync(all)).toHaveLength(3)
    await rename(who, newId(), 'a', 'b')
    const more = exportedEntries(ctxOf(who), filter, { mostEntries: 3, pageEntries: 2 })
    await expect(more).rejects.toThrow('One file holds 3 entries at most')
    expect(await itemsOf(`${LOG}?action=audit-log.exported`, who)).toHaveLength(1)
  })
})

describe('a cell', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
    'that begins with %j is text to a spreadsheet',
    async (name) => {
      expect(cell(name)).toBe(`"'${name}"`)
      const who = await givenStranger(airdate)
      await rename(who, name, name, 'b')
      const filter = `?action=thing.renamed`
      const table = (await get(`${LOG}/export.csv${filter}`, who)).bytes.toString()
      expect(table).toContain(`"'${name}"`)
      const [line = ''] = (await get(`${LOG}/export.jsonl${filter}`, who)).bytes.toString().split('\n')
      expect(JSON.parse(line)).toMatchObject({ target: { id: name }, before: { name } })
    },
  )

  test('is read again as it was written, whatever it holds', () => {
    const read = (written: string): string => {
      const inside = written.slice(1, -1).replaceAll('""', '"')
      return /^'[=+\-@\t\r]/.test(inside) ? inside.slice(1) : inside
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^'[=+\-@\t\r]/.test(text))
        const written = cell(text)
        const isOneCell = !written.slice(1, -1).replaceAll('""', '').includes('"')
        return read(written) === text && isOneCell && !/^"[=+\-@\t\r]/.test(written)
      }),
    )
  })
})
