import { type Action, actionAt } from './actions.ts'
import { labelOf } from './labels.ts'
import type { Sentence } from './sentences.ts'
import { isDated, isNeed, isStatement, isThing } from './statements.ts'
import { FINITE, JOINTS, LISTING_VERBS, SPEAKING_VERBS, SUBORDINATORS } from './vocabulary.ts'
import { type Word, wordsOf } from './words.ts'

/** A part of a sentence that may be one task. */
export interface Clause {
  readonly sentence: Sentence
  readonly words: readonly Word[]
  readonly start: number
  readonly end: number
  /** What it begins with, indices into `words`; null when no action was found. */
  readonly action: Action | null
  /** How many clauses of the sentence begin with an action. */
  readonly actions: number
  /** Its place among the clauses of the sentence. */
  readonly index: number
  /** Words before a colon that only head what follows. */
  readonly heads: boolean
  /** It stands after such words, and they are none that lists of tasks have ("work", "home"). */
  readonly underHeading: boolean
  /** A word of urgency or a name heads it: "critical: …", "Mum: …". */
  readonly flagged: boolean
}

/** A run of words, `from` included, `until` not; `action` counts from the sentence's first word. */
interface Part {
  readonly from: number
  readonly until: number
  readonly action: Action | null
  readonly heads?: true
}

/** Cuts a sentence where one thing to do ends and the next begins. */
export function clausesOf(text: string, sentence: Sentence): Clause[] {
  const words = wordsOf(text, sentence.start, sentence.end)
  if (words.length === 0) return []
  const label = labelOf(text, words, sentence.bullet)
  const parts = label?.kind === 'whole' ? [whole(words, label.until)] : partsOf(text, words, label)
  const actions = parts.filter(({ action }) => action !== null).length
  return parts.map(({ from, until, action, heads }, index) => {
    const own = words.slice(from, until)
    // What closes the sentence belongs to its last clause: "!!!" is a word of urgency.
    const end = until === words.length ? sentence.end : (own.at(-1)?.end ?? sentence.end)
    return {
      ...{ sentence, words: own, start: own[0]?.start ?? sentence.start, end },
      ...{
        action: action === null ? null : moved(action, -from),
        actions,
        index,
        heads: heads === true,
        underHeading: label?.kind === 'heading' && !label.usual && heads !== true,
        flagged: label?.kind === 'joined' && index === 0,
      },
    }
  })
}

const whole = (words: readonly Word[], after: number): Part => {
  const action = actionAt(words, after, words.length)
  return { from: 0, until: words.length, action: action === null ? null : { ...action, core: 0 } }
}

const moved = (action: Action, by: number): Action => ({
  kind: action.kind,
  core: action.core + by,
  verb: action.verb === null ? null : action.verb + by,
})

function partsOf(text: string, words: readonly Word[], label: ReturnType<typeof labelOf>): Part[] {
  const begin = label?.kind === 'heading' ? label.until : 0
  const head: Part[] = begin === 0 ? [] : [{ from: 0, until: begin, action: null, heads: true }]
  const opened = openings(text, words, begin, label?.kind === 'joined' ? label.until : begin)
  const actions = opened.filter(({ action }) => action !== null).length
  const parts = opened.flatMap(({ at, action }, n) =>
    atCommas(text, words, { from: at, until: opened[n + 1]?.at ?? words.length, action }, actions),
  )
  return [...head, ...leaning(text, words, parts)]
}

interface Opening {
  readonly at: number
  readonly action: Action | null
}

/** Where clauses begin: the first at `from`, whose action is looked for at `first`; then where actions or statements open. */
function openings(text: string, words: readonly Word[], from: number, first: number): Opening[] {
  const start = actionAt(words, first, words.length)
  // What is said before a colon about a task is the task's: "critical: rotate the key".
  const found: Opening[] = [{ at: from, action: start !== null && first > from ? { ...start, core: from } : start }]
  let i = Math.max(first, start?.verb ?? start?.core ?? first) + 1
  while (i < words.length) {
    const last = found.at(-1) ?? { at: from, action: null }
    const next = opens(text, words, i, last)
    if (next === undefined) {
      i += 1
      continue
    }
    found.push({ at: i, action: next })
    i = Math.max(i, next?.verb ?? next?.core ?? i) + 1
  }
  return found
}

/** Verbs that "and" joins to the one before: "call and ask" is one thing to do. */
const SECOND_HALVES = new Set(['ask', 'get', 'grab', 'say', 'see', 'tell', 'pick'])
const FIRST_HALVES = new Set([...SPEAKING_VERBS, 'go', 'come', 'try'])

/** What opens at word `i`: an action, a statement (null), or nothing (undefined). */
function opens(text: string, words: readonly Word[], i: number, last: Opening): Action | null | undefined {
  const [before, word] = [words[i - 1], words[i]]
  if (word === undefined || before === undefined) return undefined
  const comma = isBorder(text.slice(before.end, word.start))
  const joint = JOINTS.has(word.lower)
  // The joint word before this one has had its chance.
  if (!comma && JOINTS.has(before.lower) && i - 1 > last.at) return undefined
  const action = actionAt(words, i, words.length)
  if (action === null)
    return joint &&
      word.lower !== 'because' &&
      (isStatement(words, i) || (comma && isNeed(words.slice(i, i + NEED_WORDS))))
      ? null
      : undefined
  const lead = words.slice(i, action.core).map((each) => each.lower)
  if (!comma && !joint) {
    const said = lead[0] === 'i' || lead[0] === 'we' || lead[0] === 'gotta' || lead.length > 1
    return action.kind === 'duty' && said && lead[0] !== 'to' && !SUBORDINATORS.has(before.lower) ? action : undefined
  }
  if (comma) {
    const lists = LISTING_VERBS.has(words[last.action?.verb ?? -1]?.lower ?? '')
    return lists && action.kind === 'doubtful' ? undefined : action
  }
  if (action.kind === 'doubtful') return undefined
  const verb = words[action.verb ?? action.core]?.lower ?? ''
  const earlier = last.action === null ? '' : (words[last.action.verb ?? last.action.core]?.lower ?? '')
  if (word.lower === 'and' && FIRST_HALVES.has(earlier) && SECOND_HALVES.has(verb)) return undefined
  // "because" brings a duty at most.
  return action.kind === 'verb' && (word.lower === 'because' || word.lower === 'but') ? undefined : action
}

const isBorder = (gap: string): boolean => /[,:–—(]|\s-\s/.test(gap)

const NEED_WORDS = 8

/** Cuts a part at its commas where what follows is a thing of its own; a list of things to buy is one. */
function atCommas(text: string, words: readonly Word[], part: Part, actions: number): Part[] {
  const { from, until, action } = part
  const verb = action === null ? '' : (words[action.verb ?? action.core]?.lower ?? '')
  const lists = LISTING_VERBS.has(verb) || (action?.kind === 'duty' && action.verb === null)
  if (lists) return [part]
  const commas: number[] = []
  for (let i = from + 1; i < until; i += 1) {
    if (text.slice(words[i - 1]?.end, words[i]?.start).includes(',')) commas.push(i)
  }
  const found: Part[] = []
  let begin = part
  for (const [n, at] of commas.entries()) {
    const next = words.slice(at, commas[n + 1] ?? until)
    if (
      !isStatement(next, 0) &&
      !isOwnThing(words.slice(begin.from, Math.min(at, begin.from + NEED_WORDS)), next, begin, actions)
    )
      continue
    found.push({ ...begin, until: at })
    begin = { from: at, until, action: null }
  }
  return [...found, begin]
}

/** Whether what follows a comma is a task of its own, and not more of what stands before it. */
function isOwnThing(before: readonly Word[], next: readonly Word[], begin: Part, actions: number): boolean {
  if (isNeed(next) || (isThing(next) && isDated(next) && (begin.action !== null || isDated(before)))) return true
  if (!isThing(next) || actions < 2) return false
  // Before the first action "milk, eggs, oats" is one list to buy.
  return begin.action !== null || isNeed(before) || (begin.from > 0 && isThing(before))
}

const PRONOUNS = new Set(['it', 'them', 'him', 'her'])
const LEANING_WORDS_MAX = 4

/**
 * A short order leans on what is said before it: "the invoice is late, send it" is one task, and so is "the window does not
 * close so tell the landlord".
 */
function leaning(text: string, words: readonly Word[], parts: readonly Part[]): Part[] {
  const found: Part[] = []
  for (const part of parts) {
    const last = found.at(-1)
    const { action } = part
    if (last === undefined || action === null || last.action !== null || !states(words, last)) {
      found.push(part)
      continue
    }
    const refers = PRONOUNS.has(words[(action.verb ?? action.core) + 1]?.lower ?? '')
    const isShort = part.until - action.core <= LEANING_WORDS_MAX && action.kind === 'verb'
    const gap = text.slice(words[part.from - 1]?.end, words[part.from]?.start)
    if (!/^[\s,–—-]*$/.test(gap) || (!refers && !isShort)) found.push(part)
    else
      found[found.length - 1] = {
        from: last.from,
        until: part.until,
        action: { ...action, kind: 'duty', core: last.from },
      }
  }
  return found
}

/** Whether a part says how something is, and is no musing of the speaker's. */
function states(words: readonly Word[], { from, until }: Part): boolean {
  const own = words.slice(from, until)
  const first = own.find((word) => !JOINTS.has(word.lower))
  if (
    first === undefined ||
    /^(?:i|im|ive|so|it|its|also)$/.test(first.lower) ||
    /^(?:so|also|oh)$/.test(own[0]?.lower ?? '')
  )
    return false
  return own.some((word) => FINITE.has(word.lower)) || isNeed(own)
}
