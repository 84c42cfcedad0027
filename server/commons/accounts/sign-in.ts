import { hashOf } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import type { Tx } from '#platform/database/database.ts'
import { systemScope } from '#platform/database/scope.ts'
import { bucketOf } from '#platform/http/client-address.ts'
import { limited } from '#platform/limits/limited.ts'
import { circumstancesBefore, record } from '../audit/service.ts'
import { type Grant, asSystem, endReplaced, startSession } from '../sessions/service.ts'
import type { CommonsTables } from '../tables.ts'
import { type Accounts, throughFlow, useCode } from './accounts.ts'
import { backupCodeUsed, signedIn } from './audited.ts'
import { isKnown } from './device.ts'
import type { FlowOutcome } from './engine.ts'
import { CHALLENGE_MS } from './terms.ts'
import { tellNewSignIn } from './letters.ts'
import { WrongCode, WrongCredentials, problemOf } from './problems.ts'
import { commons, holdPassword, noteBegun, personById, takeBegun } from './queries.ts'

export type Hold = 'token' | 'cookie'
export type Way = 'password' | 'oauth' | 'passkey'

/** Where a way in leads: to a session, or to the question for the second factor. */
export type Entry = Entered | { readonly kind: 'challenge'; readonly challenge: string }

/** Somebody who is in. */
export interface Entered {
  readonly kind: 'session'
  readonly userId: string
  readonly grant: Grant
}

/**
 * Signs in by password. The password is verified outside of any transaction: a connection would wait for a processor.
 * @throws WrongCredentials alike for a wrong password and for an address that nobody has
 * @throws EmailNotVerified, Banned, TooManyRequests, Unavailable
 */
export async function login(
  ctx: Ctx,
  { engine }: Accounts,
  given: { readonly email: string; readonly password: string; readonly hold: Hold },
): Promise<Entry> {
  const email = given.email.toLowerCase()
  const counted = await limited(ctx, {
    'sign-in': email,
    'sign-in-from': `${email} ${bucketAround(ctx)}`,
  })
  const outcome = await engine.call(ctx.publicUrl, ctx.database.statements<CommonsTables>(systemScope), {
    ...{ method: 'POST', path: '/sign-in/email', body: { email, password: given.password } },
  })
  if (outcome.code !== null) throw problemOf(outcome.code)
  await counted.giveBack()
  return commons.write(asSystem(ctx), async (tx) => {
    const entry = await entryBy(tx, ctx, outcome, given.hold)
    await refuseFormerPassword(tx, email, outcome)
    return entry
  })
}

async function entryBy(tx: Tx<CommonsTables>, ctx: Ctx, outcome: FlowOutcome, hold: Hold): Promise<Entry> {
  const { challenge, signedInUserId: userId } = outcome
  if (challenge !== null) return { kind: 'challenge', challenge }
  if (userId === null) throw new Error('a sign-in led nowhere')
  const grant = await enter(tx, ctx, { userId, hold, method: 'password', secondFactor: 'not-asked' })
  return { kind: 'session', userId, grant }
}

/**
 * A password waits for a processor before it is verified, and may be replaced meanwhile: then it lets nobody in. Whoever
 * replaces it after this waits for the end of the transaction, and ends the session that it began.
 */
async function refuseFormerPassword(
  tx: Tx<CommonsTables>,
  email: string,
  { verifiedHash }: FlowOutcome,
): Promise<void> {
  if (verifiedHash === null || !(await holdPassword(tx, email, verifiedHash))) throw WrongCredentials()
}

// A household of IPv6 has more addresses than there are guesses: its network counts.
function bucketAround({ origin }: Ctx): string {
  const address = origin?.address ?? null
  return address === null ? '' : bucketOf(address)
}

/** So many sign-ins back somebody's devices and networks are remembered. */
const REMEMBERED = 100

/**
 * A session for who has proved everything that was asked, and a line in their log. Where they come as they never came
 * before, a mail tells them; the first time it does not.
 * @throws Banned
 */
export async function enter(
  tx: Tx<CommonsTables>,
  ctx: Ctx,
  wish: {
    readonly userId: string
    readonly hold: Hold
    readonly method: Way
    readonly secondFactor: 'given' | 'not-asked'
  },
): Promise<Grant> {
  const { userId, hold: kind, method, secondFactor } = wish
  if (kind === 'cookie') await endReplaced(tx, ctx)
  const grant = await startSession(tx, ctx, { userId, kind, method, secondFactor })
  const { address = null, userAgent = null } = ctx.origin ?? {}
  const before = await circumstancesBefore(tx, userId, signedIn, REMEMBERED)
  if (!isKnown(before, { address, userAgent })) {
    const person = await personById(tx, userId).executeTakeFirstOrThrow()
    await tellNewSignIn(tx, ctx, { userId, ...person })
  }
  await record(tx, ctx, signedIn, {
    ...{ of: userId, targetId: userId, by: { userId } },
    after: { method, secondFactor: secondFactor === 'given' },
  })
  return grant
}

const wayId = (challenge: string): string => `way:${hashOf(challenge).toString('base64url')}`

const wayFrom = (kept: string | undefined): Way => (kept === 'passkey' || kept === 'oauth' ? kept : 'password')

/**
 * Where a way in other than the password leads. It is the same everywhere: who has a second factor is asked for it.
 * @throws Banned
 */
export async function enterBy(
  tx: Tx<CommonsTables>,
  ctx: Ctx,
  way: Way,
  { challenge, signedInUserId: userId }: FlowOutcome,
  hold: Hold,
): Promise<Entry> {
  if (challenge !== null) {
    await noteBegun(tx, wayId(challenge), way, CHALLENGE_MS)
    return { kind: 'challenge', challenge }
  }
  if (userId === null) throw new Error(`a sign-in by ${way} led nowhere`)
  return {
    kind: 'session',
    userId,
    grant: await enter(tx, ctx, { userId, hold, method: way, secondFactor: 'not-asked' }),
  }
}

/** What proves the second factor. */
export type SecondProof = { readonly code: string } | { readonly backupCode: string }

/**
 * Signs in who has given the first factor. A code is good for one sign-in, a backup code for one for ever; of two at once
 * one gets in.
 * @throws WrongCode, ChallengeExpired, SecondFactorLocked, Banned, TooManyRequests
 */
export async function giveSecondFactor(
  ctx: Ctx,
  accounts: Accounts,
  given: { readonly challenge: string; readonly proof: SecondProof; readonly hold: Hold },
): Promise<Entered> {
  const { challenge, proof, hold } = given
  const counted = await limited(ctx, { 'second-factor': challenge })
  const [path, code] =
    'code' in proof ? ['/two-factor/verify-totp', proof.code] : ['/two-factor/verify-backup-code', proof.backupCode]
  const call = { method: 'POST', path, body: { code }, challenge } as const
  const entry = await throughFlow(ctx, accounts, call, async (tx, { signedInUserId: userId }): Promise<Entered> => {
    if (userId === null) throw new Error('a second factor led nowhere')
    if ('code' in proof && !(await useCode(tx, userId, code)))
      throw WrongCode({ detail: 'The code was used already: wait for the next one.' })
    if ('backupCode' in proof) await record(tx, ctx, backupCodeUsed, { of: userId, targetId: userId, by: { userId } })
    const method = wayFrom(await takeBegun(tx, wayId(challenge)))
    const grant = await enter(tx, ctx, { userId, hold, method, secondFactor: 'given' })
    return { kind: 'session', userId, grant }
  })
  await counted.giveBack()
  return entry
}
