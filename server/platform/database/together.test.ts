import { expect, test } from 'vitest'
import { Together } from './together.ts'

test('what is asked in one turn of the loop is one question, and each gets its own answer', async () => {
  const asked: (readonly number[])[] = []
  const squares = new Together<number, number>(async (keys) => {
    asked.push(keys)
    return new Map(keys.flatMap((key, place) => (key < 0 ? [] : [[place, key * key] as const])))
  })
  expect(await Promise.all([3, -1, 4, 3].map((key) => squares.find(key)))).toEqual([9, undefined, 16, 9])
  expect(asked).toEqual([[3, -1, 4, 3]])
  expect(await squares.find(5)).toBe(25)
  expect(asked).toHaveLength(2)
})

test('very many are split, and a question that fails fails for those who asked it alone', async () => {
  const sizes: number[] = []
  const names = new Together<number, string>(async (keys) => {
    sizes.push(keys.length)
    if (keys.includes(250)) throw new Error('no')
    return new Map(keys.map((key, place) => [place, String(key)]))
  })
  const answers = await Promise.allSettled(Array.from({ length: 300 }, (_, key) => names.find(key)))
  expect(sizes).toEqual([200, 100])
  expect(answers.map(({ status }) => status === 'fulfilled').lastIndexOf(true)).toBe(199)
  expect(answers[199]).toEqual({ status: 'fulfilled', value: '199' })
})

test('an answer is never older than its question', async () => {
  let state = 'before'
  const states = new Together<number, string>(async (keys) => new Map(keys.map((_, place) => [place, state])))
  const first = states.find(1)
  state = 'after'
  expect(await first).toBe('after')
})
