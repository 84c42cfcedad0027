import { participleOf } from '../english/verbs.ts'
import { isPlural, setOf, wordsOf } from '../english/words.ts'

const PARTICLES = setOf('up down out off on in away back over through together')
// What follows them belongs to the verb, not to its object: "the cut is uploaded to the drive".
const OF_THE_VERB = setOf(
  'across after against along around as at before by during if in inside into onto out so since than that through till to together towards until upstairs downstairs via when where whether which while who why how what with without within online',
)
// These may belong to the object: "the invoice for April is written".
const OF_THE_OBJECT = setOf('about behind below beside between for from near of off on over past under')
const DETERMINERS = setOf('a an the my your our their his her this that these those some any each every all both')
const NUMBERS = setOf(
  'two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty hundred both several',
)
// Who is spoken to: "the bank has been asked".
const TALK = setOf(
  'ask tell call phone ring greet invite help thank remind inform email message text warn congratulate welcome quiz',
)

/** Whether a noun phrase takes "are": its number says so, else the last noun before "of" and the like. */
export function takesAre(phrase: string): boolean {
  const words = wordsOf(phrase).map(({ word }) => word)
  const [first = '', ...others] = words.filter((word) => !DETERMINERS.has(word))
  if (NUMBERS.has(first) || (/^\d+$/.test(first) && first !== '1' && others.length > 0)) return true
  const end = words.findIndex((word, at) => at > 0 && (OF_THE_VERB.has(word) || OF_THE_OBJECT.has(word)))
  const noun = words.slice(0, end === -1 ? words.length : end)
  return noun.includes('and') || isPlural(noun.findLast((word) => !/^\d+$/.test(word)) ?? '')
}

/**
 * The state one can see when an instruction is done: `Scan the receipts from March` → `the receipts from March are
 * scanned`. `verb` is its verb in lower case; where nothing is said to be done to anything the instruction itself is
 * named. At most 200 characters.
 */
export function doneState(text: string, verb: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 150)
    .replace(/[\s.!?,;:]+$/, '')
  const fallback = `this is done: ${line}`
  if (verb === '' || !line.toLowerCase().startsWith(`${verb} `)) return fallback
  const [first = '', ...rest] = line.slice(verb.length + 1).split(' ')
  const isParticle = PARTICLES.has(first.toLowerCase()) && rest.length > 0
  const words = isParticle ? rest : [first, ...rest]
  const own = (word: string) =>
    OF_THE_VERB.has(word) || (PARTICLES.has(word) && word !== 'back') || (TALK.has(verb) && OF_THE_OBJECT.has(word))
  const end = words.findIndex((word) => own(word.toLowerCase()))
  const object = words.slice(0, end === -1 ? words.length : end).join(' ')
  if (object === '' || OF_THE_OBJECT.has(words[0]!.toLowerCase())) return fallback
  const after = [
    participleOf(verb),
    ...(isParticle ? [first.toLowerCase()] : []),
    ...(end === -1 ? [] : words.slice(end)),
  ]
  const [is, are] = TALK.has(verb) ? ['has been', 'have been'] : ['is', 'are']
  return [asKnown(object), takesAre(object) ? are : is, ...after].join(' ')
}

/** An object as something known: `a packing list` → `the packing list`; `stamps` stay as they are. */
function asKnown(object: string): string {
  return object.replace(/^(?:an?|some) /i, 'the ')
}
