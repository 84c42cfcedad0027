import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Skills } from '../agents/schema.ts'
import { DelegationState } from './state.ts'

export const Mode = ['do', 'do-with-me', 'delegate', 'delete'] as const
export type Mode = (typeof Mode)[number]

const lines = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }), { maxItems: 20, description })
const assignee = Type.String({
  pattern: '^(user|agent):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  description: 'user:… or agent:…',
})
const note = Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S' })
const percent = Type.Integer({ minimum: 0, maximum: 100 })
const mode = wordOf(
  Mode,
  'do: by oneself. do-with-me: with somebody’s help, while it stays one’s own. delegate: by somebody else. delete: not at all.',
)

export const DelegationParams = Type.Object({ id: pathId('delegation') })

const brief = {
  skills: Skills,
  instructions: Type.String({ maxLength: 10_000, description: 'What is wanted beyond the task’s own words.' }),
  acceptance: lines('By what one sees that it is done.'),
  validation: lines('How it is checked, such as commands.'),
}

export const HandOver = Type.Object(
  {
    taskId: uuid(),
    mode,
    assignee: Type.Optional(
      Type.Union([assignee], { description: 'Absent: whichever agent has the skills, as soon as one has room.' }),
    ),
    ...Type.Partial(Type.Object(brief)).properties,
  },
  { additionalProperties: false },
)
export type HandOver = Static<typeof HandOver>

export const Delegation = Type.Object(
  {
    id: uuid(),
    taskId: uuid(),
    mode,
    state: wordOf(DelegationState),
    assignee: orNull(assignee),
    isQueued: Type.Boolean({ description: 'It goes to whichever agent has the skills and room.' }),
    ...brief,
    progressPercent: percent,
    result: orNull(Type.String()),
    note: orNull(
      Type.String({ description: 'What was last said of it, by whom it was handed to or who reviewed it.' }),
    ),
    returns: Type.Integer({ description: 'How often its result was sent back.' }),
    delegatedBy: uuid(),
    acceptedAt: orNull(dateTime()),
    submittedAt: orNull(dateTime()),
    endedAt: orNull(dateTime()),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Delegation' },
)
export type Delegation = Static<typeof Delegation>

export const DelegationQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(wordOf(DelegationState)),
    taskId: Type.Optional(uuid()),
    assignee: Type.Optional(assignee),
  },
  { additionalProperties: false },
)
export type DelegationQuery = Static<typeof DelegationQuery>
export const DelegationPage = page(Delegation)

export const Taken = Type.Object({ delegation: orNull(Delegation) })
export type Taken = Static<typeof Taken>

const closed = { additionalProperties: false } as const

export const Progress = Type.Object({ percent, note: Type.Optional(note) }, closed)
export type Progress = Static<typeof Progress>

export const Submission = Type.Object(
  { result: Type.String({ minLength: 1, maxLength: 50_000, pattern: '\\S' }), note: Type.Optional(note) },
  closed,
)
export type Submission = Static<typeof Submission>

export const Refusal = Type.Object({ reason: note }, closed)
export type Refusal = Static<typeof Refusal>

export const Verdict = ['accept', 'reject'] as const
export type Verdict = (typeof Verdict)[number]

export const Review = Type.Object(
  {
    verdict: wordOf(Verdict),
    note: Type.Optional(Type.Union([note], { description: 'Needed with `reject`: why.' })),
    next: Type.Optional(
      wordOf(['same', 'another'], 'With `reject`: who goes on. same unless said; another: whoever has the skills.'),
    ),
  },
  closed,
)
export type Review = Static<typeof Review>

export const Withdrawal = Type.Object({ reason: Type.Optional(note) }, closed)
export type Withdrawal = Static<typeof Withdrawal>

export const HistoryQuery = Type.Object(PageQuery, closed)
export type HistoryQuery = Static<typeof HistoryQuery>

export const HistoryEntry = Type.Object({
  id: uuid(),
  action: Type.String({ description: 'What happened: handed-over, accept, begin, progress, submit, approve …' }),
  actor: Type.String({ description: 'user:…, agent:…, or system.' }),
  note: orNull(Type.String()),
  percent: orNull(percent),
  createdAt: dateTime(),
})
export type HistoryEntry = Static<typeof HistoryEntry>
export const HistoryPage = page(HistoryEntry)

export const Requirement = Type.Object({
  markdown: Type.String({ description: 'CommonMark. What people wrote stands in fences, as data.' }),
})
export type Requirement = Static<typeof Requirement>
