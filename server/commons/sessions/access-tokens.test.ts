import { type CryptoKey, SignJWT, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { systemScope } from '#platform/database/scope.ts'
import { givenRoot, newKey, vaultOf } from '#platform/secrets/fixtures/installation.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { AccessTokens } from './access-tokens.ts'
import { IDENTITY_KEYS } from './sealed.ts'

const HERE = 'https://tv.example'
const SECOND_MS = 1000
const NOW = new Date(Math.floor(Date.now() / SECOND_MS) * SECOND_MS)

let db: TestDatabase
let tokens: AccessTokens
/** As another process has them, with nothing read yet. */
let another: () => AccessTokens
let privateKey: CryptoKey
let kid: string
beforeAll(async () => {
  db = await testDatabase()
  const masterKey = newKey()
  await givenRoot(db, masterKey)
  const vault = vaultOf(db, [masterKey])
  const ground = { database: db.database, scope: systemScope }
  another = () => new AccessTokens({ ground, vault, publicUrl: () => HERE })
  tokens = another()
  await tokens.jwks(NOW)
  const [key] = await db.sql<{ id: string; sealed_secret: string }>(
    'select id, sealed_secret from commons.identity_keys',
  )
  kid = key?.id ?? ''
  const opened = await vault.open({ ...IDENTITY_KEYS, rowId: kid, workspaceId: null }, key?.sealed_secret ?? '')
  privateKey = (await importJWK(JSON.parse(opened) as object, 'EdDSA')) as CryptoKey
})
afterAll(() => db[Symbol.asyncDispose]())

const inSeconds = (date: Date): number => Math.floor(date.getTime() / SECOND_MS)
const later = (ms: number): Date => new Date(NOW.getTime() + ms)

/** A token that our own key has signed, and that differs from ours in what is given. */
function signed(claims: Record<string, unknown> = {}, type: string | null = 'at+jwt'): Promise<string> {
  const all = {
    ...{ iss: HERE, aud: HERE, sub: newId(), sid: newId(), jti: newId() },
    ...{ iat: inSeconds(NOW), exp: inSeconds(later(60 * SECOND_MS)), ...claims },
  }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(given)
    .setProtectedHeader({ alg: 'EdDSA', kid, ...(type === null ? {} : { typ: type }) })
    .sign(privateKey)
}

const isTaken = async (token: string, at = NOW): Promise<boolean> => (await tokens.bearerOf(token, at)) !== null

describe('a token that our own key has signed', () => {
  test('is taken when it is one of ours', async () => {
    expect(await isTaken(await signed())).toBe(true)
    const bearer = { userId: newId(), sessionId: newId() }
    expect(await tokens.bearerOf((await tokens.issue(bearer, NOW)).accessToken, NOW)).toEqual(bearer)
  })

  test('is taken for ten minutes and what clocks differ by, and not a second longer', async () => {
    const { accessToken, expiresAt } = await tokens.issue({ userId: newId(), sessionId: newId() }, NOW)
    expect(expiresAt).toEqual(later(600 * SECOND_MS))
    expect(await isTaken(accessToken, later(604 * SECOND_MS))).toBe(true)
    expect(await isTaken(accessToken, later(606 * SECOND_MS))).toBe(false)
  })

  test.each([
    ['that is over', { exp: inSeconds(NOW) - 6 }],
    ['that has not begun', { nbf: inSeconds(NOW) + 6 }],
    ['without an end', { exp: undefined }],
    ['for another audience', { aud: 'https://elsewhere.example' }],
    ['for nobody in particular', { aud: undefined }],
    ['in the name of another issuer', { iss: 'https://elsewhere.example' }],
    ['that names no session', { sid: undefined }],
    ['that names a person by no id', { sub: 'ada' }],
  ] satisfies [string, object][])('%s is refused', async (_, claims) => {
    expect(await isTaken(await signed(claims))).toBe(false)
  })

  test.each(['JWT', 'logout+jwt', 'id_token', null])('of the type %s is refused', async (type) => {
    expect(await isTaken(await signed({}, type))).toBe(false)
  })
})

test('after thirty days another key signs, and what the one before has signed is taken until it ends', async () => {
  const before = await signed()
  await db.sql("update commons.identity_keys set created_at = now() - interval '30 days 1 minute'")
  const bearer = { userId: newId(), sessionId: newId() }
  const { accessToken } = await another().issue(bearer, NOW)
  const header = JSON.parse(Buffer.from(accessToken.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
  expect(header.kid).not.toBe(kid)
  expect(await another().bearerOf(accessToken, NOW)).toEqual(bearer)
  expect(await another().bearerOf(before, NOW)).not.toBeNull()
  await db.sql("update commons.identity_keys set retired_at = now() - interval '12 minutes' where id = $1", [kid])
  expect(await another().bearerOf(before, NOW)).toBeNull()
})
