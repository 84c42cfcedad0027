import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import type { Writing } from '#platform/database/database.ts'
import { sendMail } from '#platform/mail/send.ts'
import {
  accountExists,
  emailChanged,
  newSignIn,
  passwordChanged,
  resetPassword,
  twoFactorChanged,
  verifyEmail,
} from '../identity/mails.ts'
import { RESET_PASSWORD_MS, VERIFY_EMAIL_MS } from './terms.ts'
import type { Letter } from './flow.ts'

type Told = Pick<Ctx, 'publicUrl' | 'origin' | 'clock'>

/** Somebody as mails know them. */
interface Addressee {
  readonly userId: string
  readonly email: string
  readonly displayName: string
}

/** The pages to which mails lead. */
const pages = ({ publicUrl }: Told) => ({
  verify: (token: string) => `${publicUrl}/account/verify-email?token=${encodeURIComponent(token)}`,
  reset: (token: string, redirectTo: string | null) =>
    `${publicUrl}/account/reset-password?token=${encodeURIComponent(token)}${redirectTo === null ? '' : `&redirectTo=${encodeURIComponent(redirectTo)}`}`,
  signIn: `${publicUrl}/account`,
  forgot: `${publicUrl}/account/forgot-password`,
  security: `${publicUrl}/account/security`,
})

const addressing = (ctx: Told, { userId, email }: Pick<Addressee, 'userId' | 'email'>) => ({
  ...{ to: email, userId, workspaceId: null, dedupeKey: null, publicUrl: ctx.publicUrl },
})

function circumstances({ origin, clock }: Told): { when: string; where: string | null; device: string | null } {
  const when = `${clock.now().toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return { when, where: origin?.address ?? null, device: origin?.userAgent ?? null }
}

/**
 * Sends what a flow wants to be sent, when its transaction commits. `redirectTo`: the page of ours, as a path, that a new
 * password leads to.
 */
export async function sendLetters(
  tx: Writing,
  ctx: Told,
  letters: readonly Letter[],
  redirectTo: string | null = null,
): Promise<void> {
  for (const letter of letters) await sendLetter(tx, ctx, letter, redirectTo)
}

async function sendLetter(tx: Writing, ctx: Told, letter: Letter, redirectTo: string | null): Promise<void> {
  const { kind, displayName, token } = letter
  const to = addressing(ctx, letter)
  const page = pages(ctx)
  switch (kind) {
    case 'verify-email': {
      const url = page.verify(token ?? '')
      await sendMail(tx, verifyEmail, { displayName, url, expiresMinutes: VERIFY_EMAIL_MS / MINUTE_MS }, to)
      break
    }
    case 'reset-password': {
      const url = page.reset(token ?? '', redirectTo)
      await sendMail(tx, resetPassword, { displayName, url, expiresMinutes: RESET_PASSWORD_MS / MINUTE_MS }, to)
      break
    }
    case 'account-exists':
      await sendMail(tx, accountExists, { displayName, signInUrl: page.signIn, resetUrl: page.forgot }, to)
      break
  }
}

export async function tellPasswordChanged(tx: Writing, ctx: Told, person: Addressee): Promise<void> {
  const { displayName } = person
  const data = { displayName, resetUrl: pages(ctx).forgot, ...circumstances(ctx) }
  await sendMail(tx, passwordChanged, data, addressing(ctx, person))
}

/** Tells that somebody signed in from where, or with what, nobody did before. */
export async function tellNewSignIn(tx: Writing, ctx: Told, person: Addressee): Promise<void> {
  const { displayName } = person
  const data = { displayName, sessionsUrl: pages(ctx).security, ...circumstances(ctx) }
  await sendMail(tx, newSignIn, data, addressing(ctx, person))
}

/** Tells the old address. */
export async function tellEmailChanged(tx: Writing, ctx: Told, person: Addressee, newEmail: string): Promise<void> {
  const { displayName } = person
  await sendMail(tx, emailChanged, { displayName, newEmail, ...circumstances(ctx) }, addressing(ctx, person))
}

export async function tellSecondFactor(
  tx: Writing,
  ctx: Told,
  person: Addressee,
  change: 'on' | 'off' | 'codes' | 'passkey' | 'passkey-removed' | 'provider' | 'provider-removed',
): Promise<void> {
  const { displayName } = person
  const data = { displayName, change, securityUrl: pages(ctx).security, ...circumstances(ctx) }
  await sendMail(tx, twoFactorChanged, data, addressing(ctx, person))
}
