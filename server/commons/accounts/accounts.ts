import type { Ctx } from '#platform/context.ts'
import type { Tx } from '#platform/database/database.ts'
import type { AccessTokens } from '../sessions/access-tokens.ts'
import { type Grant, asSystem, signedInThemselves } from '../sessions/service.ts'
import type { CommonsTables } from '../tables.ts'
import type { Engine, FlowCall, FlowOutcome } from './engine.ts'
import { PasswordUnset, SignInAgain, WrongPassword, problemOf, refusalOf } from './problems.ts'
import { commons, holdAddress, holdFlows, holderBy, useOnce } from './queries.ts'
import { verifyPassword } from './password.ts'
import { limited } from '#platform/limits/limited.ts'
import { MINUTE_MS } from '#kernel/clock.ts'

/** What the use-cases of accounts stand on, beside their context. */
export interface Accounts {
  readonly engine: Engine
  readonly tokens: AccessTokens
}

/** How long a sign-in counts as proof of who somebody is, for who has no password to ask for. */
const FRESH_MS = 10 * MINUTE_MS

/**
 * Goes through a flow and does what follows from it, all in one transaction. What the library counted stays counted when
 * the flow fails. A problem that `after` throws undoes everything; one that `before` throws leaves it undone.
 */
export async function throughFlow<R>(
  ctx: Ctx,
  { engine }: Accounts,
  call: FlowCall,
  after: (tx: Tx<CommonsTables>, outcome: FlowOutcome) => Promise<R>,
  before: (tx: Tx<CommonsTables>) => Promise<void> = async () => undefined,
): Promise<R> {
  if (call.provider === undefined) await engine.load(ctx.publicUrl)
  const ended = await commons.write(asSystem(ctx), async (tx) => {
    if (call.address !== undefined) await holdAddress(tx, call.address)
    if (call.holder !== undefined) await holdFlows(tx, call.holder.userId)
    await before(tx)
    const outcome = await engine.call(ctx.publicUrl, tx, call)
    return outcome.code === null ? { result: await after(tx, outcome) } : { failed: outcome.code }
  })
  if ('failed' in ended) throw call.exchange === undefined ? problemOf(ended.failed) : refusalOf(ended.failed)
  return ended.result
}

/** A code of an authenticator app is taken within 30 s on both sides of its own 30. */
const CODE_KEPT_MS = 2 * MINUTE_MS

/** Notes that a code of somebody's app was used. Returns false when it had been: each is for one use. */
export function useCode(tx: Tx<CommonsTables>, userId: string, code: string): Promise<boolean> {
  return useOnce(tx, `code-used:${userId}:${code}`, CODE_KEPT_MS)
}

/** What is answered to who has signed in by a program. */
export async function tokensOf(ctx: Ctx, { tokens }: Accounts, userId: string, grant: Grant & { kind: 'token' }) {
  const { sessionId, refreshToken } = grant
  const { accessToken, expiresAt } = await tokens.issue({ userId, sessionId }, ctx.clock.now())
  return { accessToken, expiresAt: expiresAt.toISOString(), refreshToken }
}

/** Somebody who is signed in, as a flow and its mails need them. */
export type PresentHolder = Awaited<ReturnType<typeof holderOf>>

/** @throws SessionNeeded */
export async function holderOf(ctx: Ctx) {
  const { credentialId } = signedInThemselves(ctx)
  const [holder] = await commons.one(asSystem(ctx), (db) => holderBy(db, credentialId))
  if (holder === undefined) throw new Error('a session that was just used is gone')
  return holder
}

/**
 * Makes sure that it is the person who asks: by their password, or, where they have none, by a sign-in that is fresh.
 * Guesses count like guesses at the door. What it returns spares the flow the same work.
 * @throws WrongPassword, SignInAgain, PasswordUnset, TooManyRequests
 */
export async function proveAgain(
  ctx: Ctx,
  holder: PresentHolder,
  password: string | undefined,
): Promise<Pick<FlowCall, 'proved'>> {
  const { passwordHash, authenticatedAt, userId } = holder
  if (passwordHash === null) {
    if (password !== undefined) throw PasswordUnset()
    if (ctx.clock.now().getTime() - authenticatedAt.getTime() > FRESH_MS) throw SignInAgain()
    return {}
  }
  if (password === undefined) throw WrongPassword({ detail: 'The password is needed for this.' })
  const counted = await limited(ctx, { 'sign-in-from': `again ${userId}` })
  if (!(await verifyPassword(password, passwordHash))) throw WrongPassword()
  await counted.giveBack()
  return { proved: { password, hash: passwordHash } }
}
