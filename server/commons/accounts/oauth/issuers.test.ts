import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { apple } from './apple.ts'
import { google } from './google.ts'
import { microsoft } from './microsoft.ts'
import type { OAuthProvider } from './provider.ts'

const HERE = 'https://provider.example'
const ELSEWHERE = 'https://elsewhere.example'
const CLIENT = { clientId: 'client', clientSecret: 'secret' }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** By whom id tokens have to be, when a provider says that it is this one. */
function issuerOf({ verification }: OAuthProvider, said: string): unknown {
  const told = { audience: 'client', jwks: () => Promise.reject(new Error('not asked')), issuer: said }
  return verification?.(told).issuer
}

const providers: readonly (readonly [string, OAuthProvider, string])[] = [
  ['Google', google({ ...CLIENT, issuer: HERE }), HERE],
  [
    'Apple',
    apple({
      clientId: 'client',
      teamId: 'team',
      keyId: 'key',
      issuer: HERE,
      privateKey,
    }),
    HERE,
  ],
  ['Microsoft', microsoft({ ...CLIENT, url: HERE, tenant: 'one' }), `${HERE}/one/v2.0`],
]

test.each(providers)(
  '%s speaks for the issuer of the configuration, whatever it says of itself',
  (_, provider, issuer) => {
    for (const said of [issuer, ELSEWHERE, `${ELSEWHERE}/one/v2.0`, `${HERE}.evil.example`, ''])
      expect(issuerOf(provider, said)).toBe(issuer)
  },
)

test('an issuer with a slash at its end keeps it', () => {
  expect(issuerOf(google({ ...CLIENT, issuer: HERE }), `${HERE}/`)).toBe(`${HERE}/`)
})

test('Microsoft speaks for the tenants of its own host, where it speaks for many', () => {
  const many = microsoft({ ...CLIENT, url: HERE, tenant: 'common' })
  expect(issuerOf(many, `${HERE}/{tenantid}/v2.0`)).toBeUndefined()
  expect(issuerOf(many, `${ELSEWHERE}/{tenantid}/v2.0`)).toBe(`${HERE}/common/v2.0`)
})
