import type { Ctx } from '#platform/context.ts'
import { record } from '../audit/service.ts'
import { asSystem, signedIn } from '../sessions/service.ts'
import { type Accounts, holderOf, proveAgain, throughFlow } from './accounts.ts'
import { passkeyAdded, passkeyRemoved } from './audited.ts'
import type { FlowOutcome } from './engine.ts'
import { tellSecondFactor } from './letters.ts'
import { LastWayIn, PasskeyNotFound } from './problems.ts'
import { commons, holdFlows, passkeysOf, removePasskeyRow } from './queries.ts'
import { type Entry, type Hold, enterBy } from './sign-in.ts'

function begun({ body, ceremony }: FlowOutcome) {
  if (ceremony === null) throw new Error('the ceremony of a passkey did not begin')
  return { ceremony, options: body }
}

/** Begins to add a passkey. @throws WrongPassword, SignInAgain */
export async function beginPasskey(ctx: Ctx, accounts: Accounts, password: string | undefined) {
  const holder = await holderOf(ctx)
  await proveAgain(ctx, holder, password)
  const query = { name: holder.email }
  const call = { method: 'GET', path: '/passkey/generate-register-options', query, holder } as const
  return throughFlow(ctx, accounts, call, async (_tx, outcome) => begun(outcome))
}

/** Adds the passkey that the authenticator made. @throws CeremonyExpired, PasskeyRefused */
export async function addPasskey(
  ctx: Ctx,
  accounts: Accounts,
  given: { readonly ceremony: string; readonly name: string; readonly response: object },
) {
  const holder = await holderOf(ctx)
  const { ceremony, name, response } = given
  const call = {
    method: 'POST',
    path: '/passkey/verify-registration',
    body: { name, response },
    holder,
    ceremony,
  } as const
  return throughFlow(ctx, accounts, call, async (tx, { body }) => {
    const { id } = body as { id: string }
    await record(tx, ctx, passkeyAdded, { of: holder.userId, targetId: id })
    await tellSecondFactor(tx, ctx, holder, 'passkey')
    const rows = await passkeysOf(tx, holder.userId).execute()
    const added = rows.find((row) => row.id === id)
    if (added === undefined) throw new Error('a passkey that was just added is not there')
    return shown(added)
  })
}

interface PasskeyRow {
  readonly id: string
  readonly name: string | null
  readonly backedUp: boolean
  readonly createdAt: Date
}

function shown({ id, name, backedUp: isSynced, createdAt }: PasskeyRow) {
  return { id, name, isSynced, createdAt: createdAt.toISOString() }
}

export async function listPasskeys(ctx: Ctx) {
  const { userId } = signedIn(ctx)
  const rows = await commons.one(asSystem(ctx), (db) => passkeysOf(db, userId))
  return { items: rows.map(shown), nextCursor: null }
}

/** @throws PasskeyNotFound, LastWayIn, WrongPassword, PasswordUnset, SignInAgain */
export async function removePasskey(ctx: Ctx, passkeyId: string, password: string | undefined): Promise<void> {
  const holder = await holderOf(ctx)
  await proveAgain(ctx, holder, password)
  const found = await commons.write(asSystem(ctx), async (tx) => {
    await holdFlows(tx, holder.userId)
    const removed = await removePasskeyRow(tx, holder.userId, passkeyId)
    if (removed !== 'removed') return removed
    await record(tx, ctx, passkeyRemoved, { of: holder.userId, targetId: passkeyId })
    await tellSecondFactor(tx, ctx, holder, 'passkey-removed')
    return removed
  })
  if (found === 'none') throw PasskeyNotFound()
  if (found === 'last') throw LastWayIn()
}

/** Begins a sign-in by passkey: whose it is the authenticator says. */
export async function beginPasskeyLogin(ctx: Ctx, accounts: Accounts) {
  const call = { method: 'GET', path: '/passkey/generate-authenticate-options' } as const
  return throughFlow(ctx, accounts, call, async (_tx, outcome) => begun(outcome))
}

/** @throws CeremonyExpired, PasskeyRefused, Banned */
export async function loginByPasskey(
  ctx: Ctx,
  accounts: Accounts,
  given: { readonly ceremony: string; readonly response: object; readonly hold: Hold },
): Promise<Entry> {
  const { ceremony, response, hold } = given
  const call = { method: 'POST', path: '/passkey/verify-authentication', body: { response }, ceremony } as const
  return throughFlow(ctx, accounts, call, (tx, outcome) => enterBy(tx, ctx, 'passkey', outcome, hold))
}
