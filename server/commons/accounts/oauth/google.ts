import { decodeJwt } from 'jose'
import type { OAuthConfig } from '#platform/config/oauth.ts'
import { type OAuthProvider, isTrue, profileOf, speakingFor } from './provider.ts'

/** Google, or any other provider of OpenID Connect Discovery 1.0 whose id tokens tell the address. */
export function google({ clientId, clientSecret, issuer }: NonNullable<OAuthConfig['google']>): OAuthProvider {
  return {
    ...{ id: 'google', name: 'Google' },
    config: () => ({
      ...{ discoveryUrl: `${issuer}/.well-known/openid-configuration`, clientId, clientSecret },
      ...{ scopes: ['openid', 'email', 'profile'], pkce: true, requireIdTokenVerification: true },
      getUserInfo: async ({ idToken }) => {
        if (idToken === undefined) return null
        const { sub, email, email_verified: isVerified, name } = decodeJwt(idToken)
        return profileOf({ subject: sub, email, isVouchedFor: isTrue(isVerified), name })
      },
    }),
    verification: (told) => speakingFor(issuer, told),
  }
}
