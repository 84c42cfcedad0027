import type { Selectable } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { SwipesTable } from '../tables.ts'

interface Whose {
  readonly userId: string
  readonly workspaceId: string
}

const own = (db: PlannerDb, { userId, workspaceId }: Whose) =>
  db
    .selectFrom('planner.swipes')
    .select(['id', 'workspaceId', 'taskId', 'direction', 'how', 'reason', 'delegationId', 'timerMinutes', 'endsAt'])
    .select(['finishedAt', 'actualMinutes', 'version', 'createdAt'])
    .where('userId', '=', userId)
    .where('workspaceId', '=', workspaceId)

export type SwipeRow = Awaited<ReturnType<ReturnType<typeof own>['execute']>>[number]

export const swipesOf = (
  db: PlannerDb,
  whose: Whose,
  asked: { readonly after: string | null; readonly limit: number },
) =>
  own(db, whose)
    .$if(asked.after !== null, (query) => query.where('id', '<', asked.after ?? ''))
    .orderBy('id', 'desc')
    .limit(asked.limit)

/** The timer that runs. */
export const runningSwipe = (db: PlannerDb, whose: Whose) =>
  own(db, whose).where('timerMinutes', 'is not', null).where('finishedAt', 'is', null)

/** A swipe of one's own, held until the transaction ends. */
export const lockedSwipe = (tx: PlannerTx, whose: Whose, id: string) => own(tx, whose).where('id', '=', id).forUpdate()

/** Writes a swipe. Null when another timer of the person was started at the same moment. */
export async function insertSwipe(
  tx: PlannerTx,
  row: Omit<Selectable<SwipesTable>, 'finishedAt' | 'actualMinutes' | 'version'>,
): Promise<SwipeRow | null> {
  const inserted = await tx
    .insertInto('planner.swipes')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning(['id', 'workspaceId', 'taskId', 'direction', 'how', 'reason', 'delegationId', 'timerMinutes', 'endsAt'])
    .returning(['finishedAt', 'actualMinutes', 'version', 'createdAt'])
    .executeTakeFirst()
  return inserted ?? null
}

export async function endTimer(
  tx: PlannerTx,
  id: string,
  { finishedAt, actualMinutes }: { readonly finishedAt: Date; readonly actualMinutes: number },
): Promise<void> {
  await tx
    .updateTable('planner.swipes')
    .set((eb) => ({ finishedAt, actualMinutes, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
}
