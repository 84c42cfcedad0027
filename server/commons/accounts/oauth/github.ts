import { type Static, type TSchema, Type } from 'typebox'
import { SECOND_MS } from '#kernel/clock.ts'
import type { OAuthConfig } from '#platform/config/oauth.ts'
import { acceptorOf } from '#platform/acceptor.ts'
import { orNull } from '#platform/fields.ts'
import { type OAuthProvider, profileOf } from './provider.ts'

const PATIENCE_MS = 10 * SECOND_MS
/** More than a thousand addresses of one account. */
const ANSWER_BYTES = 256 * 1024

const Person = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  login: Type.String(),
  name: Type.Optional(orNull(Type.String())),
})
const Addresses = Type.Array(Type.Object({ email: Type.String(), primary: Type.Boolean(), verified: Type.Boolean() }))

/**
 * GitHub, which speaks OAuth and not OpenID Connect: nothing describes it, no token tells who somebody is, and which of
 * their addresses are theirs is a second question.
 */
export function github({ clientId, clientSecret, url, apiUrl }: NonNullable<OAuthConfig['github']>): OAuthProvider {
  return {
    ...{ id: 'github', name: 'GitHub' },
    config: () => ({
      ...{ authorizationUrl: `${url}/login/oauth/authorize`, tokenUrl: `${url}/login/oauth/access_token` },
      ...{ clientId, clientSecret, scopes: ['read:user', 'user:email'], pkce: true, authentication: 'post' },
      getUserInfo: async ({ accessToken }) => {
        // It answers 200 to a code that does not hold, with an error in the place of the token.
        if (accessToken === undefined) return null
        const [person, addresses] = await Promise.all([
          read(`${apiUrl}/user`, accessToken, Person),
          read(`${apiUrl}/user/emails`, accessToken, Addresses),
        ])
        if (person === null || addresses === null) return null
        const { email, verified = false } = addresses.find(({ primary }) => primary) ?? {}
        const name = person.name ?? person.login
        return profileOf({ subject: String(person.id), email, isVouchedFor: verified, name })
      },
    }),
  }
}

/** An answer of its API; null when it is none, or none that is known. */
async function read<T extends TSchema>(address: string, accessToken: string, schema: T): Promise<Static<T> | null> {
  const reply = await fetch(address, {
    headers: { Authorization: `Bearer ${accessToken}`, Accept: 'application/vnd.github+json', 'User-Agent': 'Airdate' },
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  })
  if (!reply.ok || reply.body === null) return null
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of reply.body) {
    sizeBytes += part.length
    if (sizeBytes > ANSWER_BYTES) return null
    parts.push(part)
  }
  const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
  return acceptorOf(schema)(value) ? value : null
}
