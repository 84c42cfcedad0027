import { kyselyAdapter } from '@better-auth/kysely-adapter'
import type { BetterAuthOptions } from 'better-auth'
import { newId } from '#kernel/ids.ts'
import { currentFlow, noting } from './flow.ts'
import type { Statements } from './queries.ts'

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
