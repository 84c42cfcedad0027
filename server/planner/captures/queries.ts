import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { CaptureMode, CaptureState, Proposal } from './schema.ts'

/** Thoughts of the person in whose scope it is asked, with their tasks where those are in the scope's workspace. */
const shown = (db: PlannerDb) =>
  db.selectFrom('planner.captures as c').select([
    'c.id',
    'c.userId',
    'c.workspaceId',
    'c.text',
    'c.mode',
    'c.state',
    'c.timeZone',
    'c.locale',
    sql<Proposal | null>`c.proposal`.as('proposal'),
    'c.version',
    'c.createdAt',
    'c.deletedAt',
    sql<string[]>`array(select t.id::text from planner.tasks t
        where t.capture_id = c.id and t.deleted_at is null order by t.id)`.as('taskIds'),
  ])

export type CaptureRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

export const captureById = (db: PlannerDb, id: string) =>
  shown(db).where('c.id', '=', id).where('c.deletedAt', 'is', null).limit(1)

export const capturesOf = (
  db: PlannerDb,
  userId: string,
  asked: { readonly after: string | null; readonly limit: number; readonly state?: CaptureState },
) =>
  shown(db)
    .where('c.userId', '=', userId)
    .where('c.deletedAt', 'is', null)
    .$if(asked.after !== null, (query) => query.where('c.id', '<', asked.after ?? ''))
    .$if(asked.state !== undefined, (query) => query.where('c.state', '=', asked.state ?? 'kept'))
    .orderBy('c.id', 'desc')
    .limit(asked.limit)

/** One's own thought, there or deleted, held until the transaction ends. */
export const lockedCapture = (tx: PlannerTx, userId: string, id: string) =>
  shown(tx).where('c.id', '=', id).where('c.userId', '=', userId).forUpdate('c')

export async function insertCapture(
  tx: PlannerTx,
  capture: {
    readonly id: string
    readonly userId: string
    readonly workspaceId: string
    readonly text: string
    readonly mode: CaptureMode
    readonly state: CaptureState
    readonly timeZone: string
    readonly locale: string
  },
): Promise<Date> {
  const { createdAt } = await tx
    .insertInto('planner.captures')
    .values(capture)
    .returning('createdAt')
    .executeTakeFirstOrThrow()
  return createdAt
}

export async function updateCapture(
  tx: PlannerTx,
  id: string,
  {
    proposal,
    ...patch
  }: {
    readonly text?: string
    readonly state?: CaptureState
    readonly proposal?: Proposal
    readonly deletedAt?: Date | null
  },
  at: Date,
): Promise<void> {
  await tx
    .updateTable('planner.captures')
    .set((eb) => ({
      ...patch,
      ...(proposal === undefined ? {} : { proposal: JSON.stringify(proposal) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}

/** Takes a thought away for good, with what hangs on it: one that never came to be. */
export async function deleteCaptureForGood(tx: PlannerTx, id: string): Promise<void> {
  await tx.deleteFrom('planner.captures').where('id', '=', id).execute()
}

/** The task of the inbox that a thought became at once, where nobody has touched it since; none of those that were saved. */
export const untouchedTaskOf = (tx: PlannerTx, captureId: string, saved: readonly string[]) =>
  tx
    .selectFrom('planner.tasks as t')
    .select('t.id')
    .where('t.captureId', '=', captureId)
    .$if(saved.length > 0, (query) => query.where('t.id', 'not in', [...saved]))
    .where('t.status', '=', 'inbox')
    .where('t.version', '=', 1)
    .where('t.deletedAt', 'is', null)
    .where('t.productionId', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom('planner.tasks as below').select('below.id').whereRef('below.parentId', '=', 't.id')),
      ),
    )
    .orderBy('t.id')
    .limit(1)
