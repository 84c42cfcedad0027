import { MINUTE_MS } from '#kernel/clock.ts'
import { type HasDatabase, handle } from '../database/handle.ts'
import { type Reconciler, defineReconciler } from '../jobs/schedule.ts'
import type { Logger } from '../observability/log.ts'
import { type KeyTables, keysToReseal, noteResealed } from './queries.ts'
import { SealBroken, type SealedPlace } from './sealing.ts'
import type { Vault } from './vault.ts'

/** A value that stands sealed with a retired key. */
export interface SealedRow {
  readonly rowId: string
  readonly workspaceId: string | null
  readonly sealed: string
}

/**
 * A column that holds what the vault has sealed. Whoever owns it registers it at the composition root, so that after a
 * rotation its values are sealed anew with keys that nobody has seen before. Both run in the scope of the system.
 */
export interface SealedColumn extends Pick<SealedPlace, 'table' | 'column'> {
  /**
   * Rows whose value is sealed with one of these keys (`split_part(<column>, '.', 2)` names the key), in the order of
   * their ids, after that of the page before.
   */
  sealedWith(
    ground: HasDatabase,
    keyIds: readonly string[],
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<readonly SealedRow[]>
  /** Replaces the row's value by `to` where it still is what it was: who has changed it meanwhile wins. */
  replace(ground: HasDatabase, row: SealedRow, to: string): Promise<void>
}

const keys = handle<KeyTables>()
const EVERY_MS = 10 * MINUTE_MS
const PAGE_ROWS = 100
const KEYS_AT_ONCE = 1000
/** No transaction stays open for as long as that: what it sealed before a rotation is there to be seen. */
const SETTLED_MS = 15 * MINUTE_MS

export interface Resealing {
  readonly vault: Vault
  readonly columns: readonly SealedColumn[]
  readonly log: Logger
  readonly signal?: AbortSignal
  readonly settledMs?: number
}

/**
 * Seals anew, page by page, whatever was sealed with retired keys, and returns how many values that were. Killed
 * anywhere, the next run goes on. What cannot be opened is left as it is and told in the log.
 */
export async function reseal(ground: HasDatabase, resealing: Resealing): Promise<number> {
  const { columns, settledMs = SETTLED_MS } = resealing
  const retired = (await keys.one(ground, (db) => keysToReseal(db, KEYS_AT_ONCE))).map(({ id }) => id)
  if (retired.length === 0) return 0
  let [count, broken] = [0, 0]
  for (const column of columns) {
    const done = await resealColumn(ground, column, retired, resealing)
    count += done.count
    broken += done.broken
  }
  if (broken === 0) await keys.writeOne(ground, (db) => noteResealed(db, retired, settledMs))
  return count
}

async function resealColumn(
  ground: HasDatabase,
  column: SealedColumn,
  retired: readonly string[],
  { vault, log, signal }: Resealing,
): Promise<{ readonly count: number; readonly broken: number }> {
  let [count, broken]: [number, number] = [0, 0]
  for (let after: string | null = null; ;) {
    signal?.throwIfAborted()
    const rows: readonly SealedRow[] = await column.sealedWith(ground, retired, { after, limit: PAGE_ROWS })
    for (const row of rows) {
      const place = { table: column.table, column: column.column, rowId: row.rowId, workspaceId: row.workspaceId }
      try {
        await column.replace(ground, row, await vault.seal(place, await vault.open(place, row.sealed)))
        count += 1
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error
        broken += 1
        log.error({ err: error }, 'a sealed value cannot be opened and stays as it is')
      }
    }
    after = rows.at(-1)?.rowId ?? null
    if (rows.length < PAGE_ROWS) return { count, broken }
  }
}

/** Looks every ten minutes, and at the start of each worker, whether there is something to seal anew. */
export function resealer(vault: Vault, columns: readonly SealedColumn[]): Reconciler {
  return defineReconciler({
    name: 'secrets.reseal',
    everyMs: EVERY_MS,
    run: async (ctx, signal) => {
      const count = await reseal(ctx, { vault, columns, log: ctx.log, signal })
      if (count > 0) ctx.log.info({ count }, 'values were sealed anew with new keys')
    },
  })
}
