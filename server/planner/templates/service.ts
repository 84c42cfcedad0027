import { problem } from '#kernel/errors.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { type Page, afterCursor, pageOf } from '#platform/http/pagination.ts'
import { record } from '#commons/audit/service.ts'
import { type PlannerTx, planner } from '../door.ts'
import { personOf } from '../tasks/service.ts'
import { templateShareRevoked, templateShared } from './actions.ts'
import { RANDOM_BYTES, codeFor } from './code.ts'
import { canChange, canSee } from './policy.ts'
import {
  type TemplateRow,
  insertShare,
  insertTemplate,
  lockedTemplate,
  revokeShare,
  templateById,
  templatesOf,
  updateTemplate,
} from './queries.ts'
import type {
  NewTemplate,
  Share,
  Template,
  TemplateChange,
  TemplateQuery,
  TemplateWords,
  Visibility,
} from './schema.ts'
import { SEEDS, seedWith } from './seeds.ts'
import { shownRow, shownSeed } from './shown.ts'

export const TemplateNotFound = problem('planner/template-not-found', 404, 'There is no such template')
export const NotYourTemplate = problem('planner/not-your-template', 403, 'This template is not yours to change')

type Tagged = { readonly template: Template; readonly etag: string }

/** What the person has and what all in the workspace have, newest first; those that came with the server are the oldest. */
export async function templates(ctx: Ctx, query: TemplateQuery): Promise<Page<Template>> {
  const { limit = 20, cursor, category, visibility } = query
  const { workspaceId } = personOf(ctx)
  const after = afterCursor(cursor)
  const asked = { after, limit: limit + 1, category, visibility }
  const rows = await planner.one(ctx, (db) => templatesOf(db, workspaceId, asked))
  const seeds = SEEDS.filter(
    (seed) =>
      (after === null || seed.id < after) &&
      (category === undefined || seed.category === category) &&
      visibility !== 'private',
  )
  return pageOf([...rows.map((row) => shownRow(ctx.actor, row)), ...seeds.map(shownSeed)], limit)
}

/**
 * One template with the tag of its state.
 * @throws TemplateNotFound also for those of others
 */
export async function templateWithTag(ctx: Ctx, id: string): Promise<Tagged> {
  const seed = seedWith(id)
  if (seed !== undefined) return { template: shownSeed(seed), etag: etagOf(id, 1) }
  const [row] = await planner.one(ctx, (db) => templateById(db, id))
  return tagged(ctx, seen(ctx, id, row))
}

/** Writes a template of one's own. */
export function createTemplate(ctx: Ctx, wish: NewTemplate): Promise<Tagged> {
  const { visibility = 'private', description = '', icon = null, dueOffsetDays = null, ...words } = wish
  return planner.write(ctx, (tx) => addTemplate(tx, ctx, { ...words, description, icon, dueOffsetDays }, visibility))
}

/**
 * A template of one's own with the words of another that one sees.
 * @throws TemplateNotFound
 */
export async function copyTemplate(ctx: Ctx, id: string): Promise<Tagged> {
  const { template } = await templateWithTag(ctx, id)
  return planner.write(ctx, (tx) => addTemplate(tx, ctx, template))
}

/** The same in the transaction of its cause; for oneself, unless it is said to be for all. */
export async function addTemplate(
  tx: PlannerTx,
  ctx: Ctx,
  { name, description, category, icon, dueOffsetDays, steps }: TemplateWords,
  visibility: Visibility = 'private',
): Promise<Tagged> {
  const { userId: createdBy, workspaceId } = personOf(ctx)
  const id = newId<'Template'>()
  const words = { name, description, category, icon, dueOffsetDays, steps }
  await insertTemplate(tx, { ...words, id, workspaceId, createdBy, visibility })
  return tagged(ctx, await templateById(tx, id).executeTakeFirstOrThrow())
}

/**
 * Changes a template.
 * @throws TemplateNotFound, NotYourTemplate
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export function changeTemplate(ctx: Ctx, id: string, change: TemplateChange, ifMatch?: string): Promise<Tagged> {
  return planner.write(ctx, async (tx) => {
    await held(tx, ctx, id, ifMatch)
    await updateTemplate(tx, id, change, ctx.clock.now())
    return tagged(ctx, await templateById(tx, id).executeTakeFirstOrThrow())
  })
}

/**
 * Takes a template away; its code shares nothing while it is.
 * @throws TemplateNotFound, NotYourTemplate, PreconditionFailed
 */
export async function deleteTemplate(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    await held(tx, ctx, id, ifMatch)
    const now = ctx.clock.now()
    await updateTemplate(tx, id, { deletedAt: now }, now)
  })
}

/**
 * Puts a template back.
 * @throws TemplateNotFound also for one that is there
 * @throws NotYourTemplate
 */
export function restoreTemplate(ctx: Ctx, id: string): Promise<Tagged> {
  return planner.write(ctx, async (tx) => {
    const row = await lockedTemplate(tx, id).executeTakeFirst()
    if (row === undefined || row.deletedAt === null || !canSee(ctx.actor, row)) throw notFound(id)
    if (!canChange(ctx.actor, row)) throw NotYourTemplate()
    await updateTemplate(tx, id, { deletedAt: null }, ctx.clock.now())
    return tagged(ctx, await templateById(tx, id).executeTakeFirstOrThrow())
  })
}

/**
 * Gives a template a code by which others apply and copy it, in whatever workspace; one that has a code keeps it.
 * @throws TemplateNotFound, NotYourTemplate
 */
export function shareTemplate(ctx: Ctx, id: string): Promise<Share> {
  const { userId } = personOf(ctx)
  return planner.write(ctx, async (tx) => {
    const row = await held(tx, ctx, id)
    if (row.shareId === null) {
      const { workspaceId, name } = row
      const code = codeFor(name, Buffer.from(newSecret(RANDOM_BYTES), 'base64url'))
      const shareId = newId<'TemplateShare'>()
      await insertShare(tx, { id: shareId, workspaceId, templateId: id, createdBy: userId, code })
      await record(tx, ctx, templateShared, { of: workspaceId, targetId: id, after: { name, shareId } })
    }
    const { share } = shownRow(ctx.actor, await templateById(tx, id).executeTakeFirstOrThrow())
    if (share === null) throw notFound(id)
    return share
  })
}

/**
 * Takes the code of a template back: it shares nothing any more, and another one is another code. Said twice, it changes
 * nothing.
 * @throws TemplateNotFound, NotYourTemplate
 */
export async function unshareTemplate(ctx: Ctx, id: string): Promise<void> {
  await planner.write(ctx, async (tx) => {
    const { workspaceId, shareId, uses } = await held(tx, ctx, id)
    if (shareId === null) return
    await revokeShare(tx, shareId, ctx.clock.now())
    const before = { shareId, uses: uses ?? 0 }
    await record(tx, ctx, templateShareRevoked, { of: workspaceId, targetId: id, before })
  })
}

async function held(tx: PlannerTx, ctx: Ctx, id: string, ifMatch?: string): Promise<TemplateRow> {
  if (seedWith(id) !== undefined) throw NotYourTemplate({ detail: 'It came with the server. Copy it to change it.' })
  const row = seen(ctx, id, await lockedTemplate(tx, id).executeTakeFirst())
  if (!canChange(ctx.actor, row)) throw NotYourTemplate()
  requireMatch(ifMatch, etagOf(id, row.version))
  return row
}

function seen(ctx: Ctx, id: string, row: TemplateRow | undefined): TemplateRow {
  if (row === undefined || row.deletedAt !== null || !canSee(ctx.actor, row)) throw notFound(id)
  return row
}

const notFound = (id: string) => TemplateNotFound({ detail: `No template ${id} is here for you.` })

function tagged(ctx: Ctx, row: TemplateRow): Tagged {
  const template = shownRow(ctx.actor, row)
  return { template, etag: etagOf(row.id, row.version, JSON.stringify(template.share)) }
}
