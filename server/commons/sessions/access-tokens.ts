import { type CryptoKey, type JWK, SignJWT, exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { DAY_MS, MINUTE_MS, SECOND_MS, monotonicMs } from '#kernel/clock.ts'
import { isId, newId } from '#kernel/ids.ts'
import type { HasDatabase } from '#platform/database/handle.ts'
import type { SealedPlace } from '#platform/secrets/sealing.ts'
import type { Vault } from '#platform/secrets/vault.ts'
import { commons, holdKeys, keysOf, replaceKey } from './queries.ts'
import type { PublicJwk } from './schema.ts'
import { IDENTITY_KEYS } from './sealed.ts'

/** Long enough to be asked for rarely, short enough that nobody relies on it. */
export const ACCESS_TOKEN_MS = 10 * MINUTE_MS
/** Clocks of several machines differ a little. */
const LEEWAY_MS = 5 * SECOND_MS
/** A key signs for so long; what it signed is then accepted for as long as it lasts. */
const ROTATE_AFTER_MS = 30 * DAY_MS
const GRACE_MS = ACCESS_TOKEN_MS + MINUTE_MS
/** Unknown keys are looked for in the database at most so often: tokens come from outside. */
const LOOK_AGAIN_MS = 2 * SECOND_MS
const TOKEN_MAX = 1000
const VERIFIED_MAX = 5000
const ALGORITHM = 'EdDSA'
const TYPE = 'at+jwt'

/** Whom an access token names: ids alone, whose rights are asked at each request. */
export interface Bearer {
  readonly userId: string
  readonly sessionId: string
}

interface Key {
  readonly id: string
  readonly publicJwk: PublicJwk
  readonly publicKey: CryptoKey
  readonly privateKey: CryptoKey | null
  readonly madeAt: Date
}

const placeOf = (rowId: string): SealedPlace => ({
  ...{ ...IDENTITY_KEYS, rowId, workspaceId: null },
})

/**
 * Access tokens: JWTs signed with Ed25519 (RFC 8037), typed `at+jwt` (RFC 9068), that carry ids only. Keys rotate every
 * 30 days; the public ones are those of `/.well-known/jwks.json`.
 */
export class AccessTokens {
  readonly #ground: HasDatabase
  readonly #vault: Vault
  readonly #publicUrl: () => string
  /** Signatures that were verified: the same token comes with each request of its ten minutes. */
  readonly #verified = new LRUCache<string, { readonly bearer: Bearer; readonly untilMs: number }>({
    max: VERIFIED_MAX,
  })
  #keys: readonly Key[] = []
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | null = null

  constructor(options: { readonly ground: HasDatabase; readonly vault: Vault; readonly publicUrl: () => string }) {
    this.#ground = options.ground
    this.#vault = options.vault
    this.#publicUrl = options.publicUrl
  }

  /** A token for a session, and when it ends. */
  async issue({ userId, sessionId }: Bearer, now: Date): Promise<{ accessToken: string; expiresAt: Date }> {
    const { id, privateKey } = await this.#current(now)
    const expiresAt = new Date(Math.floor((now.getTime() + ACCESS_TOKEN_MS) / SECOND_MS) * SECOND_MS)
    const issuer = this.#publicUrl()
    const accessToken = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, kid: id, typ: TYPE })
      .setIssuer(issuer)
      .setAudience(issuer)
      .setSubject(userId)
      .setJti(newId())
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(privateKey)
    return { accessToken, expiresAt }
  }

  /** Whom a token names; null when it is none of ours, or its time has passed. Nothing it says is followed anywhere. */
  async bearerOf(token: string, now: Date): Promise<Bearer | null> {
    if (token.length > TOKEN_MAX) return null
    const known = this.#verified.get(token)
    if (known !== undefined && known.untilMs > now.getTime()) return known.bearer
    return this.#verify(token, now)
  }

  async #verify(token: string, now: Date): Promise<Bearer | null> {
    const issuer = this.#publicUrl()
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#publicKeyOf(kid), {
        ...{ algorithms: [ALGORITHM], typ: TYPE, issuer, audience: issuer, currentDate: now },
        ...{ clockTolerance: LEEWAY_MS / SECOND_MS, requiredClaims: ['sub', 'sid', 'exp', 'iat'] },
      })
      const { sub, sid, exp } = payload
      if (typeof sub !== 'string' || typeof sid !== 'string' || !isId(sub) || !isId(sid)) return null
      const bearer = { userId: sub, sessionId: sid }
      this.#verified.set(token, { bearer, untilMs: (exp ?? 0) * SECOND_MS })
      return bearer
    } catch (error) {
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_J')) return null
      throw error
    }
  }

  /** RFC 7517: the keys by which tokens of this server can be held against their signature. */
  async jwks(now: Date): Promise<{ keys: PublicJwk[] }> {
    await this.#current(now)
    return { keys: this.#keys.map(({ publicJwk }) => publicJwk) }
  }

  // The header is whatever somebody wrote: its `kid` need not be text.
  async #publicKeyOf(kid: unknown): Promise<CryptoKey> {
    const known = this.#keys.find(({ id }) => id === kid)
    if (known !== undefined) return known.publicKey
    if (typeof kid === 'string' && isId(kid)) await this.#look()
    const found = this.#keys.find(({ id }) => id === kid)
    if (found === undefined) throw new UnknownKey()
    return found.publicKey
  }

  async #current(now: Date): Promise<Key & { readonly privateKey: CryptoKey }> {
    const isGood = (key: Key | undefined): key is Key & { readonly privateKey: CryptoKey } =>
      key !== undefined && key.privateKey !== null && now.getTime() - key.madeAt.getTime() < ROTATE_AFTER_MS
    if (isGood(this.#keys[0])) return this.#keys[0]
    await this.#read()
    if (isGood(this.#keys[0])) return this.#keys[0]
    const id = newId()
    const pair = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: id, alg: ALGORITHM, use: 'sig' }
    const sealedSecret = await this.#vault.seal(placeOf(id), JSON.stringify(await exportJWK(pair.privateKey)))
    await commons.write(this.#ground, async (tx) => {
      await holdKeys(tx)
      const [newest] = await keysOf(tx, 'access-token', 0).execute()
      if (newest?.retiredAt === null && now.getTime() - newest.createdAt.getTime() < ROTATE_AFTER_MS) return
      await replaceKey(tx, { id, purpose: 'access-token', publicJwk, sealedSecret })
    })
    await this.#read()
    if (isGood(this.#keys[0])) return this.#keys[0]
    throw new Error('there is no key to sign access tokens with')
  }

  /** Reads the keys anew, but not more often than LOOK_AGAIN_MS. */
  async #look(): Promise<void> {
    if (monotonicMs() - this.#lookedAtMs < LOOK_AGAIN_MS) return
    await this.#read()
  }

  #read(): Promise<void> {
    this.#looking ??= this.#load().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #load(): Promise<void> {
    this.#lookedAtMs = monotonicMs()
    const rows = await commons.one(this.#ground, (db) => keysOf(db, 'access-token', GRACE_MS))
    this.#keys = await Promise.all(
      rows.map(async ({ id, publicJwk, sealedSecret, createdAt: madeAt, retiredAt }) => {
        const jwk = publicJwk as PublicJwk
        const opened = retiredAt === null ? await this.#vault.open(placeOf(id), sealedSecret) : null
        return {
          ...{ id, publicJwk: jwk, madeAt, publicKey: await keyOf(jwk) },
          privateKey: opened === null ? null : await keyOf(JSON.parse(opened) as JWK),
        }
      }),
    )
  }
}

class UnknownKey extends Error {
  readonly code = 'ERR_JWKS_NO_MATCHING_KEY'
}

async function keyOf(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM)
  if (key instanceof Uint8Array) throw new TypeError('not a key pair')
  return key
}
