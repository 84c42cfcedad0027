import type { SealedColumn } from '#platform/secrets/resealing.ts'
import type { SealedPlace } from '#platform/secrets/sealing.ts'
import { commons, keysSealedWith, resealKey } from './queries.ts'

const COLUMN = { table: 'commons.ai_connections', column: 'sealed_key' } as const

/** Where the key of a connection stands sealed. */
export function placeOfKey(of: { readonly id: string; readonly workspaceId: string }): SealedPlace {
  return { ...COLUMN, rowId: of.id, workspaceId: of.workspaceId }
}

/** The keys of connections, sealed anew after a rotation. */
export const sealedConnectionKeys: SealedColumn = {
  ...COLUMN,
  sealedWith: (ground, keyIds, page) => commons.one(ground, (db) => keysSealedWith(db, keyIds, page)),
  replace: async (ground, { rowId, sealed }, to) => {
    await commons.writeOne(ground, (db) => resealKey(db, rowId, sealed, to))
  },
}
