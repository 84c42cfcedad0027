import { ADVERBS, DOUBTFUL_VERBS, FILLERS, KIN, OBJECT_STARTS, WEEKDAYS } from './vocabulary.ts'
import { type Word, verbKind } from './words.ts'

/** The beginning of something to do, found at a word. Numbers are indices of words. */
export interface Action {
  /** The first word that says something of it: after "oh and", "I need to". */
  readonly core: number
  /** The verb; null where a duty has a noun ("need new insoles"). */
  readonly verb: number | null
  /**
   * How it is said: a duty ("have to"), a wish ("want to"), a bare verb that is surely one, or one that may be a noun or a
   * slip.
   */
  readonly kind: 'duty' | 'wish' | 'verb' | 'doubtful'
}

const SUBJECTS = new Set(['i', 'we', 'you', 'someone', 'somebody', 'u'])

/** Ways to say that something is to be done, longest first. `verb`: only before a verb that is known. */
const DUTIES: readonly {
  readonly says: readonly string[]
  readonly wish?: true
  readonly verb?: true
  readonly noun?: true
  readonly third?: true
}[] = [
  { says: 'could you remind me to' },
  { says: 'can you remind me to' },
  { says: 'must not forget to' },
  { says: 'must not forget', noun: true as const },
  { says: 'cant forget to' },
  { says: 'dont forget to' },
  { says: 'do not forget to' },
  { says: 'dont let me forget to' },
  { says: 'dont forget', noun: true as const },
  { says: 'do not forget', noun: true as const },
  { says: 'keep forgetting to' },
  { says: 'keep forgetting', noun: true as const },
  { says: 'remind me to' },
  { says: 'remember to' },
  { says: 'remember', noun: true as const },
  { says: 'promised to' },
  { says: 'promised', noun: true as const },
  { says: 'make sure to' },
  { says: 'be sure to' },
  { says: 'supposed to' },
  { says: 'im supposed to' },
  { says: 'forgot to' },
  { says: 'have got to' },
  { says: 'ive got to' },
  { says: 'got to' },
  { says: 'gotta' },
  { says: 'ought to' },
  { says: 'need to' },
  { says: 'have to' },
  { says: 'needs to', third: true as const },
  { says: 'has to', third: true as const },
  { says: 'must' },
  { says: 'need', noun: true as const },
  { says: 'should', verb: true as const },
  { says: 'could you', verb: true as const },
  { says: 'can you', verb: true as const },
  { says: 'would you', verb: true as const },
  { says: 'time to', verb: true as const },
  { says: 'going to', verb: true as const },
  { says: 'gonna', verb: true as const },
  { says: 'ill', verb: true as const },
  { says: 'will', verb: true as const },
  { says: 'want to', verb: true as const, wish: true as const },
  { says: 'wanna', verb: true as const, wish: true as const },
  { says: 'would like to', verb: true as const, wish: true as const },
  { says: 'id like to', verb: true as const, wish: true as const },
  { says: 'plan to', verb: true as const, wish: true as const },
].map(({ says, ...rest }) => ({ says: says.split(' '), ...rest }))

/** What begins at word `at`, when it is something to do. `until` is the index after the last word that belongs here. */
export function actionAt(words: readonly Word[], at: number, until: number): Action | null {
  let i = at
  while (i < until && FILLERS.has(lowerOf(words, i))) i += 1
  i = afterLead(words, i, until)
  const begin = i
  while (i < until && isAdverb(lowerOf(words, i)) && SUBJECTS.has(lowerOf(words, i + 1))) i += 1
  const subject = SUBJECTS.has(lowerOf(words, i)) ? i : null
  let j = subject === null ? i : i + 1
  while (j < until && isAdverb(lowerOf(words, j))) j += 1
  for (const duty of DUTIES) {
    if (j + duty.says.length >= until) continue
    if (!duty.says.every((word, n) => lowerOf(words, j + n) === word)) continue
    // "need" alone asks for who needs it; "I will" and "I should" are duties of the person alone.
    if (duty.third === true && (subject === null || lowerOf(words, subject).length < 4)) continue
    const core = skipAdverbs(words, j + duty.says.length, until)
    const kind = verbKind(lowerOf(words, core))
    // "I remember" looks back, "remember" asks; "I promised" binds, "promised" says nothing by itself.
    if (duty.says.length === 1 && duty.says[0] === 'remember' && subject !== null) continue
    if (duty.says.length === 1 && duty.says[0] === 'promised' && subject === null) continue
    if (duty.noun === true && duty.says[0] === 'need') {
      if (subject === null && j !== at) continue
      return { core: kind === null ? j : j + 1, verb: kind === null ? null : core, kind: 'duty' }
    }
    if (duty.verb === true && kind === null) continue
    return { core: j + duty.says.length, verb: core, kind: duty.wish === true ? 'wish' : 'duty' }
  }
  if (subject !== null) return null
  i = begin
  const verb = skipAdverbs(words, i, until)
  const kind = verbKind(lowerOf(words, verb))
  if (verb >= until || kind === null) return null
  // "upload is at 63 percent": what has a verb after it is a noun
  if (COPULAS.has(lowerOf(words, verb + 1))) return null
  // "do I have to …?"
  if (lowerOf(words, verb) === 'do' && SUBJECTS.has(lowerOf(words, verb + 1))) return null
  return { core: i, verb, kind: kind === 'plain' ? 'verb' : hasObject(words, verb, until) ? 'verb' : 'doubtful' }
}

const COPULAS = new Set('is was are were has had keeps will takes took went did does'.split(' '))

/** Whether what follows a verb that may be a noun looks like its object. */
function hasObject(words: readonly Word[], verb: number, until: number): boolean {
  if (verb + 1 >= until) return false
  const next = words[verb + 1]
  if (next === undefined) return false
  return OBJECT_STARTS.has(next.lower) || KIN.has(next.lower) || next.text.startsWith('@') || isName(next)
}

const isName = (word: Word): boolean => /^\p{Lu}\p{Ll}/u.test(word.text) && !WEEKDAYS.has(word.lower)

const lowerOf = (words: readonly Word[], at: number): string => words[at]?.lower ?? ''

const TIMES = new Set('today tonight tomorrow week weekend month morning afternoon evening year'.split(' '))
const TIME_LEADS = new Set('this next on in by later first early the'.split(' '))

/** The index after words of time or condition that lead: "this week", "on friday", "if there is time"; else `at`. */
function afterLead(words: readonly Word[], at: number, until: number): number {
  const said = words
    .slice(at, at + 5)
    .map((word) => word.lower)
    .join(' ')
  const condition = /^(?:if|when) (?:there is|theres|i have|i get)(?: some)? (?:time|energy)\b/.exec(said)?.[0]
  if (condition !== undefined) return Math.min(until, at + condition.split(' ').length)
  let i = at
  while (i - at < 3 && TIME_LEADS.has(lowerOf(words, i))) i += 1
  const isTime = (lower: string): boolean => TIMES.has(lower) || WEEKDAYS.has(lower)
  if (!isTime(lowerOf(words, i))) return at
  while (i - at < 4 && isTime(lowerOf(words, i))) i += 1
  // A verb alone after "tomorrow" may be one; "today the" is not.
  return i < until ? i : at
}

/** "first" before a verb is an adverb; before a noun it is not, which does no harm here. */
const isAdverb = (lower: string): boolean => ADVERBS.has(lower) && !DOUBTFUL_VERBS.has(lower)

function skipAdverbs(words: readonly Word[], from: number, until: number): number {
  let at = from
  while (at < until && isAdverb(lowerOf(words, at))) at += 1
  return at < until ? at : from
}
