import type { BetterAuthPlugin } from 'better-auth'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { type Exchange, currentFlow } from '../flow.ts'
import type { OAuthProvider, Verification } from './provider.ts'

/** The library's plugins for one provider. `redirectUri`: where people come back to. */
export async function providerPlugins(
  provider: OAuthProvider,
  redirectUri: string,
  now: Date,
): Promise<BetterAuthPlugin[]> {
  const { id: providerId, name } = provider
  const config = { ...(await provider.config(now)), providerId, name, redirectURI: redirectUri }
  return [genericOAuth({ config: [config] }), rehearsed(provider)]
}

type LibraryContext = Parameters<NonNullable<BetterAuthPlugin['init']>>[0]
type LibraryProvider = LibraryContext['socialProviders'][number]

/** Stands behind the plugin that makes the library's provider, and has it asked once. */
function rehearsed({ id, verification }: OAuthProvider): BetterAuthPlugin {
  return {
    id: 'rehearsed',
    init: (context) => {
      const provider = context.socialProviders.find((one) => one.id === id)
      if (provider === undefined) return
      if (verification !== undefined) verifyBy(provider, verification)
      askOnce(provider)
      takeNobodyUnvouched(provider)
    },
  }
}

function verifyBy(provider: LibraryProvider, verification: NonNullable<OAuthProvider['verification']>): void {
  const { idToken } = provider
  if (idToken === undefined || !('audience' in idToken)) throw new Error('the library does not verify id tokens')
  const verifying: Verification = verification(idToken)
  provider.idToken = verifying
  // What stands in answers beside the code is compared with it.
  if (verifying.issuer === undefined) Object.assign(provider, { issuer: undefined })
}

function askOnce(provider: LibraryProvider): void {
  const { validateAuthorizationCode, getUserInfo } = provider
  provider.validateAuthorizationCode = async (data) => {
    const exchange = currentExchange()
    // Grants are asked for to learn who somebody is, and are not kept.
    return exchange.isRehearsal ? asking(exchange, async () => validateAuthorizationCode(data)) : {}
  }
  provider.getUserInfo = async (tokens) => {
    const exchange = currentExchange()
    if (!exchange.isRehearsal) return exchange.told ?? null
    exchange.told = (await asking(exchange, async () => getUserInfo(tokens))) as Exchange['told']
    // Ends the rehearsal: with nothing told, the library goes no further.
    return null
  }
}

function currentExchange(): Exchange {
  const { exchange } = currentFlow()
  if (exchange === null) throw new Error('a provider is asked outside of an exchange')
  return exchange
}

/** Asks, and notes whether it was the provider that failed. The library takes null for an answer that is none. */
async function asking<T>(exchange: Exchange, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    const { status } = error as { status?: unknown }
    exchange.isAway = typeof status !== 'number' || status >= 500
    return null
  }
}

/** Whose address nobody vouches for could wait in an account for the one whose it is. */
function takeNobodyUnvouched(provider: LibraryProvider): void {
  if (provider.options === undefined) throw new Error('the library asks nobody whether newcomers are taken')
  Object.defineProperty(provider.options, 'disableSignUp', {
    get: () => currentFlow().exchange?.told?.user.emailVerified !== true,
  })
}
