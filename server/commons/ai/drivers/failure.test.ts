import { describe, expect, test } from 'vitest'
import { AddressRefused, AnswerTooLarge } from '#platform/outside/outside.ts'
import { failureOf } from './failure.ts'

const now = new Date('2026-11-21T12:00:00Z')
const answered = (status: number, headers: Record<string, string> = {}, message = '') =>
  failureOf(Object.assign(new Error(message), { status, headers: new Headers(headers) }), now)

test.each([
  [408, 'again'],
  [429, 'again'],
  [500, 'again'],
  [503, 'again'],
  [529, 'again'],
  [302, 'never'],
  [401, 'never'],
  [403, 'never'],
  [404, 'never'],
  [400, 'never'],
])('%i is tried %s', (status, kind) => {
  expect(answered(status)).toMatchObject({ kind, status, mayHaveCost: false })
})

test('a complaint about the schema is told apart from others', () => {
  expect(answered(400, {}, 'response_format json_schema is not supported').kind).toBe('form')
  expect(answered(400, {}, 'max_tokens: 9000 > 4096').kind).toBe('room')
  expect(answered(400, {}, 'the model does not exist').kind).toBe('never')
})

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after': '99999999999' }, 86_400_000],
  [{ 'retry-after': 'soon' }, null],
  [{}, null],
] as const)('%j asks to wait %s ms', (headers, waitMs) => {
  expect(answered(429, headers).waitMs).toBe(waitMs)
})

describe('without an answer', () => {
  const caused = (cause: unknown) => failureOf(new Error('Connection error.', { cause }), now)

  test('what was never sent costs nothing', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(caused(refused)).toMatchObject({ kind: 'again', status: null, mayHaveCost: false })
    expect(caused(new AddressRefused('x'))).toMatchObject({ kind: 'never', mayHaveCost: false })
    expect(caused(Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }))).toMatchObject({
      mayHaveCost: false,
    })
  })

  test('what was sent may have cost', () => {
    expect(failureOf(new AnswerTooLarge(10), now)).toMatchObject({ kind: 'never', mayHaveCost: true })
    expect(caused(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toMatchObject({
      ...{ kind: 'again', mayHaveCost: true },
    })
    expect(failureOf('what is this', now)).toMatchObject({ mayHaveCost: true })
  })

  test('nothing of what a provider says is told', () => {
    expect(JSON.stringify(answered(401, {}, 'Incorrect API key provided: sk-secret'))).not.toContain('sk-secret')
  })
})
