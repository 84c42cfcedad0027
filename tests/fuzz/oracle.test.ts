import { expect, test } from 'vitest'
import type { OpenApi, OperationObject } from '../../server/docs/document.ts'
import { operationsOf } from '#tests/support/openapi-rules.ts'
import type { Answer, SentCall } from '#tests/support/wire.ts'
import { Oracle, PATIENCE_MS } from './oracle.ts'

const THEIRS = '0197a5a0-0000-7000-8000-000000000001'
const problems = (type: string) => ({
  description: 'A problem.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  'x-problems': [{ type, title: 'A problem' }],
})
const operation: OperationObject = {
  ...{ operationId: 'getThing', summary: 'A thing', tags: ['Things'], 'x-permission': 'thing:read' },
  responses: {
    200: {
      description: 'Done.',
      content: {
        'application/json': {
          schema: { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } },
        },
      },
    },
    304: { description: 'Unchanged.' },
    404: problems('/problems/things/none'),
    503: problems('/problems/unavailable'),
  },
}
const api: OpenApi = {
  ...{ openapi: '3.1.0', info: { title: 'Airdate', version: '1', description: '' } },
  paths: { '/things/{id}': { get: operation } },
  components: {
    ...{ parameters: {}, responses: {} },
    schemas: { Problem: { type: 'object', required: ['type', 'status'], properties: { status: { type: 'integer' } } } },
  },
}

const [described] = operationsOf(api)
if (described === undefined) throw new Error('nothing is described')

const call: SentCall = { method: 'GET', target: '/things/1', headers: {}, body: null }

function answer(status: number, body: unknown, headers: Record<string, string> = {}, elapsedMs = 1): Answer {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  const bytes = Buffer.from(body === null ? '' : JSON.stringify(body))
  return {
    ...{ status, bytes, elapsedMs, json: () => JSON.parse(bytes.toString()) },
    headers: new Headers({ 'Content-Type': type, 'X-Request-Id': 'x', ...headers }),
  }
}

const foreign = { mark: 'mark1x', ids: new Set([THEIRS]) }
const faults = (given: Answer, around: { call?: SentCall; isOdd?: boolean } = {}): string[] =>
  new Oracle().faults(described, around.call ?? call, given, around.isOdd ?? false, foreign)

test.each([
  ['what is described', answer(200, { count: 1 })],
  ['a described answer without a body', answer(304, null)],
  ['a described problem', answer(404, { type: '/problems/things/none', status: 404 })],
  [
    'being away, with a time to come again',
    answer(503, { type: '/problems/unavailable', status: 503 }, { 'Retry-After': '1' }),
  ],
])('%s is no fault', (_, given) => {
  expect(faults(given)).toEqual([])
})

test('an id that the call named may come back, and an odd address may lead nowhere', () => {
  const named = { call: { ...call, target: `/things/${THEIRS}` } }
  expect(faults(answer(404, { type: '/problems/things/none', status: 404, instance: THEIRS }), named)).toEqual([])
  expect(faults(answer(404, { type: '/problems/not-found', status: 404 }), { isOdd: true })).toEqual([])
})

test.each<[string, Answer, RegExp]>([
  ['a fault of ours', answer(500, { type: '/problems/internal-error', status: 500 }), /no considered answer/],
  ['being away for nobody knows how long', answer(503, { type: '/problems/unavailable', status: 503 }), /considered/],
  ['a status that is not described', answer(201, { count: 1 }), /201 is not described/],
  ['a body that is not as described', answer(200, { count: 'x' }), /count must be integer/],
  ['a field that is missing', answer(200, {}), /count/],
  ['another type', answer(200, {}, { 'Content-Type': 'text/html' }), /text\/html/],
  ['a problem that is not listed', answer(404, { type: '/problems/not-found', status: 404 }), /not described/],
  ['a problem of another status', answer(404, { type: '/problems/things/none', status: 400 }), /says that it is/],
  ['a refusal that is no problem', answer(404, {}, { 'Content-Type': 'application/json' }), /no problem document/],
  ['words of another workspace', answer(200, { count: 1, title: 'mark1x secret' }), /words of another/],
  ['an id of another workspace', answer(200, { count: 1, owner: THEIRS }), /an id of another/],
  ['a stack', answer(404, { type: '/problems/things/none', status: 404, detail: 'at f (x.ts:1:2)' }), /the inside/],
  ['no request id', answer(200, { count: 1 }, { 'X-Request-Id': '' }), /^$/],
  ['an answer that came late', answer(200, { count: 1 }, {}, PATIENCE_MS + 1), /came late/],
])('%s is a fault', (_, given, says) => {
  if (given.headers.get('x-request-id') === '') given.headers.delete('x-request-id')
  expect(faults(given).join('\n')).toMatch(says.source === '^$' ? /request id/ : says)
})
