import { sql } from 'kysely'
import type { StudioDb, StudioTx } from '../door.ts'
import type { ProjectsTable } from '../tables.ts'
import type { FilmHeight, GenerationKind, Summary } from './schema.ts'

/** Times inside JSON are text. */
export interface GenerationOfFilm {
  readonly kind: GenerationKind
  readonly provider: string
  readonly state: 'running' | 'done' | 'failed'
  readonly attempts: number
  readonly startedAt: string
  readonly endedAt: string | null
  readonly costMicros: number
  readonly summary: Summary | null
}

const utc = (column: string) =>
  sql.raw<string>(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)

const generationsOfProject = sql<GenerationOfFilm[]>`coalesce((
  select jsonb_agg(jsonb_build_object('kind', g.kind, 'provider', g.provider, 'state', g.state, 'attempts', g.attempts,
    'startedAt', ${utc('g.started_at')}, 'endedAt', ${utc('g.ended_at')}, 'costMicros', g.cost_micros,
    'summary', g.summary) order by g.started_at)
  from studio.generations g where g.project_id = p.id), '[]'::jsonb)`

/** A film, what was made for it in the order of its beginning, and its render. */
export const filmById = (db: StudioDb, id: string) =>
  db
    .selectFrom('studio.projects as p')
    .leftJoin('studio.renders as r', 'r.projectId', 'p.id')
    .select(['p.id', 'p.workspaceId', 'p.title', 'p.idea', 'p.script', 'p.createdAt'])
    .select([
      'r.title as renderTitle',
      'r.language',
      'r.durationFrames',
      'r.frameRate',
      'r.width',
      'r.height',
      'r.sizeBytes',
      'r.loudnessLufs',
      'r.createdAt as renderedAt',
    ])
    .select(generationsOfProject.as('generations'))
    .where('p.id', '=', id)
    .where('p.deletedAt', 'is', null)

export type FilmRow = Awaited<ReturnType<ReturnType<typeof filmById>['execute']>>[number]

/** What was said about a film. */
export const projectById = (db: StudioDb, id: string) =>
  db
    .selectFrom('studio.projects')
    .select(['id', 'workspaceId', 'title', 'idea', 'script', 'height'])
    .where('id', '=', id)
    .where('deletedAt', 'is', null)

/** Of these films those that are there, deleted ones included: their files are wanted until the rows are gone. */
export const projectsAmong = (db: StudioDb, ids: readonly string[]) =>
  db
    .selectFrom('studio.projects')
    .select('id')
    .where('id', 'in', [...ids])

/** Writes the row of a new film. Returns false when there is one of this id. */
export async function insertProject(
  tx: StudioTx,
  project: Pick<ProjectsTable, 'id' | 'workspaceId' | 'title' | 'idea' | 'script'> & { readonly height: FilmHeight },
): Promise<boolean> {
  const rows = await tx
    .insertInto('studio.projects')
    .values(project)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Gives a film that has no title one. */
export async function entitle(tx: StudioTx, id: string, title: string, at: Date): Promise<void> {
  await tx
    .updateTable('studio.projects')
    .set({ title, updatedAt: at })
    .where('id', '=', id)
    .where('title', 'is', null)
    .execute()
}
