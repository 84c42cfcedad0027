import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OpenApi } from '../server/docs/document.ts'
import { Wire } from './support/wire.ts'
import { type Outcome, rules } from './permissions.golden.ts'
import { ACTORS, type Actor, type Actors, givenActors, givenChallenge } from './permissions/actors.ts'
import { calls } from './permissions/calls.ts'
import type { Made } from './permissions/made.ts'
import { type Things, givenThings } from './permissions/things.ts'
import { type TestApp, testApp } from './support/app.ts'
import { operationsOf } from './support/openapi-rules.ts'

let airdate: TestApp
let api: OpenApi
let actors: Actors
let things: Things
let wire: Wire
const mounted: string[] = []
beforeAll(async () => {
  // Nobody works on what is asked for here.
  airdate = await testApp({
    roles: ['api'],
    observe: { onMounted: (method, path) => mounted.push(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`) },
  })
  api = (await airdate.call('GET', '/api/v1/openapi.json')).json<OpenApi>()
  actors = await givenActors(airdate, await givenChallenge(airdate))
  things = await givenThings(airdate, actors)
  wire = new Wire(airdate.url, { most: ACTORS.length, patienceMs: 30_000 })
})
afterAll(async () => {
  wire[Symbol.dispose]()
  await airdate[Symbol.asyncDispose]()
})

const operationOf = (name: string): string => name.split(':', 1)[0] ?? ''
const lines = rules.flatMap(({ operations, may }) => operations.map((name) => [name, may] as const))

function methodOf(operationId: string): string {
  return operationsOf(api).find(({ operation }) => operation.operationId === operationId)?.method ?? 'GET'
}

/** What became of a call, in the words of the golden file. */
async function outcomeOf(name: string, actor: Actor, made: Made): Promise<Outcome> {
  const token = made.token === undefined ? actors.token(actor) : made.token
  const bearer = token === null ? {} : { Authorization: `Bearer ${token}` }
  const credential =
    made.session === undefined ? bearer : await (made.session === true ? actors : made.session.of).session(actor)
  const { body } = made
  const isBytes = Buffer.isBuffer(body)
  const answer = await wire.send({
    ...{ method: methodOf(operationOf(name)), target: made.path },
    headers: {
      ...credential,
      ...(body === undefined || isBytes ? {} : { 'Content-Type': 'application/json' }),
      ...made.headers,
    },
    body: body === undefined ? null : isBytes ? body : JSON.stringify(body),
  })
  const { status } = answer
  const text = answer.bytes.toString()
  if (status >= 500) throw new Error(`${name} by ${actor}: ${status} ${text}`)
  const isProblem = answer.headers.get('content-type') === 'application/problem+json'
  const type = isProblem && text !== '' ? answer.json()['type'] : null
  if (type !== null && type === made.problem) return 'yes'
  if (status === 401 || status === 403 || status === 404) return status
  // a thing of one credential's own kind, not of who holds it
  if (status === 409 && type === '/problems/workspaces/no-session') return 409
  // 400: a call that was not even understood shows nothing
  if (status === 400) throw new Error(`${name} by ${actor} is no right call: ${text}`)
  return made.tells === undefined || text.includes(made.tells) ? 'yes' : 'nothing'
}

describe('who may call what', () => {
  test('is written down for every route, and for nothing else', () => {
    const served = mounted.filter((route) => !route.startsWith('HEAD ') || route.includes('/uploads/'))
    const described = operationsOf(api)
    expect(served.toSorted()).toEqual(described.map(({ method, path }) => `${method} ${path}`).toSorted())
    const written = new Set(lines.map(([name]) => operationOf(name)))
    expect([...written].toSorted()).toEqual(described.map(({ operation }) => operation.operationId).toSorted())
    expect(Object.keys(calls).toSorted()).toEqual(lines.map(([name]) => name).toSorted())
  })

  test.each(lines)('%s', async (name, may) => {
    const found = await Promise.all(
      ACTORS.map(async (actor) => {
        const made = await calls[name]?.(things, actor)
        if (made === undefined) throw new Error(`nobody says how ${name} is called`)
        return [actor, await outcomeOf(name, actor, made)] as const
      }),
    )
    expect(Object.fromEntries(found)).toEqual(may)
  })
})
