import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { Category, Step, TemplateWords, Visibility } from './schema.ts'

const all = (db: PlannerDb) =>
  db
    .selectFrom('planner.templates as t')
    .leftJoin('planner.templateShares as s', (join) =>
      join
        .onRef('s.workspaceId', '=', 't.workspaceId')
        .onRef('s.templateId', '=', 't.id')
        .on('s.revokedAt', 'is', null),
    )
    .select(['t.id', 't.workspaceId', 't.createdBy', 't.name', 't.description', 't.category', 't.visibility', 't.icon'])
    .select(['t.dueOffsetDays', 't.version', 't.createdAt', 't.updatedAt', 't.deletedAt'])
    .select(['s.id as shareId', 's.code', 's.uses', 's.createdAt as sharedAt'])
    .select(sql<Step[]>`t.steps`.as('steps'))

export type TemplateRow = Awaited<ReturnType<ReturnType<typeof all>['execute']>>[number]

/** What the person of the scope sees, newest first; row-level security leaves out what is private to others. */
export const templatesOf = (
  db: PlannerDb,
  workspaceId: string,
  asked: {
    readonly after: string | null
    readonly limit: number
    readonly category?: Category | undefined
    readonly visibility?: Visibility | undefined
  },
) => {
  const { after, limit, category, visibility } = asked
  return all(db)
    .where('t.workspaceId', '=', workspaceId)
    .where('t.deletedAt', 'is', null)
    .$if(after !== null, (query) => query.where('t.id', '<', after ?? ''))
    .$if(category !== undefined, (query) => query.where('t.category', '=', category ?? 'work'))
    .$if(visibility !== undefined, (query) => query.where('t.visibility', '=', visibility ?? 'public'))
    .orderBy('t.id', 'desc')
    .limit(limit)
}

/** A template, there or deleted. */
export const templateById = (db: PlannerDb, id: string) => all(db).where('t.id', '=', id)

/** The same, held until the transaction ends. */
export const lockedTemplate = (tx: PlannerTx, id: string) => all(tx).where('t.id', '=', id).forUpdate('t')

export async function insertTemplate(
  tx: PlannerTx,
  row: TemplateWords & {
    readonly id: string
    readonly workspaceId: string
    readonly createdBy: string
    readonly visibility: Visibility
  },
): Promise<void> {
  const { steps, ...rest } = row
  await tx
    .insertInto('planner.templates')
    .values({ ...rest, steps: JSON.stringify(steps) })
    .execute()
}

export async function updateTemplate(
  tx: PlannerTx,
  id: string,
  change: Partial<TemplateWords> & { readonly visibility?: Visibility; readonly deletedAt?: Date | null },
  at: Date,
): Promise<void> {
  const { steps, ...rest } = change
  await tx
    .updateTable('planner.templates')
    .set((eb) => ({
      ...rest,
      ...(steps === undefined ? {} : { steps: JSON.stringify(steps) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}

export async function insertShare(
  tx: PlannerTx,
  row: {
    readonly id: string
    readonly workspaceId: string
    readonly templateId: string
    readonly createdBy: string
    readonly code: string
  },
): Promise<void> {
  await tx.insertInto('planner.templateShares').values(row).execute()
}

export async function revokeShare(tx: PlannerTx, id: string, at: Date): Promise<void> {
  await tx.updateTable('planner.templateShares').set({ revokedAt: at }).where('id', '=', id).execute()
}

/** What a code shares, of whatever workspace; null for a code that is none. */
export const sharedByCode = (db: PlannerDb, code: string) =>
  db.selectNoFrom(sql<TemplateWords | null>`planner.shared_template(${code})`.as('shared'))

/** The same, counted as a use of the code. */
export const useShared = (tx: PlannerTx, code: string) =>
  tx.selectNoFrom(sql<TemplateWords | null>`planner.use_shared_template(${code})`.as('shared'))
