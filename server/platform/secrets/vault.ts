import { type KeyObject, createSecretKey } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { MINUTE_MS } from '#kernel/clock.ts'
import { problem } from '#kernel/errors.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import type { Database } from '../database/database.ts'
import { handle } from '../database/handle.ts'
import { systemScope } from '../database/scope.ts'
import type { MasterKeys } from '../config/secrets.ts'
import type { Logger } from '../observability/log.ts'
import { type KeyTables, type WrappedKey, insertKey, keyAtWork, keyById, rootForMaking } from './queries.ts'
import { type NamedKey, SealBroken, type SealedPlace, keyIdOf, seal, unseal, wrappingKeyOf } from './sealing.ts'

export const SecretsLocked = problem('secrets-locked', 503, 'What is kept sealed cannot be opened at the moment')

const keys = handle<KeyTables>()

// A key is 32 bytes; what nobody used for a while does not stay in memory.
const KEPT_KEYS = 1000
const KEPT_MS = 10 * MINUTE_MS
const DATA_KEY_BYTES = 32

/**
 * Seals what must not stand readable in the database: keys of providers, grants, secrets of webhooks. Each workspace has
 * a data key of its own, and what belongs to no workspace has one; these are kept wrapped with the master key.
 *
 * Call it before the transaction that writes the sealed value rather than within: it may have to read a key, on another
 * connection. A value that was sealed and not written is nothing.
 */
export class Vault {
  readonly #database: Database
  readonly #masterKeys: MasterKeys
  readonly #log: Logger
  readonly #opened = new LRUCache<string, KeyObject>({ max: KEPT_KEYS, ttl: KEPT_MS })
  #wrapping = new Map<string, NamedKey>()

  constructor(options: { readonly database: Database; readonly masterKeys: MasterKeys; readonly log: Logger }) {
    this.#database = options.database
    this.#masterKeys = options.masterKeys
    this.#log = options.log
  }

  /**
   * Seals `plaintext` for this place, differently at each call. One statement, more at the first call for a workspace.
   * @throws SecretsLocked when the keys are wrapped with a master key that this process does not know
   */
  async seal(place: SealedPlace, plaintext: string): Promise<string> {
    return seal(await this.#keyAtWork(place.workspaceId), place, Buffer.from(plaintext, 'utf8'))
  }

  /**
   * Opens what was sealed for this place, with whatever key it was. No statement for a key that was used shortly before.
   * @throws SealBroken when it was changed or is from another place
   * @throws SecretsLocked when the keys are wrapped with a master key that this process does not know
   */
  async open(place: SealedPlace, sealed: string): Promise<string> {
    const id = keyIdOf(sealed)
    if (id === null || !/^[0-9a-f-]{36}$/.test(id)) throw new SealBroken(place)
    const key = this.#opened.get(id) ?? (await this.#read(id))
    if (key === null) throw new SealBroken(place)
    return unseal({ id, key }, place, sealed).toString('utf8')
  }

  async #keyAtWork(workspaceId: string | null): Promise<NamedKey> {
    const ground = { database: this.#database, scope: systemScope }
    // A rotation between the making and the reading retires it at once.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const [found] = await keys.one(ground, (db) => keyAtWork(db, workspaceId))
      if (found !== undefined) return { id: found.id, key: this.#opened.get(found.id) ?? this.#unwrap(found) }
      await this.#make(workspaceId)
    }
    throw SecretsLocked({ detail: 'Keys are being rotated.', headers: { 'Retry-After': '2' } })
  }

  /** Makes a data key. Whoever makes one at the same time finds that there is one. */
  async #make(workspaceId: string | null): Promise<void> {
    await keys.write({ database: this.#database, scope: systemScope }, async (tx) => {
      // Wrapped with what the root is sealed with now, not with a key that is only to be: all can open it.
      const { kekId } = await rootForMaking(tx).executeTakeFirstOrThrow()
      const id = newId<'DataKey'>()
      const plaintext = Buffer.from(newSecret(DATA_KEY_BYTES), 'base64url')
      const wrapped = seal(this.#wrappingKey(kekId), placeOfKey({ id, workspaceId }), plaintext)
      await insertKey(tx, { id, workspaceId, kekId, wrapped })
    })
  }

  async #read(id: string): Promise<KeyObject | null> {
    const [found] = await keys.one({ database: this.#database, scope: systemScope }, (db) => keyById(db, id))
    return found === undefined ? null : this.#unwrap(found)
  }

  #unwrap(wrapped: WrappedKey): KeyObject {
    const key = createSecretKey(unseal(this.#wrappingKey(wrapped.kekId), placeOfKey(wrapped), wrapped.wrapped))
    this.#opened.set(wrapped.id, key)
    return key
  }

  #wrappingKey(id: string): NamedKey {
    const known = this.#wrapping.get(id)
    if (known !== undefined) return known
    // Another process may have rotated the key that the data folder keeps; what was read before the rotation is let go.
    const all = this.#masterKeys.candidates().map(wrappingKeyOf)
    this.#wrapping = new Map(all.map((key) => [key.id, key]))
    this.#opened.clear()
    const found = this.#wrapping.get(id)
    if (found !== undefined) return found
    this.#log.error('the master key was rotated: restart this process with the new one as AIRDATE_MASTER_KEY')
    throw SecretsLocked({ detail: 'This process does not know the master key.', headers: { 'Retry-After': '60' } })
  }
}

/** Where a data key stands wrapped. */
export function placeOfKey({ id, workspaceId }: Pick<WrappedKey, 'id' | 'workspaceId'>): SealedPlace {
  return { table: 'platform.data_keys', column: 'wrapped', rowId: id, workspaceId }
}
