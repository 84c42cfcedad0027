import { type Fault, isProblem, problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import type { PlannerTx } from '../door.ts'
import type { NewTask } from '../tasks/schema.ts'
import { addTasks, removeTask } from '../tasks/service.ts'
import { type CaptureRow, untouchedTaskOf, updateCapture } from './queries.ts'
import type { CaptureSave, Proposal } from './schema.ts'

export const CaptureNotSplit = problem('planner/capture-not-split', 409, 'The capture has not been split')

type Choice = NonNullable<CaptureSave['tasks']>[number]

/**
 * Makes the chosen tasks of a held capture, each proposed one once for all times. With `isAll` nothing more is expected:
 * the capture is saved, and its task of the inbox goes where tasks stand in its place and nobody has touched it.
 * @throws CaptureNotSplit
 * @throws InvalidInput with what is wrong with each, by its place among the chosen
 */
export async function saveChosen(
  tx: PlannerTx,
  ctx: Ctx,
  row: Pick<CaptureRow, 'id' | 'timeZone' | 'proposal'>,
  { tasks, isAll }: { readonly tasks: readonly Choice[]; readonly isAll: boolean },
): Promise<void> {
  const { proposal } = row
  if (proposal === null) throw CaptureNotSplit({ detail: `Capture ${row.id} is not split.` })
  const wanted = wantedOf(tasks, proposal)
  // What turns local times into instants is large, and most requests need none.
  const { seedFor } = await import('./seeds.ts')
  const seeds = wanted.map(({ choice }) => ({ ...seedFor(choice, proposal, row.timeZone), captureId: row.id }))
  // Looked for before there are others of this capture.
  const replaced =
    isAll && seeds.length > 0 ? await untouchedTaskOf(tx, row.id, savedOf(proposal)).executeTakeFirst() : undefined
  const ids = seeds.length === 0 ? [] : await added(tx, ctx, seeds, wanted)
  if (replaced !== undefined) await removeTask(tx, ctx, replaced.id)
  const made = new Map(wanted.map(({ choice }, n) => [choice.from, ids[n] ?? null]))
  const after = proposal.tasks.map((task, n) => ({ ...task, taskId: made.get(n) ?? task.taskId }))
  const state = isAll ? 'saved' : 'split'
  await updateCapture(tx, row.id, { proposal: { ...proposal, tasks: after }, state }, ctx.clock.now())
}

const savedOf = ({ tasks }: Proposal): string[] => tasks.flatMap(({ taskId }) => taskId ?? [])

interface Wanted {
  readonly choice: Choice
  /** Its place among the chosen. */
  readonly at: number
}

/** The choices of which something is to be made; a task that was saved before is not made again. */
function wantedOf(choices: readonly Choice[], { tasks }: Proposal): Wanted[] {
  const faults: Fault[] = []
  const seen = new Set<number>()
  for (const [at, { from, title }] of choices.entries()) {
    if (from === undefined) {
      if (title === undefined) faults.push({ pointer: `/tasks/${at}/title`, detail: 'must be given where from is not' })
    } else if (tasks[from] === undefined) faults.push({ pointer: `/tasks/${at}/from`, detail: 'is none of the tasks' })
    else if (seen.has(from)) faults.push({ pointer: `/tasks/${at}/from`, detail: 'is chosen twice' })
    if (from !== undefined) seen.add(from)
  }
  if (faults.length > 0) throw InvalidInput({ errors: faults })
  return choices.flatMap((choice, at) =>
    choice.from !== undefined && tasks[choice.from]?.taskId !== null ? [] : [{ choice, at }],
  )
}

async function added(tx: PlannerTx, ctx: Ctx, seeds: readonly NewTask[], wanted: readonly Wanted[]): Promise<string[]> {
  try {
    return await addTasks(tx, ctx, seeds)
  } catch (error) {
    if (!isProblem(error, InvalidInput)) throw error
    const errors = (error.extra.errors ?? []).map(({ pointer, detail }) => {
      const [, place = '0', rest = ''] = seeds.length === 1 ? ['', '0', pointer] : (/^\/(\d+)(.*)$/.exec(pointer) ?? [])
      return { pointer: `/tasks/${wanted[Number(place)]?.at ?? 0}${rest}`, detail }
    })
    throw InvalidInput({ errors })
  }
}
