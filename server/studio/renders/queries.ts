import type { Insertable } from 'kysely'
import type { StudioDb, StudioTx } from '../door.ts'
import type { RendersTable } from '../tables.ts'

/** The finished film of a project that is still there. */
export const renderOfProject = (db: StudioDb, projectId: string) =>
  db
    .selectFrom('studio.renders as r')
    .innerJoin('studio.projects as p', (join) => join.onRef('p.id', '=', 'r.projectId').on('p.deletedAt', 'is', null))
    .selectAll('r')
    .where('r.projectId', '=', projectId)

/** Writes what was rendered, instead of what was rendered before. */
export async function putRender(tx: StudioTx, render: Insertable<RendersTable>): Promise<void> {
  await tx
    .insertInto('studio.renders')
    .values(render)
    .onConflict((conflict) => conflict.column('projectId').doUpdateSet(render))
    .execute()
}
