import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Statistics of all languages: read when they are first asked, as a sixth of a second of each start would go for them. */
function detectAll(text: string): readonly { readonly lang: string; readonly accuracy: number }[] {
  const tinyld = require('tinyld') as typeof import('tinyld')
  return tinyld.detectAll(text)
}

/** Scripts that name their language, or leave it to a guess among few. */
const BY_SCRIPT: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 'ja'],
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Han}/gu, 'zh'],
  [/\p{Script=Hebrew}/gu, 'he'],
  [/\p{Script=Greek}/gu, 'el'],
  [/\p{Script=Thai}/gu, 'th'],
  [/\p{Script=Devanagari}/gu, 'hi'],
  [/\p{Script=Tamil}/gu, 'ta'],
  [/\p{Script=Telugu}/gu, 'te'],
  [/\p{Script=Bengali}/gu, 'bn'],
  [/\p{Script=Georgian}/gu, 'ka'],
  [/\p{Script=Armenian}/gu, 'hy'],
]
/** What is written in these is at least of this kind, when statistics cannot tell more. */
const BY_ALPHABET: readonly (readonly [RegExp, string, ReadonlySet<string>])[] = [
  [/\p{Script=Cyrillic}/gu, 'ru', new Set(['ru', 'uk', 'bg', 'sr', 'be', 'mk', 'kk', 'tt', 'mn', 'ky'])],
  [/\p{Script=Arabic}/gu, 'ar', new Set(['ar', 'fa', 'ur'])],
]
const RTL: ReadonlySet<string> = new Set(['ar', 'he', 'fa', 'ur', 'yi', 'ps', 'sd', 'ug', 'dv'])

const MOST_LOOKED_AT = 4_000
/** Statistics of less than this tell the alphabet and little more. */
const LEAST_LETTERS = 12
const LEAST_ACCURACY = 0.15

/**
 * The language of a text as the first subtag of BCP 47: by its script where that says it, else by statistics. Too short
 * a text in Latin letters counts as English, the most likely one; `und` for a text without letters.
 */
export function languageOf(text: string): string {
  const looked = text.slice(0, MOST_LOOKED_AT)
  const letters = looked.match(/\p{L}/gu)?.length ?? 0
  if (letters === 0) return 'und'
  const share = (pattern: RegExp): number => (looked.match(pattern)?.length ?? 0) / letters
  // Japanese mixes kana with many Han characters.
  const scripted = BY_SCRIPT.find(([pattern, language]) => share(pattern) >= (language === 'ja' ? 0.1 : 0.4))
  if (scripted !== undefined) return scripted[1]
  const guesses = detectAll(looked.replaceAll(/<[^<>]*>|https?:\S+/gu, ' '))
  for (const [pattern, otherwise, allowed] of BY_ALPHABET) {
    if (share(pattern) >= 0.4) return guesses.find(({ lang }) => allowed.has(lang))?.lang ?? otherwise
  }
  const [best] = guesses
  return best === undefined || letters < LEAST_LETTERS || best.accuracy < LEAST_ACCURACY ? 'en' : best.lang
}

/** Which way a language is written. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RTL.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr'
}
