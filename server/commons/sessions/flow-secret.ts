import { newId, newSecret } from '#kernel/ids.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import type { SealedPlace } from '#platform/secrets/sealing.ts'
import type { Vault } from '#platform/secrets/vault.ts'
import { commons, holdKeys, keysOf, replaceKey } from './queries.ts'
import { IDENTITY_KEYS } from './sealed.ts'

const placeOf = (rowId: string): SealedPlace => ({
  ...{ ...IDENTITY_KEYS, rowId, workspaceId: null },
})

/**
 * The secret under which the library signs what it mails and keeps the secrets of authenticator apps. Made at the first
 * start and kept: with another one nobody's second factor would work any more.
 */
export async function flowSecret(ground: HasDatabase, vault: Vault): Promise<string> {
  const read = async (): Promise<string | null> => {
    const [key] = await commons.one(ground, (db) => keysOf(db, 'flows', 0))
    return key === undefined ? null : vault.open(placeOf(key.id), key.sealedSecret)
  }
  const kept = await read()
  if (kept !== null) return kept
  const id = newId()
  const sealedSecret = await vault.seal(placeOf(id), newSecret(32))
  await commons.write(ground, async (tx) => {
    await holdKeys(tx)
    const [made] = await keysOf(tx, 'flows', 0).execute()
    if (made !== undefined) return
    await replaceKey(tx, { id, purpose: 'flows', publicJwk: null, sealedSecret })
  })
  const made = await read()
  if (made === null) throw new Error('the secret of the flows is not there')
  return made
}
