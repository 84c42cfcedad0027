import { sql } from 'kysely'
import type { PlannerDb } from '../door.ts'

/** Members of the workspace who are called by one of these names, or whose first name is one; whatever the case. */
export const membersCalled = (db: PlannerDb, workspaceId: string, names: readonly string[]) =>
  db
    .selectFrom('commons.workspaceMembers as m')
    .innerJoin('commons.users as u', 'u.id', 'm.userId')
    .select(['u.id', 'u.displayName'])
    .where('m.workspaceId', '=', workspaceId)
    .where('u.deletedAt', 'is', null)
    .where(
      sql<boolean>`array[lower(u.display_name), lower(split_part(u.display_name, ' ', 1))]
        && (select array_agg(lower(called)) from unnest(${[...names]}::text[]) called)`,
    )
    .limit(MEMBERS_MAX)

/** More people of one first name than this are none that could be told apart. */
const MEMBERS_MAX = 200
