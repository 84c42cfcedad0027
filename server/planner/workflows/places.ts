import { capitalised } from '../english/words.ts'
import { subjectOf } from '../steps/subject.ts'
import { readTitle } from '../steps/title.ts'

/** What a label of a step may name in braces. */
export const LABEL_PLACES = ['task', 'about', 'topic'] as const
/** What the template of a workflow may name in braces. */
export const TEMPLATE_PLACES = [...LABEL_PLACES, 'notes', 'energy', 'timeOfDay', 'minutes', 'recent'] as const
export type Place = (typeof TEMPLATE_PLACES)[number]

/** Places that need something that the workflow is about. */
const OF_A_TASK: readonly string[] = ['task', 'about', 'topic', 'notes']

export const TimeOfDay = ['morning', 'afternoon', 'evening', 'night'] as const
export type TimeOfDay = (typeof TimeOfDay)[number]

/** In what a workflow is run. */
export interface Situation {
  /** What it is about: the title of a task, or words; null where it is about nothing. */
  readonly subject: string | null
  readonly notes: string
  /** 1 (low) to 3 (high); null when nobody said. */
  readonly energy: number | null
  readonly timeOfDay: TimeOfDay
  readonly minutes: number | null
  /** Titles of the newest tasks. */
  readonly recent: readonly string[]
}

const PLACE = /\{([^{}\s]{1,40})\}/g
const TASK_LENGTH_MAX = 90
const NOTES_LENGTH_MAX = 2000
const FILLED_LENGTH_MAX = 20_000
export const LABEL_LENGTH_MAX = 200

const placesOf = (text: string): string[] => [...text.matchAll(PLACE)].map(([, name = '']) => name)

/** Names in braces that are no place, each once. */
export function unknownPlaces(text: string, known: readonly string[]): string[] {
  return [...new Set(placesOf(text).filter((name) => !known.includes(name)))]
}

/** Whether a text says something of what the workflow is about. */
export const needsSubject = (text: string): boolean => placesOf(text).some((name) => OF_A_TASK.includes(name))

const ENERGY = ['not told', 'low', 'medium', 'high']

/** What stands in the places. Texts are cut to what a place may hold. */
function wordsFor({ subject, notes, energy, timeOfDay, minutes, recent }: Situation): Record<Place, string> {
  const title = subject ?? 'this'
  // What has no verb is named, not read.
  const about = subject === null ? null : readTitle(title).subject
  return {
    task: cut(title, TASK_LENGTH_MAX),
    about: about?.full ?? 'this',
    topic: about?.topic ?? 'this',
    notes: cut(notes, NOTES_LENGTH_MAX),
    energy: ENERGY[energy ?? 0] ?? 'not told',
    timeOfDay,
    minutes: minutes === null ? 'not told' : String(minutes),
    recent: recent.map((one) => cut(one, TASK_LENGTH_MAX)).join('; ') || 'none',
  }
}

/** What is put into a place is not looked through for places again. */
const fill = (text: string, words: Readonly<Record<string, string>>): string =>
  text.replaceAll(PLACE, (place, name: string) => words[name] ?? place)

/** The template with the words of the situation. At most 20,000 characters. */
export const filledTemplate = (template: string, situation: Situation): string =>
  cut(fill(template, wordsFor(situation)), FILLED_LENGTH_MAX)

/** A label with the words of the situation, in one line of at most 200 characters. */
export function filledLabel(label: string, situation: Situation): string {
  const line = fill(label, wordsFor(situation)).replaceAll(/\s+/g, ' ').trim()
  return capitalised(cut(line, LABEL_LENGTH_MAX))
}

/** What a workflow about this is about, for sentences. */
export const subjectOfSituation = ({ subject }: Situation) =>
  subject === null ? subjectOf('', 'This') : readTitle(subject).subject

/** How sure a title is understood; what is about nothing needs no understanding. */
export const sureOf = ({ subject }: Situation): number => (subject === null ? 0.5 : readTitle(subject).confidence / 2)

function cut(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text
    .slice(0, max - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`
}

const HOURS: readonly (readonly [TimeOfDay, number])[] = [
  ['night', 5],
  ['morning', 12],
  ['afternoon', 17],
  ['evening', 22],
]

/** The part of the day that an instant is in, in an IANA zone. */
export function timeOfDayAt(now: Date, timeZone: string): TimeOfDay {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone }).format(now))
  return HOURS.find(([, until]) => hour < until)?.[0] ?? 'night'
}
