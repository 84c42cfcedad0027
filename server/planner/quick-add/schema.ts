import { type Static, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { Task } from '../tasks/schema.ts'
import { DialectName } from './dialects.ts'

/** In characters: what the reader reads to its end, whatever they are made of. */
export const TEXT_LENGTH_MAX = 2000

export const QuickAddWish = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX, description: 'A line, as it was typed.' }),
    dialect: Type.Optional(
      wordOf(
        DialectName,
        '`todoist` (default): #project /section @label p1 +person; `vikunja`: +project *label !5 @person.',
      ),
    ),
    timeZone: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'IANA name of the zone of days and times. Default: UTC.',
      }),
    ),
    locale: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'BCP 47: order of day and month, clock, language of days; one that is not known is read as en-US, the default.',
      }),
    ),
    now: Type.Optional(dateTime('From when `tomorrow` counts. Default: the server’s time.')),
    dryRun: Type.Optional(Type.Boolean({ description: 'Show the task that it would be, and write nothing.' })),
  },
  { additionalProperties: false },
)
export type QuickAddWish = Static<typeof QuickAddWish>

const Recurrence = Type.Object(
  {
    rule: Type.String({ description: 'The value of an RRULE (RFC 5545).' }),
    mode: wordOf(['fixed', 'after_completion'], 'Counted from the day that it was due, or from when it was done.'),
    startsOn: Type.String({ description: 'A day, or a local time in the zone of the task.' }),
  },
  { description: 'How it comes again.' },
)

const Reminder = Type.Union([Type.Object({ at: dateTime() }), Type.Object({ beforeMinutes: Type.Integer() })])

const FIELDS = [
  ...['project', 'section', 'label', 'priority', 'assignee', 'zone', 'estimateMinutes', 'energy', 'reminder'],
  ...['deadline', 'uncompletable', 'dueDate', 'dueAt', 'recurrence', 'quote'],
]

const QuickAddSpan = Type.Object({
  field: wordOf(FIELDS, 'What was read; `quote` is a sign that only kept other words from being read.'),
  value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null(), Recurrence, Reminder]),
  start: Type.Integer({ description: 'First UTF-16 unit of the text.' }),
  end: Type.Integer({ description: 'The unit after the last.' }),
  confidence: Type.Number({ description: 'Up to 1.' }),
})

const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...properties } = Task.properties

export const QuickAdded = Type.Object({
  task: Type.Object({
    id: orNull(uuid('Null when nothing was written.')),
    ...properties,
    createdAt: orNull(dateTime()),
    updatedAt: orNull(dateTime()),
  }),
  spans: Type.Array(QuickAddSpan, {
    description: 'What was taken out of the text, in its order; what is left is the title.',
  }),
})
export type QuickAdded = Static<typeof QuickAdded>
