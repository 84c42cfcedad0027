import type { PlannerDb, PlannerTx } from '../door.ts'
import type { FilmHeight, Visibility } from './schema.ts'

/** What a film is asked for with. */
export interface RequestRow {
  readonly id: string
  readonly workspaceId: string
  readonly taskId: string
  readonly requestedBy: string
  readonly title: string | null
  readonly idea: string | null
  readonly script: string | null
  readonly visibility: Visibility
  readonly height: FilmHeight
}

export async function insertRequest(tx: PlannerTx, request: RequestRow): Promise<void> {
  await tx.insertInto('planner.productionRequests').values(request).execute()
}

export const requestById = (db: PlannerDb, id: string) =>
  db
    .selectFrom('planner.productionRequests')
    .select(['id', 'workspaceId', 'taskId', 'requestedBy', 'title', 'idea', 'script', 'visibility', 'height'])
    .where('id', '=', id)
