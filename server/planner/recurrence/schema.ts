import { type Static, Type } from 'typebox'
import { orNull, uuid, wordOf } from '#platform/fields.ts'
import { CatchUp, RecurrenceMode } from './follow.ts'
import { EXCEPTIONS_MAX } from './series.ts'

const Local = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2})?$',
  description: 'What the wall shows: a day, or a day and a time.',
})

const said = {
  rule: Type.String({ minLength: 1, maxLength: 1000, description: 'RFC 5545, such as FREQ=WEEKLY;BYDAY=MO.' }),
  mode: wordOf(RecurrenceMode, 'By the rule alone, or the rule begun anew on the day of completion.'),
  catchUp: wordOf(CatchUp, 'Of what was missed: nothing, the latest, or each in its turn (the latest 30).'),
  paused: Type.Boolean({ description: 'Closing an occurrence brings no other.' }),
  exceptions: Type.Array(Local, { maxItems: EXCEPTIONS_MAX, uniqueItems: true, description: 'Occurrences left out.' }),
}

/** How a task is to recur, from when it is due. */
export const NewRecurrence = Type.Object(
  { ...Type.Partial(Type.Object(said)).properties, rule: said.rule },
  { title: 'NewRecurrence', additionalProperties: false },
)
export type NewRecurrence = Static<typeof NewRecurrence>

/** How a task recurs. */
export const Recurrence = Type.Object(
  {
    ...said,
    start: Local,
    timeZone: Type.String({ description: 'The zone of the wall.' }),
    occurrence: Type.String({ description: 'Which of the series this task is, wherever it was moved.' }),
    nextTaskId: orNull(uuid(), 'The occurrence that came after this one.'),
  },
  { title: 'Recurrence' },
)
export type Recurrence = Static<typeof Recurrence>

export const ChangeScope = ['this', 'future'] as const
