import { expect, test } from 'vitest'
import { installedVoices, voiceFor } from './languages.ts'
import { VOICE_RATE } from './schema.ts'
import { samplesOf, wavOf } from './wav.ts'
import { trackOf } from './track.ts'
import { wordTimes, wordsOf } from './words.ts'

/** Sound with a pause between two moments, in seconds. */
function heard(seconds: number, pauseFrom: number, pauseTo: number): Float32Array {
  return Float32Array.from({ length: seconds * VOICE_RATE }, (_, at) =>
    at > pauseFrom * VOICE_RATE && at < pauseTo * VOICE_RATE ? 0 : 0.3 * Math.sin(at),
  )
}

test('words follow one another from the first sound to the last', () => {
  const words = wordTimes('A bakery that opens at night', heard(2, 9, 9), 'en')
  expect(words.map(({ text }) => text).join('')).toBe('A bakery that opens at night')
  expect(words[0]?.startMs).toBe(0)
  expect(words.at(-1)?.endMs).toBe(2_000)
  for (const [index, word] of words.entries()) expect(word.startMs).toBe(words[index - 1]?.endMs ?? 0)
})

test('a pause that is heard stands where the mark is', () => {
  const words = wordTimes('One, and then two', heard(3, 1.5, 1.9), 'en')
  expect(words[0]?.endMs).toBeCloseTo(1_500, -2)
  expect(words[1]?.startMs).toBeCloseTo(1_900, -2)
})

test('signs without blanks are cut into words, marks stay with the word before them', () => {
  expect(wordsOf('夜だけ開くパン屋。', 'ja').join('')).toBe('夜だけ開くパン屋。')
  expect(wordsOf('夜だけ開くパン屋。', 'ja').length).toBeGreaterThan(2)
  expect(wordsOf('Ja, gut …', 'de')).toEqual(['Ja, ', 'gut ', '…'])
})

test('a language is spoken by its own voice, and is told apart from one that none speaks', () => {
  const installed = installedVoices(
    'Pty Language       Age/Gender VoiceName          File                 Other Languages\n 5  en-us           --/M      English_(America)  gmw/en-US            (en 3)\n 5  cmn-latn-pinyin --/M      Chinese_(Mandarin,_latin_as_Pinyin)\n',
  )
  expect(voiceFor('en', installed)).toBe('en-us')
  expect(voiceFor('zh', installed)).toBe('cmn-latn-pinyin')
  expect(voiceFor('xx', installed)).toBeNull()
})

test('samples come back from a WAV as they went in', () => {
  const { sampleRate, samples } = samplesOf(wavOf([Float32Array.from([0, 0.5, -0.5, 2])], VOICE_RATE))
  expect(sampleRate).toBe(VOICE_RATE)
  expect([...samples].map((sample) => Math.round(sample * 100) / 100)).toEqual([0, 0.5, -0.5, 1])
  expect(() => samplesOf(Buffer.from('RIFF'))).toThrow(RangeError)
})

test('a line lies on the track from its first frame on, to the sample', () => {
  const track = trackOf([new Float32Array(1_000).fill(0.5)], [{ line: 0, startFrame: 3, endFrame: 5 }], 10)
  expect(track).toHaveLength(7_350)
  expect(track.findIndex((sample) => sample !== 0)).toBe(3 * 735 + 1)
  expect(track.findLastIndex((sample) => sample !== 0)).toBe(3 * 735 + 998)
})
