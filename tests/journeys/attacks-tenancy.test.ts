import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { Nodes, sharedBy } from '#tests/cluster/nodes.ts'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'

const WORKSPACES = '/api/v1/workspaces'
const MASTER_KEY = { AIRDATE_MASTER_KEY: randomBytes(32).toString('base64') }

let app: TestApp
beforeAll(async () => {
  app = await testApp({ roles: ['api'], settings: MASTER_KEY })
})
afterAll(() => app[Symbol.asyncDispose]())

const make = (who: Pick<Stranger, 'token'>, key: string, name: string): Promise<Reply> =>
  app.call('POST', WORKSPACES, { token: who.token, body: { name }, headers: { 'Idempotency-Key': key } })

const named = (name: string) =>
  app.db.sql<{ owner_id: string }>('select owner_id from commons.workspaces where name = $1', [name])

describe('an Idempotency-Key (E5)', () => {
  test('with which fifty ask at once makes one thing; the others get the same answer, or hear that it runs', async () => {
    const [person, key, name] = [await givenStranger(app), newId(), newId()]
    const replies = await Promise.all(Array.from({ length: 50 }, () => make(person, key, name)))
    const made = replies.filter(({ status }) => status === 201)
    expect(made.length).toBeGreaterThan(0)
    for (const reply of replies)
      if (reply.status !== 201)
        expect([reply.status, reply.json()['type']]).toEqual([409, '/problems/idempotency-key-in-use'])
    expect(new Set(made.map((reply) => reply.bytes.toString())).size).toBe(1)
    expect(await named(name)).toHaveLength(1)
    expect((await make(person, key, name)).bytes).toEqual(made[0]?.bytes)
  })

  test('is refused with another body, and is another one of another person', async () => {
    const [person, other, key, name] = [await givenStranger(app), await givenStranger(app), newId(), newId()]
    expect((await make(person, key, name)).status).toBe(201)
    const changed = await make(person, key, `${name}!`)
    expect([changed.status, changed.json()['type']]).toEqual([422, '/problems/idempotency-key-of-another-request'])
    const theirs = await make(other, key, name)
    expect([theirs.status, theirs.json()['id']]).toEqual([201, expect.any(String)])
    expect((await named(name)).map((row) => row.owner_id).toSorted()).toEqual([person.userId, other.userId].toSorted())
  })

  test('whose server is killed in the middle of its work is as if it had not been used', async () => {
    const [person, key, name] = [await givenStranger(app), newId(), newId()]
    const { host, name: database } = app.db
    const url = `postgresql://postgres:test@localhost/${database}?host=${encodeURIComponent(host)}`
    await using nodes = new Nodes(sharedBy({ ...MASTER_KEY, DATABASE_URL: url }))
    const node = await nodes.start('api')
    // What is made belongs to its person: while that is being changed, the work waits in its middle.
    const changing = new pg.Client(app.db.connection('owner'))
    await changing.connect()
    await changing.query('begin')
    await changing.query('select from commons.users where id = $1 for update', [person.userId])
    const headers = {
      Authorization: `Bearer ${person.token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
    }
    const lost = fetch(`${node.url}${WORKSPACES}`, { method: 'POST', headers, body: JSON.stringify({ name }) }).then(
      ({ status }) => status,
      () => 'lost',
    )
    const waiting = async (): Promise<number> => {
      const [row] = await app.db.sql<{ count: number }>(
        `select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return row?.count ?? 0
    }
    await expect.poll(waiting, { timeout: 20_000 }).toBe(1)
    node.signal('SIGKILL')
    await node.ended
    expect(await lost).toBe('lost')
    await changing.query('rollback')
    await changing.end()
    // The database learns of the death when it next speaks to who died; until then the key is in use.
    let reply = await make(person, key, name)
    await expect.poll(async () => (reply = await make(person, key, name)).status, { timeout: 20_000 }).toBe(201)
    expect((await make(person, key, name)).bytes).toEqual(reply.bytes)
    expect(await named(name)).toHaveLength(1)
  })
})

test('E2: whatever goes wrong for one, the next on the same connection sees their own and nothing else', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => givenStranger(app)))
  const wrong = (person: Stranger): Promise<Reply>[] => [
    app.call('PATCH', `${WORKSPACES}/${person.workspaceId}`, {
      ...{ token: person.token, body: { name: 'x' }, headers: { 'If-Match': '"no.state"' } },
    }),
    app.call('POST', WORKSPACES, { token: person.token, body: { name: '' } }),
    app.call('GET', `${WORKSPACES}/${newId()}`, { token: person.token }),
    app.call('DELETE', `${WORKSPACES}/${person.workspaceId}/members/me`, { token: person.token }),
  ]
  const right = async (person: Stranger): Promise<string[]> => {
    const lists = [WORKSPACES, `${WORKSPACES}/${person.workspaceId}/members`, '/api/v1/api-keys', '/api/v1/me']
    const replies = await Promise.all(lists.map((list) => app.call('GET', list, { token: person.token })))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    return replies.map(({ bytes }) => bytes.toString())
  }
  // More at once than there are connections, several times: each serves everybody.
  for (let round = 0; round < 12; round += 1) {
    const [failed, seen] = await Promise.all([
      Promise.all(people.flatMap(wrong)),
      Promise.all(people.map(async (person) => [person, await right(person)] as const)),
    ])
    expect([...new Set(failed.map(({ status }) => status))].toSorted((a, b) => a - b)).toEqual([400, 404, 409, 412])
    for (const [person, texts] of seen)
      for (const other of people.filter((one) => one !== person))
        for (const text of texts)
          expect([other.userId, other.workspaceId].filter((id) => text.includes(id))).toEqual([])
  }
})
