import { type Fault, isProblem, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { bucketOf } from '#platform/http/client-address.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { limited } from '#platform/limits/limited.ts'
import { type PlannerTx, planner } from '../door.ts'
import { STEP_LEVEL } from '../tasks/schema.ts'
import { type TaskSeed, addTasks, personOf, tasksByIdsOf } from '../tasks/service.ts'
import { codeAsTyped } from './code.ts'
import { dayAfter } from './days.ts'
import { sharedByCode, useShared } from './queries.ts'
import type { Application, Applied, Template, TemplateWords } from './schema.ts'
import { addTemplate, templateWithTag } from './service.ts'
import { minutesOf } from './shown.ts'

export const CodeUnknown = problem('planner/code-unknown', 404, 'This code shares nothing')

/**
 * Makes the task and the steps of a template, both or neither, with days counted from the one on which it is begun.
 * @throws TemplateNotFound
 * @throws InvalidInput for a day beyond the calendar, or a project of others
 */
export async function applyTemplate(ctx: Ctx, id: string, wish: Application): Promise<Applied> {
  const { template } = await templateWithTag(ctx, id)
  const ids = await planner.write(ctx, (tx) => addApplied(tx, ctx, template, wish))
  return applied(ctx, ids)
}

/**
 * The words of the template that a code shares, whosever it is; nothing tells of whom.
 * @throws CodeUnknown
 * @throws TooManyRequests after many codes that were none
 */
export function sharedTemplate(ctx: Ctx, typed: string): Promise<TemplateWords> {
  return byCode(ctx, typed, async (code) => {
    const [row] = await planner.one(ctx, (db) => sharedByCode(db, code))
    return row?.shared ?? null
  })
}

/**
 * Applies what a code shares, in the workspace of who asks. It counts as a use of the code in the same transaction.
 * @throws CodeUnknown, TooManyRequests
 * @throws InvalidInput as `applyTemplate`
 */
export async function applyShared(ctx: Ctx, typed: string, wish: Application): Promise<Applied> {
  const ids = await byCode(ctx, typed, (code) =>
    planner.write(ctx, async (tx) => {
      const row = await useShared(tx, code).executeTakeFirst()
      return row?.shared ? addApplied(tx, ctx, row.shared, wish) : null
    }),
  )
  return applied(ctx, ids)
}

/**
 * Copies what a code shares into a template of one's own.
 * @throws CodeUnknown, TooManyRequests
 */
export function copyShared(ctx: Ctx, typed: string): Promise<{ readonly template: Template; readonly etag: string }> {
  return byCode(ctx, typed, (code) =>
    planner.write(ctx, async (tx) => {
      const row = await useShared(tx, code).executeTakeFirst()
      return row?.shared ? addTemplate(tx, ctx, row.shared) : null
    }),
  )
}

/** Looks something up by a code; codes that are none are counted, by person and by address, so that guessing takes for ever. */
async function byCode<Found>(ctx: Ctx, typed: string, look: (code: string) => Promise<Found | null>): Promise<Found> {
  const { userId } = personOf(ctx)
  const address = ctx.origin?.address ?? null
  const from = address === null ? 'unknown' : bucketOf(address)
  const counted = await limited(ctx, { 'share-code': userId, 'share-code-from': from })
  const code = codeAsTyped(typed)
  const found = code === null ? null : await look(code)
  if (found === null) throw CodeUnknown({ detail: 'There is no such code, or it was taken back.' })
  await counted.giveBack()
  return found
}

async function addApplied(tx: PlannerTx, ctx: Ctx, template: TemplateWords, wish: Application): Promise<string[]> {
  const { startDate, title = template.name, projectId = null } = wish
  const { description: notes, icon, steps } = template
  const day = (days: number | null): string | null => {
    const due = days === null ? null : dayAfter(startDate, days)
    if (days !== null && due === null)
      throw InvalidInput({ errors: [{ pointer: '/startDate', detail: 'leads beyond the year 9999' }] })
    return due
  }
  const id = newId<'Task'>()
  const seeds: TaskSeed[] = [
    {
      ...{ id, title, notes, icon, projectId, status: 'next' },
      ...{ estimateMinutes: minutesOf(steps), dueDate: day(template.dueOffsetDays) },
    },
    ...steps.map((step): TaskSeed => ({
      ...{ parentId: id, level: STEP_LEVEL, title: step.label, kind: step.kind, icon: step.icon, projectId },
      ...{ status: 'next', estimateMinutes: step.minutes, dueDate: day(step.offsetDays) },
    })),
  ]
  try {
    return await addTasks(tx, ctx, seeds)
  } catch (error) {
    throw isProblem(error, InvalidInput) ? InvalidInput({ errors: faultsOfWish(error.extra.errors) }) : error
  }
}

/** Faults of the tasks that would be made, in the words of who asked for them. */
function faultsOfWish(errors: readonly Fault[] = []): Fault[] {
  const isProject = errors.some(({ pointer }) => pointer.endsWith('/projectId'))
  if (isProject) return [{ pointer: '/projectId', detail: 'is no project of this workspace' }]
  return errors.map(({ pointer, detail }) => ({ pointer: pointer.replace(/^\/\d+/, ''), detail }))
}

async function applied(ctx: Ctx, ids: readonly string[]): Promise<Applied> {
  const tasks = new Map((await tasksByIdsOf(ctx, ids)).map((task) => [task.id, task]))
  const [task, ...steps] = ids.flatMap((id) => tasks.get(id) ?? [])
  if (task === undefined) throw new Error('a template that was applied has its task')
  return { task, steps }
}
