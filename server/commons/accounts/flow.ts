import { AsyncLocalStorage } from 'node:async_hooks'
import { kyselyAdapter } from '@better-auth/kysely-adapter'
import type { BetterAuthOptions } from 'better-auth'
import type { GenericOAuthUserInfo } from 'better-auth/plugins/generic-oauth'
import { newId } from '#kernel/ids.ts'
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

type Adapter = ReturnType<ReturnType<typeof kyselyAdapter>>
type Where = NonNullable<Parameters<Adapter['findMany']>[0]['where']>

const SESSION = 'session'
const USER = 'user'
const ACCOUNT = 'account'
/** Who was deleted, and who is no person but an account for programs, is nobody to the library. */
const PEOPLE = [
  { field: 'deletedAt', value: null },
  { field: 'serviceOf', value: null },
] as const

/**
 * The library's way to the database: everything runs on the statements of the flow, so within its transaction where it
 * has one, and sessions are not the library's. Its session of a holder lasts as long as the flow; one that it makes is
 * noted, and becomes a session of ours or none.
 */
export function flowAdapter(options: BetterAuthOptions): Adapter {
  const adapters = new WeakMap<Statements, Adapter>()
  const inner = (): Adapter => {
    const { statements } = currentFlow()
    const known = adapters.get(statements)
    if (known !== undefined) return known
    const made = kyselyAdapter(statements as never, { type: 'postgres', transaction: false })(options)
    adapters.set(statements, made)
    return made
  }
  const among = (model: string, where: Where | undefined): Where =>
    model === USER ? [...(where ?? []), ...PEOPLE] : (where ?? [])
  const adapter = {
    id: 'airdate',
    create: async (data) => {
      if (data.model === SESSION) return noteSession(data.data)
      refuseInRehearsal()
      const made = await noting(inner().create(data))
      noteMade(data.model, made)
      return made as never
    },
    findOne: async (data) => {
      if (data.model === SESSION) return (await noting(sessionOf(data.where, inner()))) as never
      return noting(inner().findOne({ ...data, where: among(data.model, data.where) }))
    },
    findMany: async (data) => {
      if (data.model === SESSION) return notedSessions(data.where ?? []) as never
      return noting(inner().findMany({ ...data, where: among(data.model, data.where) }))
    },
    count: (data) => noting(inner().count({ ...data, where: among(data.model, data.where) })),
    update: async (data) => {
      if (data.model === SESSION) throw new Error('sessions are not changed by the library')
      refuseInRehearsal()
      return noting(inner().update({ ...data, where: among(data.model, data.where) }))
    },
    updateMany: (data) => noting(inner().updateMany(data)),
    delete: async (data) => {
      if (data.model === SESSION) return forgetSession(data.where)
      // What is for one use is used when it counts.
      return isRehearsal() ? undefined : noting(inner().delete(data))
    },
    deleteMany: async (data) => {
      if (data.model === SESSION) return endSessions(data.where)
      return isRehearsal() ? 0 : noting(inner().deleteMany(data))
    },
    consumeOne: (data) => noting(inner().consumeOne(data)),
    incrementOne: (data) => noting(inner().incrementOne(data)),
    transaction: (work) => work(adapter),
  } as Adapter
  return adapter
}

const isRehearsal = (): boolean => currentFlow().exchange?.isRehearsal === true

function refuseInRehearsal(): void {
  if (isRehearsal()) throw new Error('the library writes before a provider has answered')
}

function noteMade(model: string, data: object): void {
  const flow = currentFlow()
  const { id, userId } = data as { id: string; userId?: string }
  if (model === USER) flow.madeUserId = id
  if (model === ACCOUNT) flow.widenedUserId = userId ?? null
}

function valueOf(where: Where, field: string): unknown {
  return where.find((condition) => condition.field === field)?.value
}

function noteSession<T>(data: T): Promise<never> {
  const flow = currentFlow()
  const { userId, token } = data as unknown as { userId: string; token: string }
  flow.signedIn = { userId, token }
  return Promise.resolve({ ...data, id: newId() } as never)
}

async function sessionOf(where: Where, adapter: Adapter): Promise<unknown> {
  const { holder, holderToken } = currentFlow()
  if (holder === null || valueOf(where, 'token') !== holderToken) return null
  const user = await adapter.findOne({
    model: USER,
    where: [{ field: 'id', value: holder.userId }, ...PEOPLE] as Where,
  })
  const { userId, sessionId: id, authenticatedAt, expiresAt } = holder
  const times = { createdAt: authenticatedAt, updatedAt: authenticatedAt, expiresAt }
  return { id, userId, token: holderToken, ...times, user }
}

/** The library looks at what it is about to delete; errors of this look it would swallow. */
function notedSessions(where: Where): unknown[] {
  const { signedIn } = currentFlow()
  return signedIn !== null && signedIn.token === valueOf(where, 'token') ? [signedIn] : []
}

function forgetSession(where: Where): Promise<void> {
  const flow = currentFlow()
  if (flow.signedIn?.token === valueOf(where, 'token')) flow.signedIn = null
  return Promise.resolve()
}

function endSessions(where: Where): Promise<number> {
  const userId = valueOf(where, 'userId')
  if (typeof userId !== 'string') throw new Error('the library ends sessions of nobody in particular')
  currentFlow().endedFor = userId
  return Promise.resolve(1)
}
