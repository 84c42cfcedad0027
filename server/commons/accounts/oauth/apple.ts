import { SignJWT, decodeJwt } from 'jose'
import { DAY_MS, SECOND_MS } from '#kernel/clock.ts'
import type { AppleConfig } from '#platform/config/oauth.ts'
import { type OAuthProvider, isTrue, profileOf, speakingFor } from './provider.ts'

/** Apple takes at most six months; ours is made anew long before it ends. */
const SECRET_MS = DAY_MS

/**
 * Sign in with Apple. It has no client secret but one that is signed with the team's key; it answers by a form, since it
 * is asked for an address; it tells the name beside the id token, and only the first time; and it writes truth as a word.
 * Who hides their address is reached by one that Apple passes on.
 */
export function apple(client: AppleConfig): OAuthProvider {
  const { clientId, issuer } = client
  return {
    ...{ id: 'apple', name: 'Apple' },
    config: async (now) => ({
      ...{ discoveryUrl: `${issuer}/.well-known/openid-configuration`, clientId },
      clientSecret: await clientSecret(client, now),
      ...{ scopes: ['openid', 'name', 'email'], responseMode: 'form_post', requireIdTokenVerification: true },
      // Others read the secret from the header too; Apple does not.
      authentication: 'post',
      getUserInfo: async (tokens) => {
        const { idToken } = tokens
        if (idToken === undefined) return null
        const { sub, email, email_verified: isVerified } = decodeJwt(idToken)
        return profileOf({ subject: sub, email, isVouchedFor: isTrue(isVerified), name: nameOf(tokens) })
      },
    }),
    verification: (told) => speakingFor(issuer, told),
  }
}

/** A token as Apple asks for it: ES256, by the team, about the client, for Apple. */
function clientSecret({ clientId, teamId, keyId, privateKey, issuer }: AppleConfig, now: Date): Promise<string> {
  const iat = Math.floor(now.getTime() / SECOND_MS)
  return new SignJWT({ iss: teamId, sub: clientId, aud: issuer, iat, exp: iat + SECRET_MS / SECOND_MS })
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .sign(privateKey)
}

/** The name that the form held. The person could have changed it on the way, and may: it is theirs. */
function nameOf(tokens: object): string {
  const { user } = tokens as { user?: { name?: { firstName?: unknown; lastName?: unknown } | null } | null }
  const parts = [user?.name?.firstName, user?.name?.lastName]
  return parts.filter((part) => typeof part === 'string').join(' ')
}
