import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { restsOf, wordsOf } from './words.ts'

describe('the words of a text', () => {
  test.each([
    ['Call Zoë about the Café', ['call', 'zoe', 'about', 'the', 'cafe']],
    ['re-upload “take 2” — twice, twice', ['re', 'upload', 'take', '2', 'twice']],
    ['ﬁle Ⅳ', ['file', 'iv']],
    ['動画を編集する', ['動画', 'を', '編集', 'する']],
    ['🌧️ !? ', []],
  ])('%j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  test('are bounded in length and number, whatever the text', () => {
    const many = Array.from({ length: 900 }, (_, at) => `w${at}`).join(' ')
    expect(wordsOf(many).length).toBe(500)
    expect(wordsOf('x'.repeat(20_000))).toEqual(['x'.repeat(40)])
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        for (const word of wordsOf(text)) {
          expect([...word].length).toBeLessThanOrEqual(40)
          expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
        }
      }),
    )
  })

  test('of their words are the words again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const words = wordsOf(text)
        expect(new Set(wordsOf(words.join(' ')))).toEqual(new Set(words))
      }),
    )
  })
})

describe('a wrong letter', () => {
  const meets = (one: string, other: string) => restsOf(one).some((rest) => restsOf(other).includes(rest))

  test.each([
    ['more', 'editting', 'editing'],
    ['less', 'thumnail', 'thumbnail'],
    ['other', 'upliad', 'upload'],
    ['in the other’s place', 'vidoe', 'video'],
  ])('%s is found', (_, wrong, right) => {
    expect(meets(wrong, right)).toBe(true)
  })

  test('is not looked for in short words, and other words do not meet', () => {
    expect(restsOf('the')).toEqual([])
    expect(meets('video', 'audio')).toBe(false)
  })
})
