import { decodeJwt } from 'jose'
import type { OAuthConfig } from '#platform/config/oauth.ts'
import { type OAuthProvider, type Verification, isTrue, profileOf } from './provider.ts'

/** The tenant of all accounts that belong to no organisation. */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** What stands in the issuer where one description is for many tenants. */
const ANY_TENANT = '{tenantid}'

/**
 * Microsoft Entra ID. For many tenants at once it names no issuer but a form of one, in which the token's own tenant has
 * to stand. Administrators of a tenant write whatever address they like beside an account, so one is believed only where
 * Microsoft says who owns its domain (`xms_edov`), or where it is a personal account.
 */
export function microsoft(client: NonNullable<OAuthConfig['microsoft']>): OAuthProvider {
  const { clientId, clientSecret, url, tenant } = client
  return {
    ...{ id: 'microsoft', name: 'Microsoft' },
    config: () => ({
      discoveryUrl: `${url}/${tenant}/v2.0/.well-known/openid-configuration`,
      ...{ clientId, clientSecret, pkce: true, requireIdTokenVerification: true },
      scopes: ['openid', 'email', 'profile'],
      getUserInfo: async ({ idToken }) => {
        if (idToken === undefined) return null
        const { sub, tid, email, name, email_verified: isVerified, xms_edov: isDomainVerified } = decodeJwt(idToken)
        const isVouchedFor = isTrue(isVerified) || isSet(isDomainVerified) || tid === CONSUMERS
        return profileOf({ subject: sub, email, isVouchedFor, name })
      },
    }),
    verification: (told) => ({ ...told, ...issuers(told, { url, tenant }) }),
  }
}

// An optional claim, which comes as a truth or as a number, in either case also as a word.
const isSet = (claim: unknown): boolean => isTrue(claim) || claim === 1 || claim === '1'

function issuers(
  { issuer }: Verification,
  { url, tenant }: Pick<NonNullable<OAuthConfig['microsoft']>, 'url' | 'tenant'>,
): Pick<Verification, 'issuer' | 'verifyClaims'> {
  // What describes itself as somebody else speaks for nobody (OpenID Connect Discovery §4.3).
  if (typeof issuer !== 'string' || !issuer.startsWith(`${url}/`)) return { issuer: `${url}/${tenant}/v2.0` }
  if (!issuer.includes(ANY_TENANT)) return { issuer }
  return {
    issuer: undefined,
    verifyClaims: ({ iss, tid }) =>
      typeof tid === 'string' &&
      /^[\da-f-]{36}$/.test(tid) &&
      iss === issuer.replace(ANY_TENANT, tid) &&
      !(tenant === 'organizations' && tid === CONSUMERS),
  }
}
