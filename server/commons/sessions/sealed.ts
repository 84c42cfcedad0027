import type { SealedColumn } from '#platform/secrets/resealing.ts'
import { commons, keysSealedWith, resealKey } from './queries.ts'

/** Where keys of identity stand sealed. */
export const IDENTITY_KEYS = { table: 'commons.identity_keys', column: 'sealed_secret' } as const

/** The keys that sign access tokens and the secret of the flows, sealed anew after a rotation. */
export const sealedIdentityKeys: SealedColumn = {
  ...IDENTITY_KEYS,
  sealedWith: async (ground, keyIds, page) => {
    const rows = await commons.one(ground, (db) => keysSealedWith(db, keyIds, page))
    return rows.map(({ id: rowId, sealedSecret: sealed }) => ({ rowId, workspaceId: null, sealed }))
  },
  replace: async (ground, { rowId, sealed }, to) => {
    await commons.writeOne(ground, (db) => resealKey(db, rowId, sealed, to))
  },
}
