import type { Ctx } from '#platform/context.ts'
import { limited } from '#platform/limits/limited.ts'
import { record } from '../audit/service.ts'
import { type Accounts, type PresentHolder, holderOf, proveAgain, throughFlow, useCode } from './accounts.ts'
import { backupCodesMade, secondFactorRemoved, secondFactorSet } from './audited.ts'
import { tellSecondFactor } from './letters.ts'
import { qrCodeOf } from './qr-code.ts'
import { SecondFactorSet, SecondFactorUnset, WrongCode } from './problems.ts'

/** Passwords are proved by `proveAgain`; the library asks for them once more where there are any. */
const withPassword = (password: string | undefined) => (password === undefined ? {} : { password })

const about = ({ userId }: PresentHolder) => ({ of: userId, targetId: userId })

/**
 * Begins to set up an authenticator app. Nothing is asked for at sign-in before a code of it was confirmed.
 * @throws SecondFactorSet, WrongPassword, SignInAgain
 */
export async function beginSecondFactor(ctx: Ctx, accounts: Accounts, password: string | undefined) {
  const holder = await holderOf(ctx)
  const proved = await proveAgain(ctx, holder, password)
  if (holder.twoFactorEnabled) throw SecondFactorSet()
  const call = { method: 'POST', path: '/two-factor/enable', body: withPassword(password), holder, ...proved } as const
  return throughFlow(ctx, accounts, call, async (_tx, { body }) => {
    const { totpURI, backupCodes } = body as { totpURI: string; backupCodes: string[] }
    return { totpUri: totpURI, qrCode: qrCodeOf(totpURI), backupCodes }
  })
}

/** Confirms the app by a code of it; from now on every way in asks for one. @throws WrongCode, SecondFactorUnset */
export async function confirmSecondFactor(ctx: Ctx, accounts: Accounts, code: string): Promise<void> {
  const holder = await holderOf(ctx)
  if (holder.twoFactorEnabled) throw SecondFactorSet()
  const counted = await limited(ctx, { 'second-factor': `confirm ${holder.userId}` })
  const call = { method: 'POST', path: '/two-factor/verify-totp', body: { code }, holder } as const
  await throughFlow(ctx, accounts, call, async (tx) => {
    if (!(await useCode(tx, holder.userId, code))) throw WrongCode()
    await record(tx, ctx, secondFactorSet, about(holder))
    await tellSecondFactor(tx, ctx, holder, 'on')
  })
  await counted.giveBack()
}

/** @throws SecondFactorUnset, WrongPassword, SignInAgain */
export async function removeSecondFactor(ctx: Ctx, accounts: Accounts, password: string | undefined): Promise<void> {
  const holder = await holderOf(ctx)
  const proved = await proveAgain(ctx, holder, password)
  if (!holder.twoFactorEnabled) throw SecondFactorUnset()
  const call = { method: 'POST', path: '/two-factor/disable', body: withPassword(password), holder, ...proved } as const
  await throughFlow(ctx, accounts, call, async (tx) => {
    await record(tx, ctx, secondFactorRemoved, about(holder))
    await tellSecondFactor(tx, ctx, holder, 'off')
  })
}

/** New backup codes; the old ones work no more. @throws SecondFactorUnset, WrongPassword, SignInAgain */
export async function makeBackupCodes(ctx: Ctx, accounts: Accounts, password: string | undefined) {
  const holder = await holderOf(ctx)
  const proved = await proveAgain(ctx, holder, password)
  if (!holder.twoFactorEnabled) throw SecondFactorUnset()
  const body = withPassword(password)
  const call = { method: 'POST', path: '/two-factor/generate-backup-codes', body, holder, ...proved } as const
  return throughFlow(ctx, accounts, call, async (tx, outcome) => {
    await record(tx, ctx, backupCodesMade, about(holder))
    await tellSecondFactor(tx, ctx, holder, 'codes')
    return { backupCodes: (outcome.body as { backupCodes: string[] }).backupCodes }
  })
}
