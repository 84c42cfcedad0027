import { decodeJwt } from 'jose'
import { hashOf } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import type { Tx } from '#platform/database/database.ts'
import { InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { limited } from '#platform/limits/limited.ts'
import { isMailAddress } from '#platform/mail/address.ts'
import { record } from '../audit/service.ts'
import { asSystem, endBegun, endSessions } from '../sessions/service.ts'
import type { CommonsTables } from '../tables.ts'
import { type Accounts, holderOf, proveAgain, throughFlow } from './accounts.ts'
import { emailChanged, emailVerified, passwordChanged, passwordReset, personRegistered } from './audited.ts'
import { refuseGuessable } from './guessable.ts'
import { mailJob } from './jobs.ts'
import type { FlowCall, FlowOutcome } from './engine.ts'
import { VERIFY_EMAIL_MS } from './terms.ts'
import { sendLetters, tellEmailChanged, tellPasswordChanged } from './letters.ts'
import { hashPassword } from './password.ts'
import { LinkExpired, RedirectRefused, SameEmail } from './problems.ts'
import { commons, isTaken, noteBegun, personById, setDisplayName, takeBegun } from './queries.ts'

/**
 * Makes an account that can be used once its address is confirmed. Answers alike when the address has one already: the
 * mail tells whose it is.
 * @throws InvalidInput, GuessablePassword, TooManyRequests, Unavailable
 */
export async function register(
  ctx: Ctx,
  accounts: Accounts,
  given: { readonly email: string; readonly password: string; readonly displayName: string },
): Promise<void> {
  const { email, password, displayName: name } = given
  refuseUnmailable(email, '/email')
  refuseGuessable(password, { publicUrl: ctx.publicUrl, email, displayName: name })
  await limited(ctx, { 'mail-to': email.toLowerCase() })
  const hashed = { password, hash: await hashPassword(password) }
  const body = { email, password, name }
  const call = { method: 'POST', path: '/sign-up/email', body, hashed, address: email } as const
  await throughFlow(ctx, accounts, call, async (tx, { letters }) => {
    await sendLetters(tx, ctx, letters)
    const userId = letters.find(({ kind }) => kind === 'verify-email')?.userId
    if (userId !== undefined) await record(tx, ctx, personRegistered, { of: userId, targetId: userId, by: { userId } })
  })
}

/** Under which it is remembered who moves by this token. */
const moveId = (token: string): string => `move:${hashOf(token).toString('base64url')}`

/** Where the account moves by a token, and from where; null for one by which none moves. Nothing of it is proved yet. */
function moveBy(token: string): { readonly from: string; readonly to: string } | null {
  try {
    const { email: from, updateTo: to } = decodeJwt<{ email?: unknown; updateTo?: unknown }>(token)
    return typeof from === 'string' && typeof to === 'string' ? { from, to } : null
  } catch {
    // What is no token the library refuses.
    return null
  }
}

/** Confirms an address, a new one or one that the account moves to. @throws LinkExpired */
export async function verifyEmail(ctx: Ctx, accounts: Accounts, token: string): Promise<void> {
  const call = { method: 'GET', path: '/verify-email', query: { token } } as const
  const move = moveBy(token)
  if (move === null) {
    await throughFlow(ctx, accounts, call, async (tx, { verifiedUserId: userId }) => {
      if (userId !== null) await record(tx, ctx, emailVerified, { of: userId, targetId: userId, by: { userId } })
    })
  } else await moveTo(ctx, accounts, { ...call, address: move.to }, { ...move, token })
}

/**
 * Moves an account, once by a token, and not when the person's sessions were ended since it was sent: whoever asked for it
 * may have been who was shut out.
 * @throws LinkExpired also when somebody has taken the address meanwhile
 */
async function moveTo(
  ctx: Ctx,
  accounts: Accounts,
  call: FlowCall,
  { token, from, to }: { readonly token: string; readonly from: string; readonly to: string },
): Promise<void> {
  const requireFree = async (tx: Tx<CommonsTables>): Promise<void> => {
    if (await isTaken(tx, to)) throw LinkExpired()
  }
  const after = async (tx: Tx<CommonsTables>, { body }: FlowOutcome): Promise<void> => {
    const { id: userId, name: displayName, email } = body['user'] as { id: string; name: string; email: string }
    if ((await takeBegun(tx, moveId(token))) !== userId) throw LinkExpired()
    await endBegun(tx, userId)
    const by = { userId }
    const fields = { before: { email: from }, after: { email } }
    await record(tx, ctx, emailChanged, { of: userId, targetId: userId, by, ...fields })
    await record(tx, ctx, emailVerified, { of: userId, targetId: userId, by })
    await tellEmailChanged(tx, ctx, { userId, email: from, displayName }, email)
  }
  await throughFlow(ctx, accounts, call, after, requireFree)
}

/** What looks like an address may still be none that mails can be sent to. @throws InvalidInput */
function refuseUnmailable(email: string, pointer: string): void {
  if (isMailAddress(email)) return
  throw InvalidInput({ errors: [{ pointer, detail: 'must be an address that mails can be sent to' }] })
}

/**
 * What is mailed to an address is found out later, by a job: the answer takes as long whether there is an account or not.
 * `redirectTo`: the page of ours that a new password leads to.
 * @throws InvalidInput, RedirectRefused
 */
export async function askForMail(
  ctx: Ctx,
  kind: 'reset-password' | 'verify-email',
  given: { readonly email: string; readonly redirectTo?: string },
): Promise<void> {
  const more = given.redirectTo === undefined ? {} : { redirectTo: ownPage(ctx.publicUrl, given.redirectTo) }
  refuseUnmailable(given.email, '/email')
  const email = given.email.toLowerCase()
  await limited(ctx, { 'mail-to': email })
  await commons.write(asSystem(ctx), (tx) => enqueue(tx, mailJob, { kind, email, ...more }))
}

/**
 * Sets a new password by a link from a mail. Every session ends: whoever was in is out.
 * @throws LinkExpired, GuessablePassword
 */
export async function resetPassword(ctx: Ctx, accounts: Accounts, token: string, newPassword: string): Promise<void> {
  refuseGuessable(newPassword, null)
  const hashed = { password: newPassword, hash: await hashPassword(newPassword) }
  const call = { method: 'POST', path: '/reset-password', body: { token, newPassword }, hashed } as const
  await throughFlow(ctx, accounts, call, async (tx, { endedForUserId: userId }) => {
    if (userId === null) throw new Error('a reset of a password ended no sessions')
    const person = await personById(tx, userId).executeTakeFirstOrThrow()
    refuseGuessable(newPassword, { publicUrl: ctx.publicUrl, ...person })
    await endSessions(tx, userId, null, 'password-changed')
    await record(tx, ctx, passwordReset, { of: userId, targetId: userId, by: { userId } })
    await tellPasswordChanged(tx, ctx, { userId, ...person })
  })
}

/**
 * Changes the password of who is signed in; all other sessions end.
 * @throws WrongPassword, PasswordUnset, GuessablePassword
 */
export async function changePassword(
  ctx: Ctx,
  accounts: Accounts,
  given: { readonly currentPassword: string; readonly newPassword: string },
): Promise<void> {
  const { currentPassword, newPassword } = given
  const holder = await holderOf(ctx)
  const proved = await proveAgain(ctx, holder, currentPassword)
  refuseGuessable(newPassword, { publicUrl: ctx.publicUrl, ...holder })
  const hashed = { password: newPassword, hash: await hashPassword(newPassword) }
  const call = { method: 'POST', path: '/change-password', body: given, holder, hashed, ...proved } as const
  await throughFlow(ctx, accounts, call, async (tx) => {
    await endSessions(tx, holder.userId, holder.sessionId, 'password-changed')
    await record(tx, ctx, passwordChanged, { of: holder.userId, targetId: holder.userId })
    await tellPasswordChanged(tx, ctx, holder)
  })
}

/**
 * Asks to move the account to another address: a mail goes there, and whoever follows its link moves it.
 * Answers alike when that address has an account.
 * @throws WrongPassword, SignInAgain, SameEmail
 */
export async function changeEmail(
  ctx: Ctx,
  accounts: Accounts,
  given: { readonly newEmail: string; readonly password?: string },
): Promise<void> {
  const holder = await holderOf(ctx)
  await proveAgain(ctx, holder, given.password)
  const newEmail = given.newEmail.toLowerCase()
  refuseUnmailable(newEmail, '/newEmail')
  if (newEmail === holder.email) throw SameEmail()
  await limited(ctx, { 'mail-to': newEmail })
  const call = { method: 'POST', path: '/change-email', body: { newEmail }, holder } as const
  await throughFlow(ctx, accounts, call, async (tx, { letters }) => {
    for (const { token } of letters)
      if (token !== null) await noteBegun(tx, moveId(token), holder.userId, VERIFY_EMAIL_MS)
    await sendLetters(tx, ctx, letters)
  })
}

/** Who asks, and what they may. */
export async function me(ctx: Ctx) {
  const { actor } = ctx
  if (actor.kind !== 'user') throw Unauthenticated()
  const { userId, workspaceId, permissions, role = '' } = actor
  const [person] = await commons.one(asSystem(ctx), (db) => personById(db, userId))
  if (person === undefined) throw Unauthenticated()
  const createdAt = person.createdAt.toISOString()
  return { ...person, createdAt, workspaceId, role, permissions: [...permissions].toSorted() }
}

export async function changeMe(ctx: Ctx, given: { readonly displayName?: string }) {
  const { actor } = ctx
  if (actor.kind !== 'user') throw Unauthenticated()
  const { displayName } = given
  if (displayName !== undefined)
    await commons.write(asSystem(ctx), (tx) => setDisplayName(tx, actor.userId, displayName))
  return me(ctx)
}

/** As long as what leads there may be; escaped in the link of a mail it takes three times as much. */
const PAGE_MAX = 1000

/** A page of ours as a path, with query and fragment. People are led to nobody else's. @throws RedirectRefused, InvalidInput */
export function ownPage(publicUrl: string, redirectTo: string): string {
  const page = ownPageOrNone(publicUrl, redirectTo)
  if (page === null) throw RedirectRefused()
  if (page.length > PAGE_MAX)
    throw InvalidInput({ errors: [{ pointer: '/redirectTo', detail: `must be shorter than ${PAGE_MAX} characters` }] })
  return page
}

/** The same; null for a page of somebody else, however a browser may read it. */
export function ownPageOrNone(publicUrl: string, redirectTo: string): string | null {
  const target = URL.parse(redirectTo, publicUrl)
  const isPath = /^\/(?![/\\])/.test(redirectTo)
  const isWhole = redirectTo.startsWith(`${publicUrl}/`)
  const hasTricks = /[\\\p{Cc}]/u.test(redirectTo)
  if (hasTricks || !(isPath || isWhole) || target?.origin !== new URL(publicUrl).origin) return null
  const page = `${target.pathname}${target.search}${target.hash}`
  // A path such as `/.//other` names another host once it stands by itself.
  return page.startsWith('//') ? null : page
}
