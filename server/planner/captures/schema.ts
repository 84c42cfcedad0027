import { type Static, Type } from 'typebox'
import { closed, dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { NewTask } from '../tasks/schema.ts'
import { QuestionField } from './split/fields.ts'

export const TEXT_LENGTH_MAX = 20_000

/** What happens with a thought: it saves by itself what is sure, shows what it found, or asks about what is doubtful. */
export const CaptureMode = ['auto', 'manual', 'clarify'] as const
export type CaptureMode = (typeof CaptureMode)[number]

export const CaptureState = ['kept', 'splitting', 'clarifying', 'split', 'saved'] as const
export type CaptureState = (typeof CaptureState)[number]

const place = (description: string) => Type.Integer({ minimum: 0, description })
const confidence = Type.Number({ minimum: 0, maximum: 1 })
const span = { start: place('Where it begins in the text, in UTF-16 units.'), end: place('Where it ends.') }

export const NewCapture = closed({
  text: Type.String({
    minLength: 1,
    maxLength: TEXT_LENGTH_MAX,
    description: 'The thought, as it came. It is kept to the letter.',
  }),
  mode: Type.Optional(
    wordOf(
      CaptureMode,
      '`auto` saves by itself what is sure, `manual` shows what was found, `clarify` asks about what is doubtful. Absent: `manual` for more than one line or 120 characters; what is shorter stays the one task that it is.',
    ),
  ),
  timeZone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'Where it is said: an IANA name.' }),
  ),
  locale: Type.Optional(
    Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$', default: 'en', description: 'Such as en-GB.' }),
  ),
})
export type NewCapture = Static<typeof NewCapture>

export const CaptureParams = Type.Object({ id: pathId('capture') })

const Field = Type.Object({
  field: wordOf(['due', 'person', 'priority', 'estimateMinutes'] as const),
  value: Type.Union([Type.String(), Type.Number()], {
    description: 'A date is of the capture’s zone: a day, or a day with a time.',
  }),
  ...span,
  confidence,
})

const ProposedTask = Type.Object({
  title: Type.String(),
  notes: Type.String({ description: 'Its words as they came, where the title does not hold them all.' }),
  ...span,
  fields: Type.Array(Field),
  confidence,
  dropped: Type.Boolean({ description: 'An answer said that it is no task.' }),
  taskId: orNull(uuid('What it was saved as.')),
})

const Question = Type.Object({
  id: Type.String(),
  task: place('Which of the tasks, from 0.'),
  field: wordOf(QuestionField),
  why: wordOf(['missing', 'doubtful'] as const),
  question: Type.String(),
  suggestions: Type.Array(Type.Object({ label: Type.String(), value: orNull(Type.String()) })),
})

/** What was found in a thought; a row keeps it as it is. */
export const Proposal = Type.Object({
  path: wordOf(['rules', 'model'] as const, 'Which way it was split.'),
  confidence,
  tasks: Type.Array(ProposedTask),
  rest: Type.Array(Type.Object({ ...span, filler: Type.Boolean() }), {
    description: 'What is in no task; with the tasks it is every character that is no blank.',
  }),
  questions: Type.Array(Question),
})
export type Proposal = Static<typeof Proposal>
export type ProposedTask = Proposal['tasks'][number]

const briefly = {
  id: uuid(),
  text: Type.String(),
  taskId: orNull(uuid('The task that it became, in the workspace in which it was captured.')),
  taskIds: Type.Array(uuid(), { description: 'All tasks that came of it, in that workspace.' }),
  mode: wordOf(CaptureMode),
  state: wordOf(
    CaptureState,
    '`kept`: one task, not split. `splitting`: its job waits or runs. `split`: shown to be saved. `clarifying`: the same, with questions. `saved`: its tasks are made.',
  ),
  createdAt: dateTime(),
}

export const Capture = Type.Object({ ...briefly, proposal: orNull(Proposal) }, { title: 'Capture' })
export type Capture = Static<typeof Capture>

export const CaptureBriefly = Type.Object(briefly)
export type CaptureBriefly = Static<typeof CaptureBriefly>

export const CaptureQuery = closed({
  ...PageQuery,
  state: Type.Optional(wordOf(CaptureState, 'Only those that stand so.')),
})
export type CaptureQuery = Static<typeof CaptureQuery>

export const CapturePage = page(CaptureBriefly)

export const ANSWERS_MAX = 20

export const CaptureAnswers = closed({
  answers: Type.Array(
    closed({
      id: Type.String({ minLength: 1, maxLength: 40, description: 'Of the question.' }),
      value: orNull(Type.String({ minLength: 1, maxLength: 200, description: 'Null where there is none.' })),
    }),
    { minItems: 1, maxItems: ANSWERS_MAX },
  ),
})
export type CaptureAnswers = Static<typeof CaptureAnswers>

const { title, foreign: _foreign, ...others } = NewTask.properties

export const CaptureSave = closed({
  tasks: Type.Optional(
    Type.Array(
      closed({
        from: Type.Optional(place('Which of the proposed tasks it is, from 0; absent: one of one’s own.')),
        title: Type.Optional(title),
        ...others,
      }),
      {
        maxItems: 200,
        description: 'The tasks to make, in their order, with what is to differ. Absent: all that were found.',
      },
    ),
  ),
})
export type CaptureSave = Static<typeof CaptureSave>
