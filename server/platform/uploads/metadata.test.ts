import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isProblem } from '#kernel/errors.ts'
import { metadata } from './fixtures/raw-client.ts'
import { parseMetadata } from './metadata.ts'
import { BadUploadMetadata } from './problems.ts'

const refused = (header: string) => {
  try {
    parseMetadata(header)
    return false
  } catch (error) {
    return isProblem(error, BadUploadMetadata)
  }
}

const key = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019_-.!#%()[]{}"')), minLength: 1, maxLength: 20 })
const value = fc
  .string({ unit: 'grapheme', maxLength: 100 })
  .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= 1024)

test('whatever text is sent comes back as it was, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, value), { maxLength: 10, selector: ([name]) => name }), (pairs) => {
      const header = pairs.map(([name, text]) => `${name} ${Buffer.from(text).toString('base64')}`).join(',')
      expect([...parseMetadata(header)]).toEqual(pairs)
    }),
  )
})

test('whatever header is sent, it is read or refused', () => {
  const header = fc.oneof(fc.string(), fc.stringMatching(/^[a-z =,+/A-Z0-9]{0,80}$/))
  fc.assert(
    fc.property(header, (text) => {
      if (refused(text)) return
      for (const [name, parsed] of parseMetadata(text)) {
        expect(name).toMatch(/^[!-+\--~]+$/)
        expect(parsed.isWellFormed()).toBe(true)
      }
    }),
  )
})

test.each([
  '../../x',
  'C:\\x',
  '-vf',
  '$(id).mp4',
  '\u202egpj.exe',
  "'; drop table",
  '{{7*7}}',
  '👩‍👩‍👧.mp4',
  '\ufeffx',
  '__proto__',
])('the file name %j is a label like any other', (name) => {
  expect(parseMetadata(metadata({ filename: name })).get('filename')).toBe(name)
})

test.each([
  ['NUL', metadata({ filename: 'a\0b' })],
  ['a line end', metadata({ filename: 'a\r\nSet-Cookie: x' })],
  ['a lone surrogate', `filename ${Buffer.from([0xed, 0xa0, 0x80]).toString('base64')}`],
  ['Latin-1', `filename ${Buffer.from('ü', 'latin1').toString('base64')}`],
  ['four kilobytes', metadata({ filename: 'x'.repeat(4096) })],
  ['what is not base64', 'filename ***'],
  ['base64 without its padding', 'filename YQ'],
  ['two values', 'filename YQ== YQ=='],
  ['a key twice', 'filename YQ==,filename Yg=='],
  ['no key', ',filename YQ=='],
  ['too many keys', Array.from({ length: 33 }, (_, index) => `k${index}`).join(',')],
  ['too much of everything', Array.from({ length: 9 }, (_, index) => `k${index} ${'YWFh'.repeat(330)}`).join(',')],
])('%s is refused', (_, header) => {
  expect(refused(header)).toBe(true)
})

test('a key may have no value, and no header is no metadata', () => {
  expect([...parseMetadata('is_confidential,name YQ==')]).toEqual([
    ['is_confidential', ''],
    ['name', 'a'],
  ])
  expect(parseMetadata(undefined).size).toBe(0)
  expect(parseMetadata('').size).toBe(0)
})
