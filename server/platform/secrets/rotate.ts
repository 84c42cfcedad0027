import { type Writing } from '../database/database.ts'
import { type HasDatabase, handle } from '../database/handle.ts'
import { ROOT_PLACE, wrappingKeys } from '../database/root.ts'
import {
  type KeyTables,
  keysWrappedOtherwise,
  replaceRoot,
  retireKeys,
  rewrapKeys,
  rootForRotating,
} from './queries.ts'
import { type NamedKey, seal, unseal, wrappingKeyOf } from './sealing.ts'
import { placeOfKey } from './vault.ts'

const keys = handle<KeyTables>()
const BATCH_KEYS = 500

export interface Rotation {
  /** Master keys with which keys may be wrapped now. */
  readonly from: readonly Buffer[]
  readonly to: Buffer
  /** What must be written together with it, with the ids of the keys that wrapped before and wrap after. */
  readonly within: (tx: Writing, ids: { readonly before: string; readonly after: string }) => Promise<void>
}

/**
 * Wraps the root and every data key with another master key and retires the data keys, so that whatever is sealed from
 * then on is sealed with new ones. One transaction: killed anywhere, either all of it is done or nothing. Making data keys
 * waits for it. Returns how many data keys there were; none when it was done before.
 * @throws Error when a key is wrapped with a master key that is not among `from`
 */
export async function rotate(ground: HasDatabase, { from, to, within }: Rotation): Promise<number> {
  const target = wrappingKeyOf(to)
  const known = new Map(wrappingKeys(from).map((key) => [key.id, key]))
  const knownKey = (id: string): NamedKey => {
    const key = known.get(id)
    if (key === undefined) throw new Error(`a key is wrapped with a master key (${id}) that is not there`)
    return key
  }
  return keys.write(ground, async (tx) => {
    const root = await rootForRotating(tx).executeTakeFirstOrThrow()
    if (root.kekId === target.id) return 0
    let [count, after]: [number, string | null] = [0, null]
    for (;;) {
      const batch = await keysWrappedOtherwise(tx, target.id, after, BATCH_KEYS).execute()
      const rewrapped = batch.map((key) => {
        const place = placeOfKey(key)
        return { ...key, wrapped: seal(target, place, unseal(knownKey(key.kekId), place, key.wrapped)) }
      })
      if (rewrapped.length > 0) await rewrapKeys(tx, target.id, rewrapped)
      count += batch.length
      after = batch.at(-1)?.id ?? null
      if (batch.length < BATCH_KEYS) break
    }
    await retireKeys(tx)
    const opened = unseal(knownKey(root.kekId), ROOT_PLACE, root.sealed)
    await replaceRoot(tx, { kekId: target.id, sealed: seal(target, ROOT_PLACE, opened) })
    await within(tx, { before: root.kekId, after: target.id })
    return count
  })
}
