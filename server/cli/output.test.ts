import { expect, test } from 'vitest'
import { problem } from '#kernel/errors.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { plainReason, progress } from './output.ts'

function written(isTTY: boolean, work: (bar: ReturnType<typeof progress>) => void): string {
  let text = ''
  work(progress({ isTTY, write: (piece) => (text += piece) }))
  return text
}

test('without a terminal, progress is a plain line for each tenth and each new note', () => {
  const text = written(false, (bar) => {
    for (let step = 0; step <= 100; step += 1) bar.update(step / 100, 'encoding')
    bar.update(1, 'packaging')
    bar.done()
  })
  const lines = text.split('\n').filter((line) => line !== '')
  expect(lines).toHaveLength(12)
  expect(lines[0]).toBe('airdate: encoding 0 %')
  expect(lines.at(-1)).toBe('airdate: packaging 100 %')
})

test('in a terminal, one line is redrawn and wiped at the end', () => {
  const text = written(true, (bar) => {
    bar.update(0.5, 'encoding')
    bar.update(0.5, 'encoding')
    bar.update(7, 'more than all')
    bar.update(Number.NaN, 'unknown')
    bar.done()
  })
  expect(text).not.toContain('\n')
  expect(text.split('\r')).toHaveLength(5)
  expect(text).toContain(`${'█'.repeat(15)}${'░'.repeat(15)}  50 % encoding`)
  expect(text.endsWith('\r\u001b[2K')).toBe(true)
})

test('what an operator can put right has a plain reason, a bug has none', () => {
  expect(plainReason(new StartFailure('the port is taken'))).toBe('the port is taken')
  expect(plainReason(Object.assign(new Error('x'), { code: 'ENOSPC', path: '/data/x' }))).toBe(
    '/data/x: the disk is full',
  )
  expect(plainReason(new TypeError('undefined is not a function'))).toBeNull()
  expect(plainReason('thrown text')).toBeNull()
})

test('a problem that stops the start is told in its own words, without a stack', () => {
  const TooMany = problem('too-many', 503, 'Too many are claimed')
  expect(plainReason(TooMany({ detail: 'This process needs 11, 3 too many.' }))).toBe(
    'This process needs 11, 3 too many',
  )
  expect(plainReason(TooMany())).toBe('Too many are claimed')
})
