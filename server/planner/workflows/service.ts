import { type Fault, problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { type PlannerTx, planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { BUILT_IN, builtInWith } from './builtin.ts'
import { LABEL_PLACES, TEMPLATE_PLACES, unknownPlaces } from './places.ts'
import {
  type WorkflowRow,
  insertWorkflow,
  lockedWorkflow,
  updateWorkflow,
  workflowById,
  workflowsOf,
} from './queries.ts'
import type { NewWorkflow, Workflow, WorkflowChange, WorkflowQuery } from './schema.ts'
import { shownBuiltIn, shownRow } from './shown.ts'

export const WorkflowNotFound = problem('planner/workflow-not-found', 404, 'There is no such workflow')
export const WorkflowIsBuiltIn = problem(
  'planner/workflow-is-built-in',
  409,
  'What comes with the server stays as it is',
)

type Tagged = { readonly workflow: Workflow; readonly etag: string }

/** Those of the workspace, newest first, and those that come with the server. */
export async function workflows(ctx: Ctx, { limit = 20, cursor }: WorkflowQuery): Promise<Page<Workflow>> {
  const { workspaceId } = personOf(ctx)
  const after = afterCursor(cursor)
  const rows = await planner.one(ctx, (db) => workflowsOf(db, workspaceId, { after, limit: limit + 1 }))
  const builtIn = BUILT_IN.filter(({ id }) => after === null || id < after)
  return pageOf([...rows.map(shownRow), ...builtIn.map(shownBuiltIn)], limit)
}

/**
 * One workflow with the tag of its state.
 * @throws WorkflowNotFound also for those of other workspaces
 */
export async function workflowWithTag(ctx: Ctx, id: string): Promise<Tagged> {
  const builtIn = builtInWith(id)
  if (builtIn !== undefined) return { workflow: shownBuiltIn(builtIn), etag: etagOf(id, 1) }
  const [row] = await planner.one(ctx, (db) => workflowById(db, id))
  return tagged(mine(ctx, id, row))
}

/**
 * Writes a workflow.
 * @throws InvalidInput for places that there are not
 */
export function createWorkflow(ctx: Ctx, wish: NewWorkflow): Promise<Tagged> {
  const { userId: createdBy, workspaceId } = personOf(ctx)
  requirePlaces(wish)
  const { description = '', systemPrompt = '', ...words } = wish
  const id = newId<'Workflow'>()
  return planner.write(ctx, async (tx) => {
    await insertWorkflow(tx, { ...words, description, systemPrompt, id, workspaceId, createdBy })
    return reread(tx, id)
  })
}

/**
 * Changes a workflow; what was run of it stays as it was.
 * @throws WorkflowNotFound, WorkflowIsBuiltIn
 * @throws InvalidInput for places that there are not
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export function changeWorkflow(ctx: Ctx, id: string, change: WorkflowChange, ifMatch?: string): Promise<Tagged> {
  requirePlaces(change)
  return planner.write(ctx, async (tx) => {
    await held(tx, ctx, id, ifMatch)
    await updateWorkflow(tx, id, change, ctx.clock.now())
    return reread(tx, id)
  })
}

/**
 * Takes a workflow away; what was run of it stays.
 * @throws WorkflowNotFound, WorkflowIsBuiltIn, PreconditionFailed
 */
export async function deleteWorkflow(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    await held(tx, ctx, id, ifMatch)
    const now = ctx.clock.now()
    await updateWorkflow(tx, id, { deletedAt: now }, now)
  })
}

/**
 * Puts a workflow back.
 * @throws WorkflowNotFound also for one that is there
 */
export function restoreWorkflow(ctx: Ctx, id: string): Promise<Tagged> {
  const { workspaceId } = personOf(ctx)
  return planner.write(ctx, async (tx) => {
    const row = await lockedWorkflow(tx, id).executeTakeFirst()
    if (row === undefined || row.deletedAt === null || row.workspaceId !== workspaceId) throw notFound(id)
    await updateWorkflow(tx, id, { deletedAt: null }, ctx.clock.now())
    return reread(tx, id)
  })
}

async function held(tx: PlannerTx, ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  if (builtInWith(id) !== undefined) throw WorkflowIsBuiltIn()
  const row = mine(ctx, id, await lockedWorkflow(tx, id).executeTakeFirst())
  requireMatch(ifMatch, etagOf(id, row.version))
}

function mine(ctx: Ctx, id: string, row: WorkflowRow | undefined): WorkflowRow {
  const { workspaceId } = personOf(ctx)
  if (row === undefined || row.deletedAt !== null || row.workspaceId !== workspaceId) throw notFound(id)
  return row
}

const notFound = (id: string) => WorkflowNotFound({ detail: `No workflow ${id} is here for you.` })

const tagged = (row: WorkflowRow): Tagged => ({ workflow: shownRow(row), etag: etagOf(row.id, row.version) })

const reread = async (tx: PlannerTx, id: string): Promise<Tagged> =>
  tagged(await workflowById(tx, id).executeTakeFirstOrThrow())

function requirePlaces({ template = '', steps = [] }: WorkflowChange): void {
  const faultOf = (pointer: string, text: string, places: readonly string[]): Fault[] => {
    const unknown = unknownPlaces(text, places)
    if (unknown.length === 0) return []
    const known = places.map((place) => `{${place}}`).join(', ')
    return [{ pointer, detail: `may hold ${known}, and no other name in braces` }]
  }
  const errors = [
    ...faultOf('/template', template, TEMPLATE_PLACES),
    ...steps.flatMap(({ label }, at) => faultOf(`/steps/${at}/label`, label, LABEL_PLACES)),
  ]
  if (errors.length > 0) throw InvalidInput({ errors })
}
