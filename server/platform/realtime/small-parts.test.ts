import { expect, test, vi } from 'vitest'
import { readMessage } from './messages.ts'
import { mayOpen } from './origins.ts'
import { Allowance } from './pace.ts'
import { Paced } from './paced.ts'
import { defineTopic } from './topic.ts'

test('an allowance gives its burst at once, and then so many a second', () => {
  const allowance = new Allowance({ burst: 3, perSecond: 2 }, 0)
  const taken = (nowMs: number, times: number) => Array.from({ length: times }, () => allowance.take(nowMs))
  expect(taken(0, 4)).toEqual([true, true, true, false])
  expect(taken(500, 2)).toEqual([true, false])
  expect(taken(60_000, 4)).toEqual([true, true, true, false])
})

test('paced work runs at once, then at most once in its time, and never forgets the last asking', async () => {
  vi.useFakeTimers()
  const done: string[] = []
  const paced = new Paced(100, (key) => Promise.resolve(void done.push(key)))
  for (let asked = 0; asked < 5; asked += 1) paced.ask('a')
  paced.ask('b')
  expect(done).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(100)
  expect(done).toEqual(['a', 'b', 'a'])
  await vi.advanceTimersByTimeAsync(1000)
  paced.ask('b')
  expect(done).toEqual(['a', 'b', 'a', 'b'])
  await paced[Symbol.asyncDispose]()
  paced.ask('c')
  await vi.advanceTimersByTimeAsync(1000)
  expect(done).toHaveLength(4)
  vi.useRealTimers()
})

test.each([
  [undefined, true],
  ['https://ours.example', true],
  ['https://ours.example:443', false],
  ['http://ours.example', false],
  ['https://sub.ours.example', false],
  ['null', false],
  ['', false],
])('of the origin %s it is decided: %s', (origin, may) => {
  expect(mayOpen(origin, ['https://ours.example'])).toBe(may)
})

test('a message is read whole or not at all', () => {
  const topic = 'thing:019b0000-0000-7000-8000-000000000001'
  expect(readMessage(JSON.stringify({ type: 'join', topic }))).toEqual({ type: 'join', topic })
  expect(readMessage(JSON.stringify({ type: 'join', topic: topic.toUpperCase() }))).toBeNull()
  expect(readMessage('')).toBeNull()
})

test('a kind of topic that nobody could name is refused at once', () => {
  const mayRead = () => Promise.resolve(new Set<string>())
  expect(() => defineTopic({ kind: 'Video:', permission: 'video:read', events: [], mayRead })).toThrow('not a kind')
})
