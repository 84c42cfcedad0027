import type { Readable } from 'node:stream'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import { etagOf } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { cancelByKey } from '#platform/jobs/enqueue.ts'
import { createProject, renderOf } from '#studio'
import { channels } from '../door.ts'
import { isHandedOver } from '../publications/service.ts'
import { productionCancelled, productionResumed, productionStarted } from './events.ts'
import { stageJob } from './jobs.ts'
import { canUse } from './policy.ts'
import { CURRENCY, makeDue } from './progress.ts'
import {
  type ProductionRow,
  type StageRow,
  currentStage,
  holdProduction,
  insertProduction,
  productionById,
  productionsOfWorkspace,
  skipRest,
  touchProduction,
} from './queries.ts'
import type { FilmHeight, NewProduction, Production, ProductionQuery, Stage, Visibility } from './schema.ts'
import { statesBefore } from './stages.ts'

export const ProductionNotFound = problem('channels/production-not-found', 404, 'There is no such production')
export const NotFailed = problem('channels/production-not-failed', 409, 'Only a production that failed is tried again')
export const NotCancellable = problem('channels/production-not-cancellable', 409, 'This production has ended')
export const HandedOver = problem('channels/film-handed-over', 409, 'The film is out of our hands')

/** What a production is begun with. */
export interface ProductionOrder {
  /** The production's id; an order that is given twice is one. */
  readonly id: string
  readonly workspaceId: string
  readonly createdBy: string
  readonly taskId: string | null
  readonly title: string | null
  /** Exactly one of the two. */
  readonly idea: string | null
  readonly script: string | null
  readonly visibility: Visibility
  /** Lines of the film; default 720. */
  readonly height?: FilmHeight
}

/**
 * Begins a production: its row, its film, its stages and the first job, all or nothing. Given twice it is begun once.
 * @throws the studio's problem when no film can be made of the words
 */
export async function startProduction(ctx: Ctx, order: ProductionOrder): Promise<void> {
  const { id, workspaceId, createdBy, taskId, title, idea, script, visibility, height } = order
  const projectId = newId<'Project'>()
  await channels.write(ctx, async (tx) => {
    const row = { id, workspaceId, createdBy, taskId, projectId, visibility }
    if (!(await insertProduction(tx, row))) return
    const named = { ...(title !== null && { title }), ...(height !== undefined && { height }) }
    await createProject(tx, { id: projectId, workspaceId, idea, script, ...named })
    await makeDue(tx, { ...row, state: 'running' }, 'script')
    await emit(tx, productionStarted, { productionId: id, taskId }, { subject: `production:${id}` })
  })
}

/**
 * Begins a production for a person, without a task.
 * @throws InvalidInput unless exactly one of idea and script is given
 */
export async function orderProduction(ctx: Ctx, wanted: NewProduction): Promise<Production> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const { idea = null, script = null, title = null, visibility = 'private', height = 720 } = wanted
  if ((idea === null) === (script === null)) {
    throw InvalidInput({ errors: [{ pointer: '', detail: 'must hold either an idea or a script' }] })
  }
  const { workspaceId, userId: createdBy } = ctx.actor
  const id = newId<'Production'>()
  await startProduction(ctx, { id, workspaceId, createdBy, taskId: null, title, idea, script, visibility, height })
  return (await productionWithTag(ctx, id)).production
}

/**
 * A production as it is kept.
 * @throws ProductionNotFound also for those of other workspaces
 */
export async function productionRow(ctx: Ctx, id: string): Promise<ProductionRow> {
  const [row] = await channels.one(ctx, (db) => productionById(db, id))
  if (row === undefined || !canUse(ctx.actor, row)) {
    throw ProductionNotFound({ detail: `No production ${id} is here for you.` })
  }
  return row
}

/**
 * One production with the tag of its state.
 * @throws ProductionNotFound
 */
export async function productionWithTag(ctx: Ctx, id: string): Promise<{ production: Production; etag: string }> {
  const row = await productionRow(ctx, id)
  return { production: shown(row), etag: etagOf(row.id, row.version) }
}

/** The workspace's productions, newest first. */
export async function productionsOf(ctx: Ctx, query: ProductionQuery): Promise<Page<Production>> {
  if (ctx.actor.kind !== 'user') throw Unauthenticated()
  const { workspaceId } = ctx.actor
  const { limit = 20, cursor, ...filter } = query
  const after = afterCursor(cursor)
  const rows = await channels.one(ctx, (db) =>
    productionsOfWorkspace(db, workspaceId, { ...filter, after, limit: limit + 1 }),
  )
  const page = pageOf(rows, limit)
  return { items: page.items.map(shown), nextCursor: page.nextCursor }
}

/**
 * Goes on from the stage that failed; what was made before it stays.
 * @throws ProductionNotFound
 * @throws NotFailed
 */
export async function retryProduction(ctx: Ctx, id: string): Promise<Production> {
  await productionRow(ctx, id)
  await channels.write(ctx, async (tx) => {
    const production = await holdProduction(tx, id)
    const stage = await currentStage(tx, id).executeTakeFirst()
    if (production?.state !== 'failed' || stage === undefined)
      throw NotFailed({ detail: `It is ${production?.state}.` })
    await touchProduction(tx, id, ctx.clock.now(), 'running')
    await makeDue(tx, production, stage.name)
    const { taskId } = production
    await emit(tx, productionResumed, { productionId: id, taskId }, { subject: `production:${id}` })
  })
  return (await productionWithTag(ctx, id)).production
}

/**
 * Ends a production before its film is handed over; work on it stops, and what is made stays.
 * @throws ProductionNotFound
 * @throws NotCancellable when it has ended
 * @throws HandedOver when there is a video of it: that is deleted like any other
 */
export async function cancelProduction(ctx: Ctx, id: string): Promise<Production> {
  await productionRow(ctx, id)
  await channels.write(ctx, async (tx) => {
    const production = await holdProduction(tx, id)
    const state = production?.state ?? 'cancelled'
    if (production === undefined || !statesBefore('cancelled').includes(state)) {
      throw NotCancellable({ detail: `It is ${state}.` })
    }
    if (await isHandedOver(tx, id)) throw HandedOver({ detail: 'Delete its video instead.' })
    const stage = await currentStage(tx, id).executeTakeFirst()
    if (stage !== undefined) {
      const job = stageJob(stage.name)
      await cancelByKey(tx, job, job.keyOf({ productionId: id }) ?? '')
    }
    const at = ctx.clock.now()
    await skipRest(tx, id, at)
    await touchProduction(tx, id, at, 'cancelled')
    const { taskId } = production
    await emit(tx, productionCancelled, { productionId: id, taskId }, { subject: `production:${id}` })
  })
  return (await productionWithTag(ctx, id)).production
}

/** A file of a production's film, as it is sent. */
export interface FilmFile {
  readonly name: string
  readonly sizeBytes: number
  readonly body: Readable
}

/**
 * The film of a production, or its captions, whole.
 * @throws ProductionNotFound
 * @throws the studio's problem of status 404 when it is not made yet
 */
export async function filmFile(ctx: Ctx, id: string, kind: 'film' | 'captions'): Promise<FilmFile> {
  const { projectId } = await productionRow(ctx, id)
  const film = await renderOf(ctx, projectId)
  const [key, name] = kind === 'film' ? [film.storageKey, `${id}.mp4`] : [film.captionsKey, `${id}.vtt`]
  const head = await ctx.storage.head(key)
  return { name, sizeBytes: head?.sizeBytes ?? 0, body: await ctx.storage.read(key) }
}

function shown(row: ProductionRow): Production {
  const failed = row.stages.find((stage) => stage.state === 'failed')
  return {
    id: row.id,
    state: row.state,
    taskId: row.taskId,
    projectId: row.projectId,
    videoId: row.videoId,
    visibility: row.visibility,
    failure:
      failed === undefined
        ? null
        : { stage: failed.name, code: failed.failureCode ?? 'unknown', detail: failed.failureDetail ?? '' },
    stages: row.stages.map(stageShown),
    costMicros: row.stages.reduce((sum, { costMicros }) => sum + costMicros, 0),
    currency: CURRENCY,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}

function stageShown(stage: StageRow): Stage {
  const { name, state, attempts, costMicros, provider, summary } = stage
  const [startedAt, endedAt] = [isoOf(stage.startedAt), isoOf(stage.endedAt)]
  return { name, state, attempts, startedAt, endedAt, costMicros, provider, summary }
}

/** A time as PostgreSQL writes it into JSON, in the form of all our answers. */
function isoOf(at: string | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
