import { classesOf, isOf } from '../english/nouns.ts'
import { patternOf } from '../english/patterns.ts'
import { phraseOf } from '../english/phrase.ts'
import { plainVerb } from '../english/synonyms.ts'
import { wordsOf } from '../english/words.ts'
import { isVerb } from '../champs/tag.ts'
import { KINDS } from './kinds.ts'
import { subjectOf, withoutInfinitive, type Subject } from './subject.ts'

/** What a title of a task tells. */
export interface Reading {
  /** A kind that there is a recipe for. */
  readonly kind: string
  readonly subject: Subject
  /** How sure the kind is, 0 to 1: by verb and object, by nouns alone, or by nothing. */
  readonly confidence: number
}

const MARKS = /^(?:[-*•–]|\[[ xX]?\]|\d+[.)]|to-?do:?|task:)\s+/i
const LEADS =
  /^(?:(?:i|we) (?:really )?(?:need|have|want|must|should|ought)(?: to)?|need to|have to|has to|must|should|gotta|please|remember to|don['’]?t forget to|do not forget to|try to|time to|let['’]?s|finally|maybe|also|then|go and|start to|to) /i
const DAY = '(?:mon|tues|wednes|thurs|fri|satur|sun)day'
const WHEN = new RegExp(
  `[,\\s]+(?:(?:by|on|for|before|until|till|due|this|next|at) )?(?:the )?(?:${DAY}|today|tonight|tomorrow|asap|this week|next week|weekend|end of (?:the )?(?:day|week|month)|(?:${DAY}|tomorrow|today) (?:morning|afternoon|evening|night)|\\d{1,2}(?::\\d\\d)? ?(?:am|pm)|eod|soon|now)$`,
  'i',
)

// `Cut the vlog (1 of 3)`: a round of something long.
const ROUND = /\s*\((\d+ of \d+)\)$/

/** A title without list marks, opening phrases and a closing date, in single spaces. */
function plain(title: string): string {
  let text = title
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
    .replace(/[\s.!]+$/u, '')
  for (let previous = ''; previous !== text;) {
    previous = text
    const shorter = text.replace(MARKS, '').replace(LEADS, '').replace(WHEN, '').trim()
    if (shorter !== '') text = shorter
  }
  return text
}

const isKnownVerb = (word: string): boolean => word !== '*' && (KINDS.has(word) || isVerb(word))
const PARTICLES = new Set(['up', 'out', 'off', 'down', 'away', 'back', 'over', 'through', 'in'])
// Nouns that are verbs too: as the only word, or before a word that makes them a noun.
const NOUNS_FIRST = new Set([
  'plan',
  'book',
  'email',
  'mail',
  'text',
  'message',
  'film',
  'design',
  'script',
  'budget',
  'backup',
  'rest',
  'list',
  'report',
  'post',
  'test',
  'exercise',
  'water',
  'store',
  'shop',
  'walk',
  'swim',
  'run',
  'study',
  'research',
  'track',
  'dust',
  'iron',
  'plant',
  'paint',
  'present',
  'house',
  'phone',
  'time',
  'order',
  'train',
])

/** Reads a title: which kind of task, and about what. */
export function readTitle(title: string): Reading {
  const round = ROUND.exec(title)
  if (round === null) return readWhole(title)
  const reading = readWhole(title.slice(0, round.index))
  const { subject } = reading
  return { ...reading, subject: { ...subject, full: `${subject.full} (${round[1]})` } }
}

function readWhole(title: string): Reading {
  const text = plain(title)
  const phrase = phraseOf(text, isKnownVerb)
  const words = text.split(' ')
  const first = (words[0] ?? '').toLowerCase().replace(/[^\p{L}\p{N}'’-]/gu, '')
  const alone = words.length === 1 && NOUNS_FIRST.has(first)
  const hasVerb = phrase.verb === first && isKnownVerb(first)
  if (hasVerb) {
    const found = patternOf(KINDS, phrase)
    const rest = words.slice(1)
    const particle = rest.length > 1 && PARTICLES.has(rest[0]!.toLowerCase())
    const behind = alone ? text.toLowerCase() : rest.slice(particle ? 1 : 0).join(' ')
    const subject = subjectOf(withoutInfinitive(behind, isKnownVerb), text)
    if (found) return { kind: refined(found.result, subject), subject, confidence: 0.9 }
    const nouns = byNouns(phrase.rest.map((word) => word.text).join(' '))
    if (plainVerb(first, []) === null || nouns)
      return { kind: nouns ?? 'hands', subject, confidence: nouns ? 0.6 : 0.4 }
    return { kind: 'hands', subject, confidence: 0.4 }
  }
  const nouns = byNouns(text)
  const isThing = /^\p{Lu}\p{Ll}/u.test(text) && classesOf(first).length > 0 && !classesOf(first).includes('person')
  const named = isThing ? text.charAt(0).toLowerCase() + text.slice(1) : text
  return {
    kind: nouns ?? 'hands',
    subject: nouns === null ? subjectOf('', text) : subjectOf(named, text),
    confidence: nouns ? 0.6 : 0.2,
  }
}

/**
 * What the subject changes of a kind: a message that names no text goes to somebody (`Email the landlord`, not `Email the
 * invoice`), swimming is a skill, and among several things one chooses.
 */
function refined(kind: string, { the, noun, plural }: Subject): string {
  if (kind === 'decide' && plural) return 'decide-between'
  if (kind === 'learn' && /^\p{Ll}+ing\b/u.test(the)) return 'skill'
  return kind === 'message' && !wordsOf(noun).some(({ word }) => isOf('text', word)) ? 'message-to' : kind
}

/** The kind that nouns alone make likely. */
function byNouns(text: string): string | null {
  const phrase = phraseOf(`* ${text}`, () => false)
  const rest = phraseOf(`x ${text}`, (word) => word === 'x').rest
  return patternOf(KINDS, { ...phrase, verb: '*', rest, object: rest })?.result ?? null
}
