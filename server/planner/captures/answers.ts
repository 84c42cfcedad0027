import type { Fault } from '#kernel/errors.ts'
import type { CaptureAnswers, Proposal, ProposedTask } from './schema.ts'
import { type Moment, datesIn } from './split/dates.ts'

type Question = Proposal['questions'][number]
type Answer = CaptureAnswers['answers'][number]

/**
 * What was found, with answers taken in: each question that is answered goes. A date is a day, a day with a time, or words
 * for one. Faults name the answers that are none.
 */
export function answered(
  proposal: Proposal,
  answers: readonly Answer[],
  moment: Moment,
): { readonly proposal: Proposal; readonly faults: readonly Fault[] } {
  const faults: Fault[] = []
  const tasks = [...proposal.tasks]
  const done = new Set<string>()
  for (const [n, answer] of answers.entries()) {
    const fault = (member: string, detail: string): void =>
      void faults.push({ pointer: `/answers/${n}/${member}`, detail })
    const question = proposal.questions.find(({ id }) => id === answer.id)
    const task = question === undefined ? undefined : tasks[question.task]
    if (question === undefined || task === undefined || done.has(answer.id)) {
      fault('id', done.has(answer.id) ? 'is answered twice' : 'is no open question')
      continue
    }
    done.add(answer.id)
    const after = taken(task, question, answer.value, moment)
    if (typeof after === 'string') fault('value', after)
    else tasks[question.task] = after
  }
  const questions = proposal.questions.filter(({ id, task }) => !done.has(id) && tasks[task]?.dropped !== true)
  return { proposal: { ...proposal, tasks, questions }, faults }
}

/** The task as an answer leaves it, or what is wrong with the answer. */
function taken(task: ProposedTask, { field }: Question, value: string | null, moment: Moment): ProposedTask | string {
  switch (field) {
    case 'isTask':
      if (value !== 'yes' && value !== 'no') return 'must be yes or no'
      return value === 'yes' ? { ...task, confidence: 1 } : { ...task, dropped: true }
    case 'title':
      if (value === null) return task
      if (!/[^\p{C}\p{Z}]/u.test(value)) return 'must hold something to read'
      // What was there stays in the notes.
      return { ...task, title: value.trim(), notes: [task.title, task.notes].filter(Boolean).join('\n') }
    case 'person':
      return withField(task, field, value)
    case 'due': {
      const due = value === null ? null : dateOf(value, moment)
      return due === undefined ? 'is no date' : withField(task, field, due)
    }
  }
}

/** A date as it is kept, from one or from words for one; undefined where it is neither. */
function dateOf(value: string, moment: Moment): string | undefined {
  const said = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?$/.test(value)
  if (said) return Number.isNaN(Date.parse(value)) ? undefined : value
  return datesIn(value, 0, value.length, moment)[0]?.value
}

/** The task with the first such field said anew, or without it. It stands where the doubtful one stood, else nowhere in particular. */
function withField(task: ProposedTask, field: 'due' | 'person', value: string | null): ProposedTask {
  const at = task.fields.findIndex((each) => each.field === field)
  const before = task.fields[at] ?? { start: task.start, end: task.start }
  const fields = task.fields.filter((_, n) => n !== at)
  if (value === null) return { ...task, fields }
  return { ...task, fields: [...fields, { field, value, start: before.start, end: before.end, confidence: 1 }] }
}
