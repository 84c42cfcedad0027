import { DAY_MS } from '#kernel/clock.ts'
import type { Ctx } from '../context.ts'

/** Who knows which objects below a prefix are named by a row. */
export interface StorageOwner {
  /** Ends in `/`: the area, or a part of it. */
  readonly prefix: string
  /**
   * Of these keys those that are still wanted, whatever the workspace: asked in the system's scope. A key that a running
   * piece of work is about to name counts as wanted.
   */
  isLive(ctx: Ctx, keys: readonly string[]): Promise<ReadonlySet<string>>
}

/** Declares the owner of an area of the storage. The composition root gives all of them to `collectGarbage`. */
export function defineStorageOwner(owner: StorageOwner): StorageOwner {
  if (!owner.prefix.endsWith('/')) throw new RangeError(`An owner's prefix ends in /: ${owner.prefix}`)
  return owner
}

export interface GarbageOptions {
  readonly owners: readonly StorageOwner[]
  /** Objects changed within this time are left alone, whatever the owners say: default and least one day. */
  readonly minAgeMs?: number
  /** Only tells what it would delete. */
  readonly dryRun?: boolean
}

const BATCH_KEYS = 500

/**
 * Deletes objects that no owner wants and that have not changed for a day; returns their keys, in order. An object that
 * has no owner is never deleted, and one that has several goes only when none of them wants it. Owners are asked again for
 * each batch right before it is deleted. Safe to run twice at once.
 */
export async function collectGarbage(ctx: Ctx, options: GarbageOptions): Promise<string[]> {
  const olderThan = ctx.clock.now().getTime() - Math.max(options.minAgeMs ?? DAY_MS, DAY_MS)
  const deleted: string[] = []
  let batch: string[] = []
  const flush = async (): Promise<void> => {
    const unwanted = await unwantedOf(ctx, batch, options.owners)
    if (options.dryRun !== true) await ctx.storage.delete(unwanted)
    deleted.push(...unwanted)
    batch = []
  }
  for (const prefix of areasOf(options.owners)) {
    for await (const { key, modifiedAt } of ctx.storage.list(prefix)) {
      if (modifiedAt.getTime() < olderThan) batch.push(key)
      if (batch.length === BATCH_KEYS) await flush()
    }
  }
  await flush()
  return deleted
}

async function unwantedOf(ctx: Ctx, keys: readonly string[], owners: readonly StorageOwner[]): Promise<string[]> {
  const unwanted = new Set(keys)
  for (const owner of owners) {
    const asked = [...unwanted].filter((key) => key.startsWith(owner.prefix))
    if (asked.length === 0) continue
    for (const key of await owner.isLive(ctx, asked)) unwanted.delete(key)
  }
  return [...unwanted]
}

/** The prefixes of all owners without those that lie below another. */
function areasOf(owners: readonly StorageOwner[]): string[] {
  const prefixes = [...new Set(owners.map((owner) => owner.prefix))].toSorted()
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)))
}
