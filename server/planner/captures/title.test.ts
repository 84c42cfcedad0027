import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { titleOf } from './title.ts'

describe('the title of a thought', () => {
  test.each([
    ['a line', 'a line'],
    ['\n\n  the first line \t that says something\r\nthe second', 'the first line that says something'],
    ['🌧️', '🌧️'],
    ['--\u2028second', '--'],
    ['\u200b\nafter what nobody sees', 'after what nobody sees'],
  ])('of %j is %j', (text, title) => {
    expect(titleOf(text)).toBe(title)
  })

  test.each([' ', '\n\t \r\n', '\u200b\u2060', '\ufeff'])('of %j there is none', (text) => {
    expect(titleOf(text)).toBeNull()
  })

  test('a long line ends at a word, with an ellipsis', () => {
    const title = titleOf(`${'word '.repeat(60)}end`) ?? ''
    expect(title).toBe(`${'word '.repeat(39)}word…`)
    expect([...title].length).toBeLessThanOrEqual(200)
  })

  test('a word longer than a line is cut', () => {
    expect(titleOf('x'.repeat(500))).toBe(`${'x'.repeat(199)}…`)
    expect(titleOf(`short ${'x'.repeat(500)}`)).toBe(`short ${'x'.repeat(193)}…`)
  })

  test('of any text is one line of 1 to 200 characters that is well-formed, or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (text) => {
        const title = titleOf(text)
        if (title === null) return
        const { length } = [...title]
        expect(length).toBeGreaterThanOrEqual(1)
        expect(length).toBeLessThanOrEqual(200)
        expect(title).not.toMatch(/[\r\n]/)
        expect(title.isWellFormed()).toBe(true)
      }),
    )
  })
})
