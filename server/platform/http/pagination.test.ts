import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { afterCursor, pageOf } from './pagination.ts'

test('the row too many says that there is more, and is not shown', () => {
  const rows = Array.from({ length: 4 }, () => ({ id: newId() }))
  const { items, nextCursor } = pageOf(rows, 3)
  expect(items).toEqual(rows.slice(0, 3))
  expect(afterCursor(nextCursor ?? undefined)).toBe(rows[2]?.id)
  expect(pageOf(rows, 4)).toEqual({ items: rows, nextCursor: null })
  expect(pageOf([], 3)).toEqual({ items: [], nextCursor: null })
})

test('pages of any size give each row once, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 12 }), (count, limit) => {
      const all = Array.from({ length: count }, () => ({ id: newId<'Row'>() as string })).toReversed()
      const seen: string[] = []
      for (let cursor: string | undefined; ;) {
        const after = afterCursor(cursor)
        const rows = all.filter(({ id }) => after === null || id < after).slice(0, limit + 1)
        const page = pageOf(rows, limit)
        seen.push(...page.items.map(({ id }) => id))
        if (page.nextCursor === null) return seen.join() === all.map(({ id }) => id).join()
        cursor = page.nextCursor
      }
    }),
  )
})

test.each([
  '',
  'x',
  'after:',
  '*',
  Buffer.from('after:1').toString('base64url'),
  Buffer.from(newId()).toString('base64url'),
])('a forged cursor is refused: %j', (cursor) => {
  expect(() => afterCursor(cursor)).toThrow()
})

test('whatever cursor is sent, it is an id of ours or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (cursor) => {
      try {
        return /^[0-9a-f-]{36}$/.test(afterCursor(cursor) ?? '')
      } catch {
        return true
      }
    }),
  )
})
