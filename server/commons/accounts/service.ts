import { decodeJwt } from 'jose'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput, Unauthenticated } from '#platform/http/problems.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { limited } from '#platform/limits/limited.ts'
import { isMailAddress } from '#platform/mail/address.ts'
import { record } from '../audit/service.ts'
import { asSystem, endSessions } from '../sessions/service.ts'
import { type Accounts, holderOf, proveAgain, throughFlow } from './accounts.ts'
import { emailChanged, emailVerified, passwordChanged, passwordReset, personRegistered } from './audited.ts'
import { refuseGuessable } from './guessable.ts'
import { mailJob } from './jobs.ts'
import { sendLetters, tellEmailChanged, tellPasswordChanged } from './letters.ts'
import { hashPassword } from './password.ts'
import { RedirectRefused, SameEmail } from './problems.ts'
import { commons, personById, setDisplayName } from './queries.ts'

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
  const call = { method: 'POST', path: '/sign-up/email', body: { email, password, name }, hashed } as const
  await throughFlow(ctx, accounts, call, async (tx, { letters }) => {
    await sendLetters(tx, ctx, letters)
    const userId = letters.find(({ kind }) => kind === 'verify-email')?.userId
    if (userId !== undefined) await record(tx, ctx, personRegistered, { of: userId, targetId: userId, by: { userId } })
  })
}

/** Confirms an address, a new one or one that the account moves to. @throws LinkExpired */
export async function verifyEmail(ctx: Ctx, accounts: Accounts, token: string): Promise<void> {
  const call = { method: 'GET', path: '/verify-email', query: { token } } as const
  await throughFlow(ctx, accounts, call, async (tx, { body, verifiedUserId: userId }) => {
    if (userId === null) return
    const whose = { of: userId, targetId: userId, by: { userId } }
    const { email: before, updateTo } = decodeJwt<{ email: string; updateTo?: string }>(token)
    const moved = body['user'] as { name: string; email: string } | null
    if (updateTo !== undefined && moved !== null) {
      const { name: displayName, email } = moved
      await record(tx, ctx, emailChanged, { ...whose, before: { email: before }, after: { email } })
      await tellEmailChanged(tx, ctx, { userId, email: before, displayName }, email)
    }
    await record(tx, ctx, emailVerified, whose)
  })
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
  await throughFlow(ctx, accounts, call, (tx, { letters }) => sendLetters(tx, ctx, letters))
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
  const displayName = given.displayName?.trim()
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
