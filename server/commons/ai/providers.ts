import { assertNever } from '#kernel/assert.ts'
import { problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import type { Outside } from '#platform/outside/outside.ts'
import type { Purpose } from './contract.ts'
import type { Driver, Reached } from './drivers/driver.ts'
import { type ConnectionRow, commons, connectionsOf } from './queries.ts'
import { placeOfKey } from './sealed.ts'

export const NoWorkspace = problem('ai/no-workspace', 409, 'Models are asked for a workspace')

/** A model that can be asked, with what it takes to do so. */
export interface Provider {
  readonly connectionId: string
  readonly kind: ConnectionRow['kind']
  /** By what the price book knows it: who is paid. */
  readonly name: string
  readonly model: string
  open(): Promise<Driver>
}

/** No answer is larger; one of 32,000 tokens is far below. */
const ANSWER_BYTES = 4 * 1024 * 1024

/** The workspace in which somebody or something acts. */
export function workspaceOf({ actor }: Pick<Ctx, 'actor'>): string {
  if (actor.kind === 'anonymous' || actor.workspaceId === null) throw NoWorkspace()
  return actor.workspaceId
}

/** Who may be asked for this, in the order in which they are asked. */
export async function providersFor(ctx: Ctx, purpose: Purpose): Promise<Provider[]> {
  const rows = await commons.one(ctx, (db) => connectionsOf(db, workspaceOf(ctx)))
  const now = ctx.clock.now()
  return rows.flatMap((row) => {
    const model = row.enabled ? modelFor(row, purpose, now) : null
    return model === null ? [] : [providerOf(ctx, row, model)]
  })
}

/** The model of a connection for this, if it has one that is not retired. */
export function modelFor(row: ConnectionRow, purpose: Purpose, now: Date): string | null {
  const fitting = {
    text: [row.textModel],
    fast: [row.fastModel, row.textModel],
    transcription: row.kind === 'anthropic' ? [] : [row.transcriptionModel],
  }[purpose]
  return fitting.find((model) => model !== null && !isRetired(row, model, now)) ?? null
}

function isRetired({ retirements }: ConnectionRow, model: string, now: Date): boolean {
  const at = (retirements as Readonly<Record<string, string>>)[model]
  return at !== undefined && new Date(at) <= now
}

export function providerOf(ctx: Ctx, row: ConnectionRow, model: string): Provider {
  const { id: connectionId, kind, baseUrl, sealedKey } = row
  return {
    ...{ connectionId, kind, model, name: nameOf(ctx.outside, new URL(baseUrl)) },
    open: async () => {
      const key = sealedKey === null ? null : await ctx.vault.open(placeOfKey(row), sealedKey)
      return driverOf(kind, { baseUrl, key, fetch: ctx.outside.fetch({ maxBytes: ANSWER_BYTES }) })
    },
  }
}

/** By whose price book a server is paid: what the operator runs costs nothing, what nobody knows is called by its host. */
function nameOf(outside: Outside, url: URL): string {
  if (outside.isOwn(url)) return 'local'
  if (/(?:^|\.)api\.openai\.com$/.test(url.hostname)) return 'openai'
  if (url.hostname === 'api.anthropic.com') return 'anthropic'
  return url.hostname.slice(0, 100)
}

/** Imported when first asked: the SDKs take a while, and most workspaces have none. */
async function driverOf(kind: ConnectionRow['kind'], reached: Reached): Promise<Driver> {
  switch (kind) {
    case 'openai-compatible':
      return (await import('./drivers/openai-compatible.ts')).openAiCompatible(reached)
    case 'anthropic':
      return (await import('./drivers/anthropic.ts')).anthropic(reached)
    default:
      return assertNever(kind)
  }
}
