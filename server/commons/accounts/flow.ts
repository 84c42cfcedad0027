import { AsyncLocalStorage } from 'node:async_hooks'
import type { GenericOAuthUserInfo } from 'better-auth/plugins/generic-oauth'
import type { Statements } from './queries.ts'

/** What the library wants somebody to be told; it is sent by whoever called the flow, in the flow's transaction. */
export interface Letter {
  readonly kind: 'verify-email' | 'reset-password' | 'account-exists'
  readonly userId: string
  readonly email: string
  readonly displayName: string
  /** For one use; null where there is nothing to follow. */
  readonly token: string | null
}

/** Somebody who is signed in already and goes through a flow: password, e-mail address, second factor. */
export interface Holder {
  readonly userId: string
  readonly sessionId: string
  readonly authenticatedAt: Date
  readonly expiresAt: Date
}

/**
 * What a provider said of somebody who came back from it. The library works on their coming twice: once to ask the
 * provider, while nothing is written and no transaction waits, and once more with its answer, all in one transaction.
 */
export interface Exchange {
  isRehearsal: boolean
  /** It did not answer, or could not. */
  isAway: boolean
  /** What it told; null when it told nothing that is believed, undefined before it was asked. */
  told: { readonly user: TellingUser; readonly data: GenericOAuthUserInfo } | null | undefined
}

interface TellingUser {
  readonly name?: string | undefined
  readonly email?: string | null | undefined
  readonly emailVerified: boolean
}

/** One passage through the library: what it stands on, and what came of it. */
export interface Flow {
  readonly statements: Statements
  readonly holder: Holder | null
  /** What the library calls the holder's session; a different one in every passage. */
  readonly holderToken: string
  /** Hashed before the transaction began: the work takes long, and a connection would wait. */
  readonly hashed: { readonly password: string; readonly hash: string } | null
  /** Verified before: neither does it wait for a second proof. */
  readonly proved: { readonly password: string; readonly hash: string } | null
  /** What a provider says of who comes back from it. */
  readonly exchange: Exchange | null
  readonly letters: Letter[]
  /** Who was made a person, and who got another way in. */
  madeUserId: string | null
  widenedUserId: string | null
  /** Whom the library wants to be signed in at the end. */
  signedIn: { readonly userId: string; readonly token: string } | null
  /** Whose other sessions the library wants to end. */
  endedFor: string | null
  /** Whose address is confirmed now, and was not before. */
  verifiedFor: string | null
  /** The hash behind which a password was found to be. */
  verifiedHash: string | null
  /** The first thing that failed on the way: the library makes refusals of its own of what is none. */
  failure: { readonly error: unknown } | null
}

const flows = new AsyncLocalStorage<Flow>()

/** The passage that runs now. */
export function currentFlow(): Flow {
  const flow = flows.getStore()
  if (flow === undefined) throw new Error('the library was called outside of a flow')
  return flow
}

export function runFlow<T>(flow: Flow, work: () => Promise<T>): Promise<T> {
  return flows.run(flow, work)
}

/** What is done for the library: a failure of it is remembered, whatever the library makes of it. */
export async function noting<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    currentFlow().failure ??= { error }
    throw error
  }
}
