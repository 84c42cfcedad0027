import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planFilm } from '../direction/plan.ts'
import { wordTimes } from '../voices/words.ts'
import { LINE_LENGTH, columnsOf, cuesOf, textOf } from './cues.ts'
import { vttOf } from './vtt.ts'

const sentence = fc
  .array(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((word) => word.replaceAll(/\s/gu, '_')),
    { minLength: 1, maxLength: 14 },
  )
  .map((words) => words.join(' '))

function narrated(texts: readonly string[]) {
  const lines = texts.map((text) => {
    const samples = new Float32Array(2_000 + text.length * 1_300).fill(0.2)
    return { durationMs: samples.length / 22.05, heard: true, words: wordTimes(text, samples, 'en') }
  })
  const spoken = lines.map(({ durationMs }, paragraph) => ({
    role: 'words' as const,
    paragraph,
    continues: false,
    durationMs,
  }))
  const plan = planFilm(3, spoken)
  return { lines, plan, cues: cuesOf(lines, plan.lines, plan.totalFrames) }
}

test('cues hold every word, in order, apart, in lines that fit, each begun when its first word is spoken', () => {
  fc.assert(
    fc.property(fc.array(sentence, { minLength: 1, maxLength: 5 }), (texts) => {
      const { cues, lines, plan } = narrated(texts)
      const words = cues.flatMap((cue) => cue.lines.flat())
      expect(words.map(({ text }) => text).join('')).toBe(texts.join('').replaceAll(' ', ''))
      let free = 0
      for (const cue of cues) {
        expect(cue.startMs).toBeGreaterThanOrEqual(free)
        expect(cue.endMs).toBeGreaterThan(cue.startMs)
        expect(cue.lines.length).toBeLessThanOrEqual(2)
        expect(Math.abs(cue.startMs - (cue.lines[0]?.[0]?.startMs ?? 0))).toBeLessThanOrEqual(1)
        for (const line of cue.lines)
          if (line.length > 1) expect(columnsOf(textOf(line))).toBeLessThanOrEqual(LINE_LENGTH)
        free = cue.endMs
      }
      const starts = plan.lines.map(({ startFrame }) => (startFrame * 1000) / 30)
      for (const [index, start] of starts.entries()) {
        if ((lines[index]?.words.length ?? 0) > 0)
          expect(cues.some((cue) => Math.abs(cue.startMs - start) <= 1)).toBe(true)
      }
      expect(free).toBeLessThanOrEqual(Math.ceil((plan.totalFrames * 1000) / 30))
    }),
    { numRuns: 60 },
  )
})

test('a cue stays long enough to be read when nothing follows', () => {
  const { cues } = narrated(['A single short line.'])
  expect(cues).toHaveLength(1)
  expect((cues[0]?.endMs ?? 0) - (cues[0]?.startMs ?? 0)).toBeGreaterThan(1_100)
})

test('WebVTT holds text as text', () => {
  const word = (text: string) => ({ text, startMs: 0, endMs: 10, glued: false })
  const vtt = vttOf(
    [
      { startMs: 1_033, endMs: 2_500, lines: [[word('<b>a</b>'), word('-->')], [word('&amp;')]] },
      { startMs: 3_661_500, endMs: 3_662_000, lines: [[word('b')]] },
    ],
    'en',
  )
  expect(vtt).toBe(
    'WEBVTT\nLanguage: en\n\n1\n00:00:01.033 --> 00:00:02.500\n&lt;b&gt;a&lt;/b&gt; --&gt;\n&amp;amp;\n\n2\n01:01:01.500 --> 01:01:02.000\nb\n',
  )
})
