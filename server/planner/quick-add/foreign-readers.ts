import { createRequire } from 'node:module'
import type { Chrono, Parser } from 'chrono-node'

const require = createRequire(import.meta.url)

// loaded when a language is first needed: each takes a while, and most installations need one
const loaders: Readonly<Record<string, () => unknown>> = {
  ar: () => require('chrono-node/ar'),
  de: () => require('chrono-node/de'),
  es: () => require('chrono-node/es'),
  fi: () => require('chrono-node/fi'),
  fr: () => require('chrono-node/fr'),
  id: () => require('chrono-node/id'),
  it: () => require('chrono-node/it'),
  ja: () => require('chrono-node/ja'),
  nl: () => require('chrono-node/nl'),
  pt: () => require('chrono-node/pt'),
  ru: () => require('chrono-node/ru'),
  sv: () => require('chrono-node/sv'),
  uk: () => require('chrono-node/uk'),
  vi: () => require('chrono-node/vi'),
  zh: () => require('chrono-node/zh'),
}

/** The languages besides English whose days are read. */
export const foreignLanguages: readonly string[] = Object.keys(loaders)

const readers = new Map<string, Chrono>()

/** What reads the days of a language, two letters; null for English and for languages that nothing reads. */
export function foreignReader(language: string): Chrono | null {
  const load = loaders[language]
  if (load === undefined) return null
  const kept = readers.get(language)
  if (kept !== undefined) return kept
  const { casual } = load() as { casual: Chrono }
  const reader = casual.clone()
  reader.parsers = casual.parsers.map(withTwoUnits)
  readers.set(language, reader)
  return reader
}

/** How chrono says that up to ten more lengths of time may follow one: `2 weeks, 3 days, …`. */
const MANY_MORE = '{0,10}'
/** As many as people say of a task: `in 2 days and 3 hours`. */
const ONE_MORE = '{0,1}'

/**
 * A parser that looks for two lengths of time in a row. The spaces between two of them may be shared out among the parts
 * of the expression in three ways and more, all of which are tried for each further length when the whole does not fit
 * after all: with ten of them sixty characters (`17h  17h  17h …` in Italian) take many seconds.
 */
function withTwoUnits(parser: Parser): Parser {
  let bounded: RegExp | null = null
  return {
    // an expression depends on its parser and on options, which are always the same here
    pattern: (context) => {
      if (bounded === null) {
        const { source, flags } = parser.pattern(context)
        bounded = new RegExp(source.replaceAll(MANY_MORE, ONE_MORE), flags)
      }
      return bounded
    },
    extract: (context, match) => parser.extract(context, match),
  }
}
