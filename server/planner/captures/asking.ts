import { Type } from 'typebox'
import { wordOf } from '#platform/fields.ts'
import { completeText } from '#commons/ai/service.ts'
import { SECOND_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { orNothing, saidSure } from '../steps/said.ts'
import type { Moment } from './split/dates.ts'
import { type PointedTask, refound } from './split/refound.ts'
import type { Split } from './split/split.ts'

const TASKS_MAX = 100
const QUOTE_LENGTH_MAX = 2000
const DEADLINE_MS = 40 * SECOND_MS

const Quote = (maxLength: number) =>
  Type.String({
    minLength: 1,
    maxLength,
    description: 'Words exactly as they stand in the text, without anything left out.',
  })

const Pointed = Type.Object(
  {
    tasks: Type.Array(
      Type.Object(
        {
          quote: Quote(QUOTE_LENGTH_MAX),
          fields: Type.Array(
            Type.Object(
              {
                field: wordOf(['due', 'person', 'priority', 'estimateMinutes'] as const, 'What is read.'),
                quote: Quote(200),
                value: Type.String({
                  maxLength: 20,
                  description:
                    'due: YYYY-MM-DD or YYYY-MM-DDTHH:MM; priority: 1 low to 4 most urgent; estimateMinutes: minutes; person: empty.',
                }),
              },
              { additionalProperties: false },
            ),
            { maxItems: 10 },
          ),
          confidence: saidSure,
        },
        { additionalProperties: false },
      ),
      { maxItems: TASKS_MAX, description: 'In the order of the text; none where there is nothing to do.' },
    ),
  },
  { additionalProperties: false },
)
interface Pointed {
  readonly tasks: readonly PointedTask[]
}

const SYSTEM = `Somebody spoke or typed "text" in one go. Find in it what they have to do.
Point to each task by a quote: begin at the verb of what is to be done, without "oh and" or "I need to", and end where the
task ends, with its date, people and urgency in it. Quotes do not overlap. Thoughts, headings and what is done already are
no tasks. In each quote point to the date by which it is due, people, urgency and length where they are said, and to nothing
that is not said. "now" is when it was said, local time.`

/**
 * What a model finds in a thought, as it stands there. Null where none is connected, or it does not quote what is there.
 * @throws the signal's reason
 */
export async function splitByModel(
  ctx: Ctx,
  { id, text }: { readonly id: string; readonly text: string },
  moment: Moment,
  signal: AbortSignal,
): Promise<Split | null> {
  const { value } = await completeText(ctx, {
    ...{ system: SYSTEM, schema: orNothing<Pointed>(Pointed), maxOutputTokens: 8000, purpose: 'text', signal },
    data: { text, now: localTime(moment), locale: moment.locale },
    ...{ source: `planner:capture:${id}:split`, deadlineMs: DEADLINE_MS, rules: () => null },
  })
  return value === null ? null : refound(text, value.tasks, moment)
}

/** `Saturday, 2026-11-21, 20:15` in the zone in which it was said. */
function localTime({ now, timeZone }: Moment): string {
  const parts = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23', timeZone })
  const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone })
  return `${weekday.format(now)}, ${parts.format(now)}`
}
