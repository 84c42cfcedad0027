import { type KeyObject, createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { invariant } from '#kernel/assert.ts'
import { newSecret } from '#kernel/ids.ts'
import { derivePassword, deriveSecret } from '#platform/config/secrets.ts'

/*
 * AES-256-GCM (NIST SP 800-38D) with a random initialisation vector of 96 bits. A sealed value has one spelling,
 * `v1.<key id>.<iv>.<ciphertext>.<tag>`, in base64url without padding; every other one is refused. Where the value stands
 * is its associated data, so that it opens nowhere else.
 */

/** Where a sealed value stands: it cannot be opened anywhere else. */
export interface SealedPlace {
  /** `schema.table`. */
  readonly table: string
  readonly column: string
  /** The row's key as text, without `|`. */
  readonly rowId: string
  /** Null for what belongs to no workspace. */
  readonly workspaceId: string | null
}

/** A sealed value that was changed, is from another place, or was sealed by another key than it names. */
export class SealBroken extends Error {
  constructor({ table, column, rowId }: SealedPlace) {
    super(`what is sealed in ${table}.${column} of ${rowId} cannot be opened there`)
    this.name = 'SealBroken'
  }
}

/** A key with the name by which sealed values say who can open them. */
export interface NamedKey {
  readonly id: string
  readonly key: KeyObject
}

const IV_BYTES = 12
const TAG_BYTES = 16
const KEY_ID = '[A-Za-z0-9_-]{1,64}'
const SEALED = new RegExp(`^v1\\.(${KEY_ID})\\.([A-Za-z0-9_-]{16})\\.([A-Za-z0-9_-]*)\\.([A-Za-z0-9_-]{22})$`)

/** The key that wraps other keys, made of a master key; its id tells nothing of it. */
export function wrappingKeyOf(masterKey: Buffer): NamedKey {
  const id = derivePassword(masterKey, 'key-encryption-key/id').slice(0, 16)
  return { id, key: createSecretKey(deriveSecret(masterKey, 'key-encryption-key')) }
}

/** Seals `plaintext`: different at each call. */
export function seal({ id, key }: NamedKey, place: SealedPlace, plaintext: Buffer): string {
  invariant(new RegExp(`^${KEY_ID}$`).test(id), `not an id of a key: ${id}`)
  const iv = Buffer.from(newSecret(IV_BYTES), 'base64url')
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated(place))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))
  return ['v1', id, ...parts].join('.')
}

/** The id of the key that a value was sealed with; null when it is no sealed value. */
export function keyIdOf(sealed: string): string | null {
  return SEALED.exec(sealed)?.[1] ?? null
}

/**
 * Opens what `seal` has sealed.
 * @throws SealBroken when it was changed, is from another place, or was sealed with another key
 */
export function unseal({ id, key }: NamedKey, place: SealedPlace, sealed: string): Buffer {
  const [, keyId, ...parts] = SEALED.exec(sealed) ?? []
  const [iv, ciphertext, tag] = parts.map(fromBase64url)
  if (keyId !== id || !iv || !ciphertext || !tag) throw new SealBroken(place)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(associated(place))
  decipher.setAuthTag(tag)
  const opened = decipher.update(ciphertext)
  try {
    return Buffer.concat([opened, decipher.final()])
  } catch {
    // OpenSSL says no more than that the tag does not fit
    throw new SealBroken(place)
  }
}

function associated({ table, column, rowId, workspaceId }: SealedPlace): Buffer {
  const parts = [table, column, rowId, workspaceId ?? '-']
  invariant(
    parts.every((part) => part !== '' && !part.includes('|')),
    'the place of a sealed value is not told apart',
  )
  return Buffer.from(parts.join('|'), 'utf8')
}

/** Null for text that decodes to the same bytes as another: the last character may carry bits that nobody reads. */
function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}
