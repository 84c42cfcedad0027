import { expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { etagOf, isUnchanged, requireMatch } from './etag.ts'
import { PreconditionFailed } from './problems.ts'

const id = newId()
const tag = etagOf(id, 3)

test('a tag names the state and what it was shown with', () => {
  expect(tag).toMatch(/^"[0-9a-f]{12}\.3"$/)
  expect(etagOf(id, 4)).not.toBe(tag)
  expect(etagOf(id, 3, 'a grant')).not.toBe(etagOf(id, 3, 'another'))
  expect(etagOf(id, 3, 'a grant')).toMatch(/^"[0-9a-f]{12}\.3-[\w-]{12}"$/)
})

test.each([
  ['nothing', undefined, false],
  ['this tag', tag, true],
  ['this tag weakly', `W/${tag}`, true],
  ['this tag among others', `"x", W/"y" ,${tag}`, true],
  ['anything', '*', true],
  ['another tag', '"x"', false],
  ['this tag without quotes', tag.slice(1, -1), false],
  ['the same state shown otherwise', etagOf(id, 3, 'a grant'), false],
])('If-None-Match naming %s', (_, header, unchanged) => {
  expect(isUnchanged(header, tag)).toBe(unchanged)
})

test.each([
  ['nothing', undefined, true],
  ['this state', tag, true],
  ['this state as it was shown', etagOf(id, 3, 'a grant'), true],
  ['this state among others', `"x", ${tag}`, true],
  ['anything', '*', true],
  ['this state weakly: comparison is strong', `W/${tag}`, false],
  ['an older state', etagOf(id, 2), false],
  ['an older state as it was shown', etagOf(id, 2, 'a grant'), false],
  ['nonsense', '""', false],
])('If-Match naming %s', (_, header, matches) => {
  const match = (): void => requireMatch(header, tag)
  if (matches) expect(match).not.toThrow()
  else expect(match).toThrow(expect.objectContaining({ kind: PreconditionFailed }))
})
