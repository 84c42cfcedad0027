import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from 'better-auth'
import { passkey } from '@better-auth/passkey'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { SECOND_MS } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import { isLoopback, ownOrigins } from '#platform/http/same-origin.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Letter, currentFlow, noting } from './flow.ts'
import { flowAdapter } from './flow-adapter.ts'
import { PASSWORD_MAX, PASSWORD_MIN, hashPassword, verifyPassword } from './password.ts'
import { BASE_PATH, CHALLENGE_MS, COOKIE_PREFIX, RESET_PASSWORD_MS, VERIFY_EMAIL_MS } from './terms.ts'
import { makeWorkspace } from '../sessions/service.ts'

interface LibraryParts {
  readonly publicUrl: string
  readonly secret: string
  readonly log: Logger
  /** Beside those that every flow needs. */
  readonly plugins: readonly BetterAuthPlugin[]
}

/** The library, set up for one public URL. */
export function makeLibrary(parts: LibraryParts) {
  return betterAuth(libraryOptions(parts))
}

/** How the library is set up: its own sessions, limits and tracking off, everything it says and does handed to us. */
function libraryOptions({ publicUrl, secret, log, plugins }: LibraryParts): BetterAuthOptions {
  return {
    ...{ appName: 'Airdate', baseURL: publicUrl, basePath: BASE_PATH, secret },
    ...{ database: flowAdapter, telemetry: { enabled: false }, rateLimit: { enabled: false } },
    // What is no refusal of its own comes to us as it is: our log tells it, without what it would print.
    onAPIError: { throw: true },
    logger: {
      log: (level, message) => log[level === 'error' ? 'warn' : 'debug']({ level }, redacted(message)),
    },
    advanced: {
      ...{ disableOriginCheck: false, cookiePrefix: COOKIE_PREFIX, useSecureCookies: false },
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => newId(), validateSchema: false },
    },
    emailAndPassword: {
      ...{ enabled: true, autoSignIn: false, requireEmailVerification: true, revokeSessionsOnPasswordReset: true },
      // It counts UTF-16 units, of which a character has at most two; characters are counted before.
      ...{ minPasswordLength: PASSWORD_MIN, maxPasswordLength: 2 * PASSWORD_MAX },
      resetPasswordTokenExpiresIn: RESET_PASSWORD_MS / SECOND_MS,
      password: { hash: hashOnce, verify: verifyOnce },
      sendResetPassword: ({ user, token }) => noteLetter('reset-password', user, token),
      onExistingUserSignUp: ({ user }) => noteLetter('account-exists', user, null),
    },
    emailVerification: {
      ...{ sendOnSignUp: true, autoSignInAfterVerification: false, expiresIn: VERIFY_EMAIL_MS / SECOND_MS },
      sendVerificationEmail: ({ user, token }) => noteLetter('verify-email', user, token),
      afterEmailVerification: noteVerified,
    },
    user: {
      modelName: 'commons.users',
      fields: { name: 'displayName' },
      additionalFields: {
        deletedAt: { type: 'date', required: false, input: false, returned: false },
        serviceOf: { type: 'string', required: false, input: false, returned: false },
      },
      changeEmail: { enabled: true },
    },
    // What is asked of a provider is who somebody is; what else it grants is not kept.
    account: { modelName: 'commons.accounts', updateAccountOnSignIn: false },
    session: { modelName: 'commons.sessions', freshAge: 0, disableSessionRefresh: true },
    verification: { modelName: 'commons.verifications', storeIdentifier: 'hashed' },
    databaseHooks: { user: { create: { after: giveWorkspace } } },
    plugins: [secondFactor(), passkeys(publicUrl), ...plugins],
  }
}

/** The library asks for a second factor behind passwords alone; here every way in does. */
function secondFactor() {
  const plugin = twoFactor({
    ...{ issuer: 'Airdate', twoFactorCookieMaxAge: CHALLENGE_MS / SECOND_MS },
    ...{ allowPasswordless: true, schema: { twoFactor: { modelName: 'commons.twoFactors' } } },
    totpOptions: { digits: 6, period: 30 },
    accountLockout: { enabled: true, maxFailedAttempts: 10, durationSeconds: 900 },
  })
  for (const hook of plugin.hooks.after)
    hook.matcher = ({ path }) => WAYS_IN.some((way) => path?.startsWith(way) === true)
  return plugin
}

/** WebAuthn knows hosts by name: on loopback that is `localhost`, whatever the address. */
function passkeys(publicUrl: string) {
  return passkey({
    ...{ rpID: isLoopback(publicUrl) ? 'localhost' : new URL(publicUrl).hostname, rpName: 'Airdate' },
    origin: ownOrigins(publicUrl, []),
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    advanced: { webAuthnChallengeCookie: 'ceremony' },
    schema: { passkey: { modelName: 'commons.passkeys', fields: { credentialID: 'credentialId' } } },
  })
}

const WAYS_IN = ['/sign-in/', '/passkey/verify-authentication', '/oauth2/callback/', '/callback/'] as const

async function hashOnce(password: string): Promise<string> {
  const { hashed } = currentFlow()
  return hashed?.password === password ? hashed.hash : noting(hashPassword(password))
}

async function verifyOnce({ password, hash }: { password: string; hash: string }): Promise<boolean> {
  const flow = currentFlow()
  const { proved } = flow
  const isRight =
    (proved?.password === password && proved.hash === hash) || (await noting(verifyPassword(password, hash)))
  if (isRight) flow.verifiedHash = hash
  return isRight
}

async function noteLetter(
  kind: Letter['kind'],
  user: { readonly id: string; readonly email: string; readonly name: string },
  token: string | null,
): Promise<void> {
  currentFlow().letters.push({ kind, userId: user.id, email: user.email, displayName: user.name, token })
}

async function noteVerified({ id }: { readonly id: string }): Promise<void> {
  currentFlow().verifiedFor = id
}

async function giveWorkspace(user: { readonly id: string; readonly name: string }): Promise<void> {
  await makeWorkspace(currentFlow().statements, user.id, user.name)
}

/** The library's words may hold an address. */
function redacted(message: string): string {
  return `flows: ${message.replaceAll(/\S+@\S+/g, '…')}`
}
