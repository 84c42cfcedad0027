import { type Fault, isProblem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { changeTaskIn } from './change.ts'
import { markDeleted, tasksByIds } from './queries.ts'
import { TaskNotFound, taskHeld } from './rows.ts'
import type { BulkChange, Task } from './schema.ts'
import { shown } from './shown.ts'

/**
 * Changes or deletes many tasks, all or none. Returns those that are there afterwards, in the order in which they were
 * asked for.
 * @throws TaskNotFound when one is not there, with the places in `ids` of all that are not
 * @throws InvalidInput with what is wrong with each, by its place in `ids`
 */
export function changeMany(ctx: Ctx, asked: BulkChange): Promise<{ items: Task[] }> {
  const { ids, change, delete: isDelete = false } = asked
  if ((change === undefined) !== isDelete) {
    const detail = 'must say either what to change or that they are deleted'
    throw InvalidInput({ errors: [{ pointer: '/change', detail }] })
  }
  return planner.write(ctx, async (tx) => {
    const [faults, missing]: [Fault[], Fault[]] = [[], []]
    // In the order of their ids, so that two who change the same tasks wait for each other and not both.
    for (const id of ids.toSorted()) {
      try {
        if (change !== undefined) await changeTaskIn(tx, ctx, id, change)
        else {
          await taskHeld(tx, ctx, id)
          await markDeleted(tx, id, ctx.clock.now())
        }
      } catch (error) {
        const pointer = `/ids/${ids.indexOf(id)}`
        if (isProblem(error, TaskNotFound)) missing.push({ pointer, detail: 'is no task of this workspace' })
        else faults.push(...faultsOf(error, pointer))
      }
    }
    if (missing.length > 0) throw TaskNotFound({ errors: missing })
    if (faults.length > 0) throw InvalidInput({ errors: faults })
    const rows = new Map((await tasksByIds(tx, ids).execute()).map((row) => [row.id, row]))
    return { items: ids.flatMap((id) => rows.get(id) ?? []).map(shown) }
  })
}

function faultsOf(error: unknown, pointer: string): Fault[] {
  if (!isProblem(error, InvalidInput)) throw error
  return (error.extra.errors ?? []).map((fault) => ({ pointer, detail: `${fault.pointer} ${fault.detail}` }))
}
