import type { Fault } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { isTimeZone } from '#kernel/time-zone.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { titleOf } from '../captures/title.ts'
import { planner } from '../door.ts'
import { projectNamed, projectToAddTo } from '../projects/service.ts'
import { canRecur } from '../recurrence/service.ts'
import { type TaskSeed, addTasks, personOf, tagged, taskHeld } from '../tasks/service.ts'
import { draftOf } from './draft.ts'
import type { QuickAdd, QuickAddOptions } from './parse.ts'
import { membersCalled } from './queries.ts'
import type { Recurrence } from './rules.ts'
import type { QuickAddWish, QuickAdded } from './schema.ts'

/** What was read and, when it was written, the tag of the task. */
export interface Added {
  readonly added: QuickAdded
  readonly etag: string | null
}

/**
 * Reads a line and writes the task that it says; with `dryRun` it only shows it. The text is kept with the task to the
 * letter, with whatever of it has no place there. A project is the one whose name begins so (the shortest of several), and
 * is made when there is none. People are members by their name or first name, if only one has it; others stay text.
 * @throws InvalidInput for a text without anything to read, an unknown zone, and times outside of 1970 to 2200
 */
export async function quickAdd(ctx: Ctx, wish: QuickAddWish): Promise<Added> {
  personOf(ctx)
  const options = optionsOf(ctx, wish)
  // the reader and its calendars are loaded with the first line that somebody types
  const { parseQuickAdd, peopleCalled } = await import('./parse.ts')
  const people = await peopleOf(ctx, peopleCalled(wish.text, options))
  const found = parseQuickAdd(wish.text, { ...options, people: [...people.keys()] })
  const { project } = found.fields
  const projectId = project === null ? null : ((await projectNamed(ctx, project))?.id ?? null)
  const seed = seedOf(wish, options, found, people)
  if (wish.dryRun === true) {
    const task = draftOf({ ...seed, projectId }, found.fields.recurrence?.startsOn ?? null)
    return { added: { task, spans: [...found.spans] }, etag: null }
  }
  return planner.write(ctx, async (tx) => {
    const made = project !== null && projectId === null ? await projectToAddTo(tx, ctx, project) : projectId
    const [id = ''] = await addTasks(tx, ctx, [{ ...seed, projectId: made }])
    const { task, etag } = tagged(await taskHeld(tx, ctx, id))
    return { added: { task, spans: [...found.spans] }, etag }
  })
}

const [EARLIEST, LATEST] = [Date.UTC(1970, 0, 2), Date.UTC(2200, 0, 1)]

function optionsOf(ctx: Ctx, wish: QuickAddWish): QuickAddOptions {
  const { text, dialect = 'todoist', timeZone = 'UTC', locale = 'en-US' } = wish
  const now = wish.now === undefined ? ctx.clock.now() : new Date(wish.now)
  const errors: Fault[] = []
  if (!/[^\p{C}\p{Z}]/u.test(text)) errors.push({ pointer: '/text', detail: 'must hold something to read' })
  if (!isTimeZone(timeZone)) errors.push({ pointer: '/timeZone', detail: 'is no IANA time zone' })
  if (!isLocale(locale)) errors.push({ pointer: '/locale', detail: 'is no language tag of BCP 47, such as en-GB' })
  // a time that is none, such as a leap second, lies outside too
  if (!(now.getTime() >= EARLIEST && now.getTime() < LATEST))
    errors.push({ pointer: '/now', detail: 'must be a time from 1970 to 2200' })
  if (errors.length > 0) throw InvalidInput({ errors })
  return { dialect, timeZone, locale, now }
}

/** Whether it is formed as a language tag is; one that this machine does not know is read as en-US. */
function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Who is meant by each of these names: one member alone by the whole name or, failing that, by the first. */
async function peopleOf(ctx: Ctx, names: readonly string[]): Promise<Map<string, string>> {
  const people = new Map<string, string>()
  if (names.length === 0) return people
  const { workspaceId } = personOf(ctx)
  const members = await planner.one(ctx, (db) => membersCalled(db, workspaceId, names))
  for (const name of names) {
    const is = (one: string) => one.toLowerCase() === name.toLowerCase()
    const whole = members.filter(({ displayName }) => is(displayName))
    const called = whole.length > 0 ? whole : members.filter(({ displayName }) => is(displayName.split(' ')[0] ?? ''))
    const [only] = called
    if (only !== undefined && called.length === 1) people.set(name, only.id)
  }
  return people
}

const asked = ({ rule, mode }: Recurrence) => ({ rule, mode })

function seedOf(
  { text }: QuickAddWish,
  { dialect, timeZone }: QuickAddOptions,
  { title, fields }: QuickAdd,
  people: ReadonlyMap<string, string>,
): TaskSeed & { readonly id: string } {
  const id = newId<'Task'>()
  const { labels, estimateMinutes, energy, dueDate, dueAt, recurrence, assignee } = fields
  const { section, zone, deadline, reminders, uncompletable } = fields
  const userId = assignee === null ? undefined : people.get(assignee)
  const short = titleOf(title) ?? title
  return {
    id,
    title: short,
    // a title that had to be cut leaves nothing out
    notes: short === title ? '' : text,
    priority: fields.priority ?? 0,
    labels: [...labels],
    ...{ estimateMinutes, energy, dueDate, dueAt },
    timeZone: dueDate === null && dueAt === null ? null : timeZone,
    assignee: userId === undefined ? null : `user:${userId}`,
    // what cannot recur stays a task that does not, with its words kept below
    ...(recurrence !== null && canRecur(recurrence, { dueDate, dueAt, timeZone }) && { recurrence: asked(recurrence) }),
    foreign: {
      source: 'quick-add',
      externalId: id,
      fields: { text, dialect, section, zone, deadline, reminders, uncompletable },
    },
  }
}
