import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { type Reply, type TestApp, keyed, testApp } from '#tests/support/app.ts'
import { type Stranger, givenStranger } from '#tests/support/attacks.ts'

const CAPTURES = '/api/v1/planner/captures'
const TASKS = '/api/v1/planner/tasks'
const PRODUCTIONS = '/api/v1/channels/productions'

let airdate: TestApp
let stranger: Stranger
let taskId = ''
beforeAll(async () => {
  // Nobody works on what is asked for here.
  airdate = await testApp({ roles: ['api'] })
  stranger = await givenStranger(airdate)
  taskId = (await post(CAPTURES, { text: 'A thought' })).json<{ taskId: string }>().taskId
})
afterAll(() => airdate[Symbol.asyncDispose]())

const post = (path: string, body: unknown): Promise<Reply> => airdate.call('POST', path, { body })

function expectRefused(reply: Reply, statuses: readonly number[]): void {
  expect(statuses).toContain(reply.status)
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
}

/** Where text goes in, and what comes back of it. */
const FIELDS: readonly (readonly [string, (text: string) => Promise<Reply>, string])[] = [
  ['a thought', (text) => post(CAPTURES, { text }), 'text'],
  ['an idea', (idea) => post(PRODUCTIONS, { idea }), 'idea'],
  ['a script', (script) => post(PRODUCTIONS, { script }), 'script'],
]

const NASTY = [
  ...["'; drop table planner.tasks; --", '{{7*7}}', '${7*7}', '<script>alert(1)</script>', '"><img src=x>', '<speak>'],
  ...['\0', 'a\0b', '\ud800', 'x\udfff', '\u202e\u2066', '\ufeff', '\r\nSet-Cookie: a=b', '👩‍👩‍👧‍👦', ' ', '\t', '\u200b'],
  ...['../../etc/passwd', '-f /etc/passwd', '%00', '%s%n', '__proto__', 'x'.repeat(1024 * 1024), '١٢٣', 'ﷺ'.repeat(60)],
]

describe.each(FIELDS)('whatever %s is (C1)', (_, send, field) => {
  /** What was stored, to the letter. */
  const stored = async (reply: Reply): Promise<unknown> => {
    const answer = reply.json<{ text?: string; projectId?: string }>()
    if (answer.projectId === undefined) return answer.text
    return (await airdate.call('GET', `/api/v1/studio/projects/${answer.projectId}`)).json()[field]
  }

  test('it is kept to the letter or refused', async () => {
    for (const text of NASTY) {
      const reply = await send(text)
      if (reply.status >= 300) expectRefused(reply, [400, 413])
      else expect(await stored(reply)).toBe(text)
    }
  })

  test('so is any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), async (text) => {
        const reply = await send(text)
        return reply.status === 400 || (await stored(reply)) === text
      }),
      { numRuns: 25 },
    )
  })
})

const BODIES: readonly (readonly [string, string])[] = [
  ['a prototype', '{"__proto__":{"isAdmin":true},"text":"x","idea":"x"}'],
  ["a constructor's prototype", '{"text":"x","idea":"x","constructor":{"prototype":{"isAdmin":true}}}'],
  ['lists 200,000 deep', `{"text":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['a list for a text', '{"text":["x"],"idea":["x"],"script":["x"]}'],
  ['null for a text', '{"text":null,"idea":null,"script":null}'],
  ['a number for a text', '{"text":1e400,"idea":1,"script":1}'],
  [
    'fields of ours',
    `{"text":"x","idea":"x","id":"${newId()}","workspaceId":"${newId()}","createdBy":"x","state":"done"}`,
  ],
]

test.each(BODIES)('%s is refused wherever something is made (C2, C3, C5)', async (_, body) => {
  for (const path of [CAPTURES, PRODUCTIONS, `${TASKS}/${taskId}/productions`]) {
    expectRefused(await post(path, body), [400, 413])
  }
  expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  expect((await airdate.call('GET', `${TASKS}/${taskId}`)).json()['status']).toBe('inbox')
})

test('neither or both of idea and script are refused', async () => {
  for (const body of [{}, { idea: 'x', script: 'y' }, { title: 'x' }])
    expectRefused(await post(PRODUCTIONS, body), [400])
})

test('cursors, limits and filters that are none are refused (C6)', async () => {
  const forged = Buffer.from(`after:${newId()}' or 1=1`).toString('base64url')
  for (const list of [TASKS, PRODUCTIONS]) {
    for (const query of [
      ...['limit=0', 'limit=-1', 'limit=1000000000', 'limit=x', 'limit=1&limit=2', `cursor=${forged}`, 'cursor=x'],
      ...['status=1&state=1', 'status=done;drop', 'state=%00', 'sort=id', 'offset=-1', 'q=', 'q=%00'],
    ]) {
      expectRefused(await airdate.call('GET', `${list}?${query}`), [400])
    }
  }
})

test('ids of another workspace are not there, on every route (C4)', async () => {
  const { id } = (await post(PRODUCTIONS, { idea: 'Ours alone' })).json<{ id: string }>()
  const captured = (await post(CAPTURES, { text: 'Mine alone' })).json<{ id: string; taskId: string }>()
  const prompted = (await post('/api/v1/planner/prompts', { about: 'my room' })).json<{ id: string }>()
  const attempts: readonly (readonly [string, string, object?])[] = [
    ['GET', `${CAPTURES}/${captured.id}`],
    ['POST', `${CAPTURES}/${captured.id}/answers`, { answers: [{ id: '0.due', value: null }] }],
    ['POST', `${CAPTURES}/${captured.id}/save`, {}],
    ['DELETE', `${CAPTURES}/${captured.id}`],
    ['POST', '/api/v1/planner/prompts', { taskId: captured.taskId }],
    ['GET', `${CAPTURES}/${captured.id}/recording`],
    ['GET', `${CAPTURES}/${captured.id}/recording/file`],
    ['POST', `${CAPTURES}/${captured.id}/recording/transcription`],
    ['GET', `/api/v1/planner/prompts/${prompted.id}`],
    ['POST', `/api/v1/planner/prompts/${prompted.id}/answer`, { text: '1. Mine' }],
    ['GET', `${TASKS}/${captured.taskId}`],
    ['POST', `${TASKS}/${captured.taskId}/productions`, {}],
    ['GET', `${PRODUCTIONS}/${id}`],
    ['POST', `${PRODUCTIONS}/${id}/retry`],
    ['POST', `${PRODUCTIONS}/${id}/cancel`],
    ['GET', `${PRODUCTIONS}/${id}/film`],
    ['GET', `${PRODUCTIONS}/${id}/captions`],
  ]
  for (const [method, path, body] of attempts) {
    const reply = await airdate.call(method, path, {
      ...{ token: stranger.token, headers: keyed() },
      ...(body === undefined ? {} : { body }),
    })
    expect([method, path, reply.status]).toEqual([method, path, 404])
  }
  for (const list of [TASKS, PRODUCTIONS, CAPTURES]) {
    const reply = await airdate.call('GET', list, { token: stranger.token })
    expect(reply.json()).toEqual({ items: [], nextCursor: null })
  }
  expect((await airdate.call('GET', `${PRODUCTIONS}/${id}`)).json()['state']).toBe('running')
})
