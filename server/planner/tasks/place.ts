import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { planner } from '../door.ts'
import { childIds, placeChildren } from './queries.ts'
import { taskHeld } from './rows.ts'
import type { ChildOrder } from './schema.ts'

/**
 * Puts the children of a task into an order.
 * @throws TaskNotFound
 * @throws InvalidInput when these are not exactly its children
 */
export async function placeTasks(ctx: Ctx, parentId: string, { ids }: ChildOrder): Promise<void> {
  await planner.write(ctx, async (tx) => {
    await taskHeld(tx, ctx, parentId)
    const there = new Set((await childIds(tx, parentId).execute()).map(({ id }) => id))
    const faults = ids.flatMap((id, at) =>
      there.delete(id) ? [] : [{ pointer: `/ids/${at}`, detail: 'is no child of this task' }],
    )
    if (there.size > 0) faults.push({ pointer: '/ids', detail: `leaves out ${there.size} of its children` })
    if (faults.length > 0) throw InvalidInput({ errors: faults })
    await placeChildren(tx, parentId, ids, ctx.clock.now())
  })
}
