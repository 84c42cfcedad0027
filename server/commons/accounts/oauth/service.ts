import { SECOND_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import { systemScope } from '#platform/database/scope.ts'
import { record } from '../../audit/service.ts'
import { asSystem, signedInThemselves } from '../../sessions/service.ts'
import type { CommonsTables } from '../../tables.ts'
import { type Accounts, holderOf, proveAgain, throughFlow } from '../accounts.ts'
import { personRegistered, providerAdded, providerRemoved } from '../audited.ts'
import type { FlowCall, FlowOutcome } from '../engine.ts'
import type { Exchange } from '../flow.ts'
import { sendLetters, tellSecondFactor } from '../letters.ts'
import { LastWayIn, ProviderNotFound, ProviderUnreachable, WayNotFound, refusalOf } from '../problems.ts'
import { commons, holdFlows, personById } from '../queries.ts'
import { type Entry, enterBy } from '../sign-in.ts'
import type { ProviderId } from './provider.ts'
import { removeWay, waysOf } from './queries.ts'

/** How long a provider may take to describe itself, or to say who somebody is. */
const PATIENCE_MS = 15 * SECOND_MS

/** Where somebody is sent, and what their browser keeps until they come back. */
interface Departure {
  readonly authorizationUrl: string
  readonly state: string
}

/** What a provider sends people back with (RFC 6749 §4.1.2, RFC 9207, and Apple's name). */
export interface ComingBack {
  readonly code?: string
  readonly state?: string
  readonly error?: string
  readonly iss?: string
  readonly user?: string
}

/** The providers that the operator has set up. */
export function listProviders({ engine }: Accounts) {
  return { items: engine.providers.map(({ id, name }) => ({ provider: id, name })), nextCursor: null }
}

/** Begins a sign-in by a provider. @throws ProviderNotFound, ProviderUnreachable */
export async function beginByProvider(ctx: Ctx, accounts: Accounts, provider: ProviderId): Promise<Departure> {
  await reach(ctx, accounts, provider)
  return throughFlow(ctx, accounts, departing(ctx, '/sign-in/social', provider), async (_tx, outcome) =>
    leaving(outcome),
  )
}

/**
 * Begins to make a provider a way into one's account.
 * @throws ProviderNotFound, ProviderUnreachable, WrongPassword, SignInAgain, PasswordUnset
 */
export async function beginLink(
  ctx: Ctx,
  accounts: Accounts,
  provider: ProviderId,
  password: string | undefined,
): Promise<Departure> {
  const holder = await holderOf(ctx)
  await proveAgain(ctx, holder, password)
  await reach(ctx, accounts, provider)
  const call = { ...departing(ctx, '/link-social', provider), holder }
  return throughFlow(ctx, accounts, call, async (_tx, outcome) => leaving(outcome))
}

// Only the library reads where it leads to: whoever called it knows better.
const departing = ({ publicUrl }: Ctx, path: string, provider: ProviderId): FlowCall => ({
  ...{ method: 'POST', path, provider },
  body: { provider, callbackURL: `${publicUrl}/account`, disableRedirect: true },
})

function leaving({ body, state }: FlowOutcome): Departure {
  const { url: authorizationUrl } = body
  if (typeof authorizationUrl !== 'string' || state === null) throw new Error('a flow sends nobody to a provider')
  return { authorizationUrl, state }
}

/**
 * Lets in who comes back from a provider: an account that is theirs, or a new one. One of the same address becomes theirs
 * only where both the provider and we know that the address is. Null: they were in already, and have another way now.
 * @throws ProviderNotFound, ProviderUnreachable, ProviderCancelled, ProviderRefused, ProviderStateLost, AddressUnvouched,
 * AccountNotLinked, OtherAddress, LinkedElsewhere, Banned
 */
export async function comeBack(
  ctx: Ctx,
  accounts: Accounts,
  provider: ProviderId,
  given: { readonly query: ComingBack; readonly state: string | null },
): Promise<Entry | null> {
  await reach(ctx, accounts, provider)
  const exchange: Exchange = { isRehearsal: true, isAway: false, told: undefined }
  const { state, query } = given
  const call: FlowCall = {
    ...{ method: 'GET', path: `/callback/${provider}`, query: { ...query }, provider, exchange },
    ...(state === null ? {} : { state }),
  }
  const statements = ctx.database.statements<CommonsTables>(systemScope)
  const { code } = await inTime(accounts.engine.call(ctx.publicUrl, statements, call))
  if (exchange.isAway) throw away()
  if (exchange.told === undefined || exchange.told === null) throw refusalOf(code ?? 'nothing_told')
  exchange.isRehearsal = false
  const { email } = exchange.told.user
  const counting = { ...call, ...(typeof email === 'string' ? { address: email } : {}) }
  return throughFlow(ctx, accounts, counting, async (tx, outcome) => {
    const { madeUserId, widenedUserId } = outcome
    await sendLetters(tx, ctx, outcome.letters)
    if (madeUserId !== null) {
      await record(tx, ctx, personRegistered, { of: madeUserId, targetId: madeUserId, by: { userId: madeUserId } })
    }
    if (widenedUserId !== null) {
      const by = { userId: widenedUserId }
      await record(tx, ctx, providerAdded, { of: widenedUserId, targetId: widenedUserId, by, after: { provider } })
      const person = await personById(tx, widenedUserId).executeTakeFirstOrThrow()
      if (madeUserId === null) await tellSecondFactor(tx, ctx, { userId: widenedUserId, ...person }, 'provider')
    }
    const isIn = outcome.challenge === null && outcome.signedInUserId === null
    return isIn ? null : enterBy(tx, ctx, 'oauth', outcome, 'cookie')
  })
}

/** The providers by which one comes in. */
export async function listLinked(ctx: Ctx) {
  const { userId } = signedInThemselves(ctx)
  const rows = await commons.one(asSystem(ctx), (db) => waysOf(db, userId))
  const items = rows.map(({ providerId, createdAt }) => ({ provider: providerId, createdAt: createdAt.toISOString() }))
  return { items, nextCursor: null }
}

/** Takes a provider from one's ways in. @throws WayNotFound, LastWayIn, WrongPassword, SignInAgain, PasswordUnset */
export async function unlink(ctx: Ctx, provider: ProviderId, password: string | undefined): Promise<void> {
  const holder = await holderOf(ctx)
  await proveAgain(ctx, holder, password)
  const { userId } = holder
  const found = await commons.write(asSystem(ctx), async (tx) => {
    await holdFlows(tx, userId)
    const removed = await removeWay(tx, userId, provider)
    if (removed !== 'removed') return removed
    await record(tx, ctx, providerRemoved, { of: userId, targetId: userId, before: { provider } })
    await tellSecondFactor(tx, ctx, holder, 'provider-removed')
    return removed
  })
  if (found === 'none') throw WayNotFound()
  if (found === 'last') throw LastWayIn()
}

async function reach({ publicUrl, clock }: Ctx, { engine }: Accounts, provider: ProviderId): Promise<void> {
  if (!engine.providers.some(({ id }) => id === provider)) throw ProviderNotFound()
  if (!(await inTime(engine.reach(publicUrl, provider, clock.now())))) throw away()
}

const away = (): Error => ProviderUnreachable({ headers: { 'Retry-After': '60' } })

/** @throws ProviderUnreachable when it takes too long; nothing is written by then, and nothing will be. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(away()), PATIENCE_MS)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
