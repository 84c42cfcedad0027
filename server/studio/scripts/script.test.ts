import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FRAMES } from './frames.ts'
import { languageOf } from './language.ts'
import { linesOf } from './lines.ts'
import { writeOffline } from './offline.ts'
import { cleanText, emojiOf, shortened, spokenText } from './text.ts'

const idea = (text: string) => writeOffline({ title: null, idea: cleanText(text), script: null })
const script = (text: string) => writeOffline({ title: null, idea: null, script: cleanText(text) })
const bare = (text: string) => text.replaceAll(/\s+/gu, '')
const told = (lines: readonly { role: string; text: string }[]) =>
  bare(lines.flatMap(({ role, text }) => (role === 'words' ? [text] : [])).join(''))

test('an idea is told whole, in a frame of its own language', () => {
  const film = idea('Eine Bäckerei, die nur nachts öffnet, wenn die ganze Stadt schon schläft.')
  expect(film.language).toBe('de')
  expect(film.lines.map(({ role }) => role)).toEqual(['opening', 'words', 'ask', 'ask', 'ask', 'invitation'])
  expect(film.lines[0]?.text).toBe('Hier ist ein Gedanke.')
  expect(film.eyebrow).toBe('Ein Gedanke')
  expect(film.title).toBe('Eine Bäckerei, die nur nachts öffnet, wenn die ganze Stadt schon schläft')
})

test('a question is called one', () => {
  expect(idea('Why do so many people leave the best part of a song for the end?').lines[0]?.text).toBe(
    'Here is a question.',
  )
  expect(idea('なぜ、そらはあおいのでしょうか？').eyebrow).toBe('ひとつのとい')
})

test('a language that has no frame is told in the words of the user alone', () => {
  const film = idea('Μια βιβλιοθήκη όπου κάθε βιβλίο λείπει μία σελίδα.')
  expect(film).toMatchObject({ language: 'el', eyebrow: null, farewell: null })
  expect(film.lines.map(({ role }) => role)).toEqual(['words'])
})

test('a script is narrated as it is', () => {
  const film = script('First, the sea.\nThen the land!  And then, nobody knows why, the bicycle.')
  expect(film.lines.map(({ text, paragraph }) => [text, paragraph])).toEqual([
    ['First, the sea.', 1],
    ['Then the land!', 2],
    ['And then, nobody knows why, the bicycle.', 2],
  ])
  expect(film.eyebrow).toBeNull()
})

test('every word of any text is told, in lines that can be said in one breath', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 600 }), fc.boolean(), (text, isIdea) => {
      const clean = cleanText(text)
      fc.pre(clean !== '')
      const { lines } = isIdea ? idea(text) : script(text)
      expect(told(lines)).toBe(bare(clean))
      for (const line of lines) expect(line.text.length).toBeLessThanOrEqual(100)
    }),
  )
})

test('20,000 characters without a blank are told in time', () => {
  const { lines } = idea('x'.repeat(20_000))
  expect(told(lines)).toHaveLength(20_000)
  expect(lines.every(({ spoken }) => spoken.split(' ').every((word) => word.length <= 60))).toBe(true)
})

test('markup is told as the text it is, and nothing is left that a voice would obey', () => {
  const film = idea('<script>alert("x")</script> <b>Bold</b> & [[h@l\'oU]] <mark name="a"/> plans for a garden')
  expect(film.title).toContain('<script>')
  expect(film.lines.map(({ spoken }) => spoken).join(' ')).not.toMatch(/[<>[\]{}|\\]/)
  expect(film.lines.map(({ text }) => text).join(' ')).toContain("<b>Bold</b> & [[h@l'oU]]")
})

test('pictures are shown and not read', () => {
  const film = idea('A 🚀 for my 👩‍👩‍👧‍👦 and 🇩🇪, © 2026')
  expect(film.lines.find(({ role }) => role === 'words')).toMatchObject({
    text: 'A 🚀 for my 👩‍👩‍👧‍👦 and 🇩🇪, © 2026',
    spoken: 'A for my and , © 2026',
  })
  expect(emojiOf('A 🚀 for my 👩‍👩‍👧‍👦 and 🇩🇪 1️⃣ 👍🏽 ©')).toEqual(['🚀', '👩‍👩‍👧‍👦', '🇩🇪', '1️⃣', '👍🏽'])
  expect(spokenText('🌙✨🌊')).toBe('')
  expect(idea('🌙✨🌊').language).toBe('und')
})

test('what cannot be seen and what turns the line round is gone', () => {
  expect(cleanText('a\u202Eb\u2066c\u0007d\uD800e\u200Bf\r\n\r\n  g\th')).toBe('abc def\ng h')
})

test('frames tell their own language', () => {
  for (const [language, frame] of FRAMES) {
    const text = [frame.openThought, ...frame.asks, frame.invitation].join(' ')
    expect(languageOf(text), text).toBe(language)
  }
})

test('a sentence is cut behind a clause, never in a character', () => {
  const lines = linesOf(
    'When the last of the boats had gone, and nobody was left on the pier but the two of us, we counted the lights on the other side.',
    'en',
  )
  expect(lines.map(({ continues }) => continues)).toEqual([false, true, true])
  expect(lines[0]?.text).toMatch(/,$/)
  for (const { text } of linesOf('👩‍👩‍👧‍👦'.repeat(60), 'en')) expect(text.length % '👩‍👩‍👧‍👦'.length).toBe(0)
})

test('a title ends between words', () => {
  expect(shortened('a word and another', 12)).toBe('a word and…')
  expect(shortened('x'.repeat(90), 80)).toBe(`${'x'.repeat(79)}…`)
})
