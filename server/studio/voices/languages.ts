/** Voices of espeak-ng for languages that it knows by another name, or knows several of. */
const NAMED: Readonly<Record<string, string>> = {
  en: 'en-us',
  fr: 'fr-fr',
  // Its plain Mandarin takes the tones of its own pinyin for English numbers.
  zh: 'cmn-latn-pinyin',
  no: 'nb',
  und: 'en-us',
}

/** What speaks when no voice knows the language. */
export const OTHERWISE = 'en-us'

/** Signs that a language's voice cannot read and names one by one, in English. */
const UNREAD: Readonly<Record<string, RegExp>> = { ja: /\p{Script=Han}/u }

/** Whether the voice of a language can read a line. */
export function canRead(language: string, line: string): boolean {
  return UNREAD[language]?.test(line) !== true
}

/** The voice of a language among those that are installed; null when none speaks it. */
export function voiceFor(language: string, installed: ReadonlySet<string>): string | null {
  const [first = ''] = language.toLowerCase().split('-')
  return [language.toLowerCase(), NAMED[first], first].find((name) => name !== undefined && installed.has(name)) ?? null
}

/** The languages in what `espeak-ng --voices` prints: the second column, in lower case. */
export function installedVoices(list: string): Set<string> {
  return new Set([...list.matchAll(/^\s*\d+\s+(\S+)/gm)].map(([, language = '']) => language.toLowerCase()))
}
