import { Temporal } from 'temporal-polyfill'
import type { Moment } from './dates.ts'
import type { QuestionField } from './fields.ts'
import type { SplitTask } from './split.ts'

/** Something that only the person can say about a task that was found. */
export interface Question {
  /** Unique among the questions of one text: `2.due`. */
  readonly id: string
  /** Which task, counted from 0. */
  readonly task: number
  readonly field: QuestionField
  readonly why: 'missing' | 'doubtful'
  readonly question: string
  /** Answers to choose from; another may be given for `title` and `due`. Null says that there is none. */
  readonly suggestions: readonly { readonly label: string; readonly value: string | null }[]
}

/** How sure something is to be not asked about. */
const SURE = 0.65
/** What quick add writes down without asking is not asked about here. */
const SURE_DATE = 0.55
const URGENT = 3
const VAGUE = /\b(?:thing|things|stuff|something|it all)\b/i

/**
 * What is worth asking about the tasks of a text, at most `max` questions, the most doubtful first: whether it is a task at
 * all; by when, where that is doubtful, or missing from what is urgent; who is meant; what a bare word stands for.
 */
export function questionsAbout(tasks: readonly SplitTask[], moment: Moment, max: number): Question[] {
  return tasks
    .flatMap((task, n) => doubtsOf(task, n, moment))
    .toSorted((a, b) => b.doubt - a.doubt)
    .slice(0, Math.max(0, max))
    .map(({ question }) => question)
}

interface Doubt {
  readonly doubt: number
  readonly question: Question
}

function doubtsOf(task: SplitTask, n: number, moment: Moment): Doubt[] {
  const name = `“${task.title}”`
  const found: Doubt[] = []
  const ask = (doubt: number, question: Omit<Question, 'id' | 'task'>): void => {
    found.push({ doubt, question: { id: `${n}.${question.field}`, task: n, ...question } })
  }
  if (task.confidence < SURE) {
    ask(1 - task.confidence, {
      ...{ field: 'isTask', why: 'doubtful', question: `Is ${name} something to do?` },
      suggestions: [
        { label: 'Yes', value: 'yes' },
        { label: 'No, only a thought', value: 'no' },
      ],
    })
  }
  const due = task.fields.find(({ field }) => field === 'due')
  const priority = task.fields.find(({ field }) => field === 'priority')
  if (due !== undefined && due.confidence < SURE_DATE) {
    const value = String(due.value)
    const others = [{ label: 'No date', value: null }]
    const suggestions = [{ label: value.replace('T', ' '), value }, ...others]
    ask(1 - due.confidence, { field: 'due', why: 'doubtful', question: `By when is ${name}?`, suggestions })
  } else if (due === undefined && Number(priority?.value ?? 0) >= URGENT) {
    ask(0.4, { field: 'due', why: 'missing', question: `By when is ${name}?`, suggestions: nextDays(moment) })
  }
  for (const person of task.fields.filter((each) => each.field === 'person' && each.confidence < SURE).slice(0, 1)) {
    const value = String(person.value)
    ask(1 - person.confidence, {
      ...{ field: 'person', why: 'doubtful', question: `Is “${value}” somebody that ${name} has to do with?` },
      suggestions: [
        { label: 'Yes', value },
        { label: 'No', value: null },
      ],
    })
  }
  if (VAGUE.test(task.title) || !/\s/.test(task.title)) {
    ask(0.3, {
      field: 'title',
      why: 'doubtful',
      question: `What is the first thing to do about ${name}?`,
      suggestions: [],
    })
  }
  return found
}

function nextDays({ now, timeZone }: Moment): Question['suggestions'] {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).toPlainDate()
  const days = [
    { label: 'Today', date: today },
    { label: 'Tomorrow', date: today.add({ days: 1 }) },
    { label: 'Within a week', date: today.add({ days: 7 }) },
  ]
  return [...days.map(({ label, date }) => ({ label, value: date.toString() })), { label: 'No date', value: null }]
}
