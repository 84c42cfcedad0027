import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { newId } from '#kernel/ids.ts'
import type { OpenApi } from '../../server/docs/document.ts'
import { SEEDS } from '../../server/planner/templates/seeds.ts'
import { BUILT_IN } from '../../server/planner/workflows/builtin.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'
import { givenFilms } from '#tests/support/film.ts'
import { type Described, operationsOf } from '#tests/support/openapi-rules.ts'
import { givenSession } from '#tests/support/sessions.ts'
import { Atlas } from './atlas.ts'
import { type Caller, type PlannedCall, rightCallsOf } from './calls.ts'
import { OWN_ORIGIN, withRealIds } from './known.ts'
import type { Foreign } from './oracle.ts'
import type { Manner } from './values.ts'
import { type Answer, type SentCall, Wire } from '#tests/support/wire.ts'

/** Calls at once. */
export const AT_ONCE = 16
/** Whoever asks for longer is not answered at all. */
const PATIENCE_MS = 30_000
const READER = ['*:read']
/** Calls of each operation that makes something, before anything goes wrong. */
const LIVED_CALLS = 4

/** A house with two workspaces that have things of every kind, and somebody who runs it. */
export interface World extends AsyncDisposable {
  readonly operations: readonly Described[]
  /** How values are made for who calls. */
  readonly manner: Manner
  /** What nobody but the other workspace may see. */
  readonly foreign: Foreign
  /** Credentials and things anew for those who call: what came before may have lost its own. */
  renew(seed: number): Promise<void>
  /** What a planned call is in this house now. */
  sent(call: PlannedCall): SentCall
  /** Makes it, and learns from the answer. */
  call(call: PlannedCall, sent: SentCall): Promise<Answer>
  isAlive(): Promise<boolean>
  /** Everything that the other workspace has, as one text. */
  othersThings(): Promise<string>
}

/** Opens one; nobody works on what is asked of it, save on the one film that was there before. */
export async function openWorld(seed: number): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const app = opened.use(await testApp({ roles: ['api'] }))
  const wire = opened.use(new Wire(app.url, { most: AT_ONCE, patienceMs: PATIENCE_MS }))
  const films = await givenFilms(app, [
    { token: app.token, title: 'A film', visibility: 'public' },
    { token: app.token, title: 'A film of our own', visibility: 'private' },
  ])
  const api = (await app.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  const operations = operationsOf(api)
  const mark = `mark${randomInt(1e9)}x`
  const live = liverOf({ app, wire, operations })

  const other = await givenStranger(app)
  const others = new Atlas(operations, app.url)
  await live({ atlas: others, person: other, manner: { mark }, seed })
  // what it showed to all on purpose is no secret
  await app.db.sql(`update stream.videos set visibility = 'private' where workspace_id = $1`, [other.workspaceId])
  // nor is what everybody has
  const common = new Set([...SEEDS, ...BUILT_IN].map(({ id }) => id))
  const ids = [...others.ids].filter((id) => !common.has(id))
  const foreign: Foreign = { mark, ids: new Set([...ids, other.userId, other.workspaceId]) }

  const manner: Manner = { mark: '' }
  let own = new Atlas(operations, app.url)
  let credentials = new Map<Caller, Credential>()
  const renew = async (batchSeed: number): Promise<void> => {
    const member = await givenStranger(app)
    const reader = await givenToken(app, member, READER)
    const operator = await app.app.ownerToken(`fuzz ${batchSeed}`)
    credentials = new Map([
      ['member', bearer(member.token)],
      ['session', await givenSession(app, member)],
      ['reader', bearer(reader)],
      ['operator', bearer(operator)],
      ['nonsense', bearer(NONSENSE[batchSeed % NONSENSE.length] ?? 'x')],
    ])
    own = new Atlas(operations, app.url)
    await live({ atlas: own, person: member, manner, seed: batchSeed })
    for (const [at, visibility] of ['public', 'private'].entries()) {
      await app.db.sql('update stream.videos set deleted_at = null, visibility = $2 where id = $1', [
        films[at],
        visibility,
      ])
      await readFilm(wire, own, films[at] ?? '', bearer(operator))
    }
  }
  const sent = (call: PlannedCall): SentCall =>
    written(call, { own, others, origin: app.url, credential: credentials.get(call.caller) ?? {} })
  const parts = opened.move()
  return {
    ...{ operations, manner, foreign, renew, sent },
    call: async (call, made) => {
      const answer = await wire.send(made)
      if (LEARNING.includes(call.caller)) own.learn(made.target, answer)
      return answer
    },
    isAlive: async () => (await wire.send({ method: 'GET', target: '/livez', headers: {}, body: null })).status === 200,
    othersThings: () => thingsOf(app, other),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** Headers that say who calls. */
type Credential = Readonly<Record<string, string>>

const bearer = (token: string): Credential => ({ Authorization: `Bearer ${token}` })

/** Whose answers tell what there is to ask for. */
const LEARNING: readonly Caller[] = ['member', 'session', 'operator']

const NONSENSE = [`air_${'x'.repeat(43)}`, 'x', 'x'.repeat(8000), 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', "' or 1=1"]

async function givenToken(app: TestApp, { userId, workspaceId }: Stranger, permissions: readonly string[]) {
  const { token, userId: spare } = await givenStranger(app, permissions)
  await app.db.sql('update commons.api_tokens set user_id = $1, workspace_id = $2 where user_id = $3', [
    ...[userId, workspaceId, spare],
  ])
  return token
}

/** What a page and a player ask for, so that their addresses are known. */
async function readFilm(wire: Wire, atlas: Atlas, filmId: string, headers: Credential): Promise<void> {
  const targets = [`/api/v1/stream/videos/${filmId}`, `/media/${filmId}/master.m3u8`]
  for (const target of targets) atlas.learn(target, await wire.send({ method: 'GET', target, headers, body: null }))
  const found = atlas.placeOf('getRenditionMedia', 0)
  const target = `/media/${found?.join('/') ?? ''}`
  atlas.learn(target, await wire.send({ method: 'GET', target, headers, body: null }))
}

/** Makes some calls of every operation as it is described, so that there are things of every kind; none is taken away. */
function liverOf({ app, wire, operations }: { app: TestApp; wire: Wire; operations: readonly Described[] }) {
  const order = ['POST', 'PATCH', 'PUT', 'GET']
  const lived = operations
    .filter(({ method, path }) => order.includes(method) && path.startsWith('/api/') && !path.endsWith('openapi.json'))
    .toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method))
  return async (who: { atlas: Atlas; person: Stranger; manner: Manner; seed: number }): Promise<void> => {
    const { atlas, person, manner, seed } = who
    for (const described of lived) {
      const numRuns = described.method === 'POST' ? LIVED_CALLS : 2
      const calls = fc.sample(rightCallsOf(described, manner), { seed, numRuns })
      // one that ends its session ends no other's
      const ways = [bearer(person.token), await givenSession(app, person)]
      await Promise.all(
        calls.map(async (call, at) => {
          const credential = ways[at % ways.length] ?? {}
          const made = written(call, { own: atlas, others: atlas, origin: app.url, credential })
          atlas.learn(made.target, await wire.send(made))
        }),
      )
    }
  }
}

interface Knowledge {
  readonly own: Atlas
  readonly others: Atlas
  readonly origin: string
  readonly credential: Credential
}

function written({ described, place, query, headers, body }: PlannedCall, knowledge: Knowledge): SentCall {
  const { own, others, origin, credential } = knowledge
  const real = (text: string): string =>
    withRealIds(
      text.replaceAll(OWN_ORIGIN, origin).replaceAll(encodeURIComponent(OWN_ORIGIN), encodeURIComponent(origin)),
      (whose, kind, index) => {
        const atlas = whose === 'own' ? own : others
        return (whose === 'nobody' ? null : atlas.idOf(kind, index)) ?? newId()
      },
    )
  const { operationId } = described.operation
  const found =
    place.kind === 'own' || place.kind === 'others'
      ? (place.kind === 'own' ? own : others).placeOf(operationId, place.index)
      : null
  let at = 0
  const path = described.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    found === null ? (place.pieces[name] ?? '') : (found[at++] ?? ''),
  )
  const bytes = body?.make() ?? null
  const told = Object.entries(headers).map(([name, value]) => [name, real(value)])
  return {
    method: described.method,
    target: real(path + query),
    headers: {
      ...credential,
      ...(Object.fromEntries(told) as Record<string, string>),
    },
    body: typeof bytes === 'string' ? real(bytes) : bytes,
  }
}

/** Every row that names the other workspace or its owner, whatever table it stands in. */
async function thingsOf(app: TestApp, { userId, workspaceId }: Stranger): Promise<string> {
  const columns = await app.db.sql<{ table: string; names: string[] }>(
    `select format('%I.%I', c.table_schema, c.table_name) as table, array_agg(c.column_name::text) as names
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where t.table_type = 'BASE TABLE' and c.data_type = 'uuid'
       and c.table_schema in ('commons', 'platform', 'planner', 'studio', 'channels', 'stream')
       and c.column_name ~ '(^|_)(workspace|user|owner|person|created_by)(_id)?$'
     group by 1 order by 1`,
  )
  const texts = await Promise.all(
    columns.map(async ({ table, names }) => {
      const where = names.map((name) => `"${name}" = any($1)`).join(' or ')
      const rows = await app.db.sql<{ row: string }>(
        // when it was last used, and who writes into it at the moment, is no part of a thing
        `select (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(t)) where key !~ '^(last|lease|pending)_')::text
           as row from ${table} t where ${where} order by 1`,
        [[userId, workspaceId]],
      )
      return rows.map(({ row }) => `${table} ${row}`)
    }),
  )
  return texts.flat().join('\n')
}
