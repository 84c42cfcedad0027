import type { GenericOAuthConfig, GenericOAuthUserInfo } from 'better-auth/plugins/generic-oauth'
import type { OAuthIdTokenConfig } from '@better-auth/core/oauth2'
import { isMailAddress } from '#platform/mail/address.ts'

/** Providers by which people sign in, in the order in which they are offered. */
export const ProviderId = ['google', 'apple', 'github', 'microsoft'] as const
export type ProviderId = (typeof ProviderId)[number]

/** What the library needs to know of a provider, apart from its name and where people come back to. */
export type ProviderConfig = Omit<GenericOAuthConfig, 'providerId' | 'name' | 'redirectURI'>

/** A provider by which people sign in. */
export interface OAuthProvider {
  readonly id: ProviderId
  /** As people know it. */
  readonly name: string
  /** Made anew for each hour or so: secrets that are made may end. */
  config(now: Date): ProviderConfig | Promise<ProviderConfig>
  /** How its id tokens are verified, where what it says of itself is not the whole of it. */
  readonly verification?: (told: Verification) => Verification
}

/** How an id token is verified against the keys of whoever made it. */
export type Verification = Extract<OAuthIdTokenConfig, { readonly audience: unknown }>

/**
 * Whatever a provider says of itself, it speaks for the issuer of the configuration alone (OpenID Connect Discovery 1.0
 * §4.3); a slash at its end, which addresses lose in the configuration, is the provider's own.
 */
export function speakingFor(issuer: string, told: Verification): Verification {
  return { ...told, issuer: told.issuer === `${issuer}/` ? told.issuer : issuer }
}

/** Somebody as a provider tells of them. */
interface Told {
  /** Names them for ever at this provider. */
  readonly subject: unknown
  readonly email: unknown
  /** The provider vouches for the address. */
  readonly isVouchedFor: boolean
  readonly name: unknown
}

const NAME_LENGTH = 100

/**
 * What is believed of what a provider told: an address that mails can be sent to, or none; vouched for or not, and
 * nothing between; a name that can be shown.
 */
export function profileOf({ subject, email: written, isVouchedFor, name: called }: Told): GenericOAuthUserInfo | null {
  if (typeof subject !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(subject)) return null
  const email = typeof written === 'string' && isMailAddress(written) ? written.toLowerCase() : null
  const name =
    typeof called === 'string'
      ? called
          .replaceAll(/\p{C}+/gu, ' ')
          .trim()
          .slice(0, NAME_LENGTH)
          .trim()
      : ''
  return {
    ...{ id: subject, sub: subject, email, emailVerified: email !== null && isVouchedFor },
    name: name === '' ? (email?.split('@', 1)[0]?.slice(0, NAME_LENGTH) ?? '') : name,
  }
}

/** Some providers write truth as a word. */
export function isTrue(claim: unknown): boolean {
  return claim === true || claim === 'true'
}
