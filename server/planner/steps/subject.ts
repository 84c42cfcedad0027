import { isOf } from '../english/nouns.ts'
import { PREPOSITIONS } from '../english/phrase.ts'
import { capitalised, isPlural, setOf, wordsOf } from '../english/words.ts'

/** What a task is about, in forms that fit into sentences. */
export interface Subject {
  /** As something known, short: `the vlog`. */
  readonly the: string
  /** With all that is said of it: `the vlog about Lisbon`. */
  readonly full: string
  /** Without article or possessive: `vlog`. */
  readonly noun: string
  /** What it treats of where that is said, else the same as `full`: `Lisbon`. */
  readonly topic: string
  /** ` about Lisbon` where what it treats of is said apart, else empty. */
  readonly about: string
  /** Whether it takes "are". */
  readonly plural: boolean
}

const SHORT_MAX = 60
const FULL_MAX = 90

const DETERMINERS = setOf('my our your his her their its the this that these those all both each every no')
const NUMBER =
  /^(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|fifty|hundred)$/i
const ABOUT = setOf('about on regarding')
// What one is or has without an article.
const WITHOUT_ARTICLE = setOf(
  'mum mom dad grandma grandpa granny mummy daddy work school bed home everyone everybody someone it them him her this that dinner lunch breakfast supper christmas easter tomorrow today yoga pilates',
)
const FAMILY = setOf('mum mom dad grandma grandpa granny mummy daddy')
// They end in -ing and are things.
const THINGS_IN_ING = setOf(
  'meeting building painting wedding ceiling landing recording drawing washing briefing filing rendering king ring string thing spring wing clothing lighting heating listing setting mailing training bedding parking evening morning opening ending booking reading wiring housing',
)

/** Shortens at a word, with an ellipsis. */
function shortened(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max - 1)
  const space = cut.lastIndexOf(' ')
  return `${cut
    .slice(0, space > max / 2 ? space : cut.length)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`
}

/** A noun phrase as something known: `a blog post` → `the blog post`; `my CV`, `Lisbon`, `Anna's party` stay. */
export function known(phrase: string): string {
  const words = phrase.split(' ')
  const [first = ''] = words
  const lower = first.toLowerCase()
  if (lower === 'a' || lower === 'an' || lower === 'some' || lower === 'any') return known(words.slice(1).join(' '))
  if (DETERMINERS.has(lower) || /['’]s?$/.test(first) || /^\p{Lu}\p{Ll}*['’]s$/u.test(words[1] ?? '')) return phrase
  if (words.length === 1 && FAMILY.has(lower)) return capitalised(lower)
  if (/^[“"„«'‘]/.test(phrase) || !/^[\p{L}\p{N}]/u.test(phrase)) return phrase
  if (words.length <= 2 && WITHOUT_ARTICLE.has(lower)) return phrase
  if (/^[a-z]{2,}ing$/.test(lower) && !THINGS_IN_ING.has(lower) && (words.length === 1 || !NUMBER.test(first)))
    return phrase
  // `chapter 4`, but `the taxes 2025`
  if (/^\p{L}+ \d{1,3}\b/u.test(phrase)) return phrase
  const last = words.findLast((word) => !/^\d+$/.test(word)) ?? ''
  // A name has a capital at its end: `Lisbon`, `Mrs Keller`. `README` and `the Lisbon vlog` are things.
  if (/^\p{Lu}[\p{Ll}'’]/u.test(last) && /^\p{Lu}/u.test(first)) return phrase
  return `the ${phrase}`
}

/** Verbs as what one does: `swim` → `swimming`, `drive` → `driving`. */
function gerundOf(verb: string): string {
  if (/[^aeioy]e$/.test(verb) || verb.endsWith('ue')) return `${verb.slice(0, -1)}ing`
  if (verb.endsWith('ie')) return `${verb.slice(0, -2)}ying`
  return /^[^aeiou]*[aeiou][bdgmnprt]$/.test(verb) ? `${verb}${verb.at(-1)}ing` : `${verb}ing`
}

/** `how to swim`, `to swim` → `swimming`; what is no verb stays: `to Sam`. */
export function withoutInfinitive(text: string, isVerb: (word: string) => boolean): string {
  const found = /^(?:how )?to (\p{L}+)(.*)$/u.exec(text)
  return found && isVerb(found[1]!) ? `${gerundOf(found[1]!)}${found[2]}` : text
}

// They begin what is asked: `which camera to buy`.
const CLAUSES = setOf('which what who whom whose where when why how whether if')
// What follows tells when or why, not what.
const WHEN = setOf('before after until till when while because so if since during once unless by')

function asClause(text: string): Subject {
  const clause = shortened(text, FULL_MAX)
  return { the: clause, full: clause, noun: clause, topic: clause, about: '', plural: false }
}

const JOINED = / (?:and|und|y|et) /g

/**
 * Takes apart what stands behind the verb of a title, or the whole title where it has none: `the vlog about Lisbon`.
 * Where there is nothing, the title itself is named in quotation marks.
 */
export function subjectOf(behind: string, title: string): Subject {
  const text = behind.replaceAll(JOINED, ' & ').trim()
  if (!/[\p{L}\p{N}]/u.test(text)) return quoted(title)
  const words = text.split(' ')
  const isPreposition = (word: string | undefined) => PREPOSITIONS.has((word ?? '').toLowerCase().replace(/,$/, ''))
  // `Apply for a passport`, `Go to the dentist`: what follows the preposition is what it is about.
  if (CLAUSES.has(words[0]!.toLowerCase())) return asClause(text)
  const from = words.findIndex((word) => !isPreposition(word))
  if (from === -1) return quoted(title)
  const until = words.findIndex((word, at) => at > from && WHEN.has(word.toLowerCase()))
  const own = words.slice(from, until === -1 ? words.length : until)
  const end = own.findIndex((word, at) => at > 0 && isPreposition(word))
  const head = known(
    own
      .slice(0, end === -1 ? own.length : end)
      .join(' ')
      .replace(/,$/, ''),
  )
  const tail = end === -1 ? '' : ` ${own.slice(end).join(' ')}`
  const full = shortened(head + tail, FULL_MAX)
  const about = own.findIndex((word, at) => at > 0 && ABOUT.has(word.toLowerCase()))
  const topic = about === -1 ? full : shortened(known(own.slice(about + 1).join(' ')), FULL_MAX)
  const noun = head.replace(/^(?:the|my|our|your|his|her|their|this|these|those|all) /i, '')
  return {
    the: shortened(head, SHORT_MAX),
    full,
    noun: shortened(noun, SHORT_MAX),
    topic: topic === '' ? full : topic,
    about: about === -1 ? '' : ` about ${topic}`,
    plural: isMany(head),
  }
}

function quoted(title: string): Subject {
  const name = `“${shortened(title, SHORT_MAX)}”`
  return { the: name, full: name, noun: name, topic: name, about: '', plural: false }
}

/** Whether a noun phrase stands for several. */
function isMany(head: string): boolean {
  const words = wordsOf(head).map(({ word }) => word)
  if (head.includes(' & ') || head.includes(',')) return true
  const [number = ''] = words.filter((word) => !DETERMINERS.has(word))
  const counted = NUMBER.test(number) && number !== 'one' && number !== '1' && words.length > 1
  const last = words.findLast((word) => !/^\d+$/.test(word)) ?? ''
  const of = words.indexOf('of')
  const noun = of > 0 ? (words.slice(0, of).findLast((word) => !/^\d+$/.test(word)) ?? '') : last
  return isPlural(noun) || (counted && !isOf('person', last))
}
