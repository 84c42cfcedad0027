import { monotonicMs, SECOND_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import type { Tx } from '#platform/database/database.ts'
import { etagOf, requireMatch } from '#platform/http/etag.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { Type } from 'typebox'
import type { CommonsTables } from '../tables.ts'
import { personOf } from '../api-keys/service.ts'
import { record } from '../audit/service.ts'
import { connectionAdded, connectionChanged, connectionRemoved } from './actions.ts'
import { modelFor, providerOf } from './providers.ts'
import {
  type ConnectionChange as Columns,
  type ConnectionRow,
  commons,
  connectionById,
  connectionCount,
  connectionsOf,
  deleteConnection,
  insertConnection,
  updateConnection,
} from './queries.ts'
import type { Connection, ConnectionChange, NewConnection, Trial } from './schema.ts'
import { placeOfKey } from './sealed.ts'
import { textFrom } from './service.ts'

export const ConnectionNotFound = problem('ai/connection-not-found', 404, 'There is no such connection')
export const TooManyConnections = problem('ai/too-many-connections', 409, 'These are more connections than one has')
export const KeyNeeded = problem('ai/key-needed', 409, 'A key is not taken to another server')

/** How many connections a workspace has. */
const CONNECTIONS_MAX = 20
/** Of shorter keys four characters would tell too much. */
const HINTED_CHARS = 16
const TRIAL_MS = 20 * SECOND_MS

/** The workspace's connections, in the order in which they are asked. */
export async function connections(ctx: Ctx): Promise<{ items: Connection[] }> {
  const { workspaceId } = personOf(ctx)
  const rows = await commons.one(ctx, (db) => connectionsOf(db, workspaceId))
  return { items: rows.map(shown) }
}

/** A connection with the tag of its state. */
export interface Tagged {
  readonly connection: Connection
  readonly etag: string
}

/**
 * One connection of the workspace, without its key.
 * @throws ConnectionNotFound
 */
export async function connectionWithTag(ctx: Ctx, id: string): Promise<Tagged> {
  const { workspaceId } = personOf(ctx)
  const [row] = await commons.one(ctx, (db) => connectionById(db, workspaceId, id))
  return tagged(there(id, row))
}

/**
 * Connects a provider. Its key is sealed and never shown again.
 * @throws InvalidInput when this server does not go to that address
 * @throws TooManyConnections
 */
export async function addConnection(ctx: Ctx, wish: NewConnection): Promise<Tagged> {
  const { workspaceId } = personOf(ctx)
  const id = newId<'AiConnection'>()
  const { name, kind, place = 0, enabled = true, key = null } = wish
  const baseUrl = addressOf(ctx, wish.baseUrl)
  const sealed = await sealedKey(ctx, { id, workspaceId }, key)
  return commons.write(ctx, async (tx) => {
    const { count } = await connectionCount(tx, workspaceId).executeTakeFirstOrThrow()
    if (count >= CONNECTIONS_MAX) throw TooManyConnections({ detail: `There are ${count} already.` })
    const row = await insertConnection(tx, {
      ...{ id, workspaceId, name, kind, baseUrl, place, enabled, ...sealed, ...modelColumns(wish.models) },
      retirements: retirementsOf(wish.retirements ?? []),
    })
    const after = { name, kind, baseUrl, enabled, hasKey: key !== null }
    await record(tx, ctx, connectionAdded, { of: workspaceId, targetId: id, after })
    return tagged(row)
  })
}

/**
 * Changes a connection. A key stays with the server that it was given for: where the address becomes another, it has to
 * be given anew, so that nobody gets it sent to a server of theirs.
 * @throws ConnectionNotFound, KeyNeeded
 * @throws PreconditionFailed when `ifMatch` names another state
 * @throws InvalidInput when this server does not go to that address
 */
export async function changeConnection(
  ctx: Ctx,
  id: string,
  wish: ConnectionChange,
  ifMatch?: string,
): Promise<Tagged> {
  const { workspaceId } = personOf(ctx)
  const baseUrl = wish.baseUrl === undefined ? undefined : addressOf(ctx, wish.baseUrl)
  const sealed = wish.key === undefined ? {} : await sealedKey(ctx, { id, workspaceId }, wish.key)
  return commons.write(ctx, async (tx) => {
    const before = await held(tx, workspaceId, id, ifMatch)
    const isMoved = baseUrl !== undefined && baseUrl !== before.baseUrl
    if (isMoved && before.sealedKey !== null && wish.key === undefined)
      throw KeyNeeded({ detail: 'Give the key for the new address, or null for none.' })
    const { name, place, enabled } = wish
    const set: Columns = {
      ...(name === undefined ? {} : { name }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(place === undefined ? {} : { place }),
      ...(enabled === undefined ? {} : { enabled }),
      ...modelColumns(wish.models ?? {}),
      ...(wish.retirements === undefined ? {} : { retirements: retirementsOf(wish.retirements) }),
      ...{ ...sealed, updatedAt: ctx.clock.now() },
    }
    const row = await updateConnection(tx, id, set)
    if (row === undefined) throw ConnectionNotFound()
    await record(tx, ctx, connectionChanged, {
      ...{ of: workspaceId, targetId: id, before: told(before) },
      after: { ...told(row), keyChanged: wish.key !== undefined },
    })
    return tagged(row)
  })
}

/**
 * Takes a connection away, its key with it.
 * @throws ConnectionNotFound
 * @throws PreconditionFailed when `ifMatch` names another state
 */
export async function removeConnection(ctx: Ctx, id: string, ifMatch?: string): Promise<void> {
  const { workspaceId } = personOf(ctx)
  await commons.write(ctx, async (tx) => {
    const row = await held(tx, workspaceId, id, ifMatch)
    await deleteConnection(tx, workspaceId, id)
    await record(tx, ctx, connectionRemoved, { of: workspaceId, targetId: id, before: told(row) })
  })
}

const TRIAL = Type.Object({ word: Type.String({ maxLength: 40 }) }, { additionalProperties: false })

/**
 * Asks the connection for one word, whether it is enabled or not, and says whether an answer came that can be used. It
 * costs what such a call costs.
 * @throws ConnectionNotFound
 */
export async function tryConnection(ctx: Ctx, id: string): Promise<Trial> {
  const { workspaceId } = personOf(ctx)
  const [found] = await commons.one(ctx, (db) => connectionById(db, workspaceId, id))
  const row = there(id, found)
  const model = modelFor(row, 'text', ctx.clock.now())
  if (model === null) {
    const detail = 'It has no model that writes, or that model is retired.'
    return { works: false, detail, model, durationMs: 0, costMicros: 0 }
  }
  const startedMs = monotonicMs()
  const ask = {
    ...{ system: 'Give back the word in the data, unchanged.', data: { word: 'airdate' }, schema: TRIAL },
    ...({ maxOutputTokens: 100, purpose: 'text', source: `ai-connection:${id}`, deadlineMs: TRIAL_MS } as const),
    rules: () => ({ word: '' }),
  }
  const { path, why, costMicros } = await textFrom(ctx, ask, [providerOf(ctx, row, model)])
  const durationMs = Math.round(monotonicMs() - startedMs)
  return { works: path === 'model', detail: SAYS[why ?? 'works'], model, durationMs, costMicros }
}

const SAYS = {
  works: 'It answers as it should.',
  'not-connected': 'It was not asked.',
  'too-long': 'It was not asked.',
  budget: 'The budget does not allow a call.',
  unavailable: 'It cannot be reached, or it refuses: look at address, key and model.',
  'off-schema': 'It answers, but not in the form that was asked for: this model will be of little use.',
} as const

/** The address as it is kept: without a slash at its end, and one that this server goes to. */
function addressOf(ctx: Ctx, written: string): string {
  const refuse = (detail: string) => InvalidInput({ errors: [{ pointer: '/baseUrl', detail }] })
  const url = URL.parse(written)
  if (url === null) throw refuse('must be a URL')
  if (url.search !== '' || url.hash !== '') throw refuse('must end with its path')
  const refusal = ctx.outside.refusal(url)
  if (refusal !== null) throw refuse(refusal)
  return url.href.replace(/\/+$/, '')
}

/** Sealed before the transaction that writes it: the vault may have to read a key, on another connection. */
async function sealedKey(
  ctx: Ctx,
  of: { readonly id: string; readonly workspaceId: string },
  key: string | null,
): Promise<Pick<ConnectionRow, 'sealedKey' | 'keyHint'>> {
  if (key === null) return { sealedKey: null, keyHint: null }
  const sealed = await ctx.vault.seal(placeOfKey(of), key)
  return { sealedKey: sealed, keyHint: key.length < HINTED_CHARS ? null : key.slice(-4) }
}

function modelColumns({
  text,
  fast,
  transcription,
}: ConnectionChange['models'] & object): Partial<
  Pick<ConnectionRow, 'textModel' | 'fastModel' | 'transcriptionModel'>
> {
  return {
    ...(text === undefined ? {} : { textModel: text }),
    ...(fast === undefined ? {} : { fastModel: fast }),
    ...(transcription === undefined ? {} : { transcriptionModel: transcription }),
  }
}

function retirementsOf(listed: Connection['retirements']): string {
  return JSON.stringify(Object.fromEntries(listed.map(({ model, at }) => [model, at])))
}

function told({ name, kind, baseUrl, enabled, sealedKey: key }: ConnectionRow) {
  return { name, kind, baseUrl, enabled, hasKey: key !== null }
}

async function held(
  tx: Tx<CommonsTables>,
  workspaceId: string,
  id: string,
  ifMatch: string | undefined,
): Promise<ConnectionRow> {
  const row = there(id, await connectionById(tx, workspaceId, id).forUpdate().executeTakeFirst())
  requireMatch(ifMatch, etagOf(id, row.version))
  return row
}

function there(id: string, row: ConnectionRow | undefined): ConnectionRow {
  if (row === undefined) throw ConnectionNotFound({ detail: `No connection ${id} is here for you.` })
  return row
}

const tagged = (row: ConnectionRow): Tagged => ({ connection: shown(row), etag: etagOf(row.id, row.version) })

function shown(row: ConnectionRow): Connection {
  const { id, name, kind, baseUrl, keyHint, place, enabled } = row
  const { textModel: text, fastModel: fast, transcriptionModel: transcription } = row
  const retirements = Object.entries(row.retirements as Readonly<Record<string, string>>)
  return {
    ...{ id, name, kind, baseUrl, keyHint, place, enabled, models: { text, fast, transcription } },
    retirements: retirements.map(([model, at]) => ({ model, at })),
    hasKey: row.sealedKey !== null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
