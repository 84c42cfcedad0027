import { createHmac } from 'node:crypto'
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { passkey } from '@better-auth/passkey'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { DAY_MS, HOUR_MS, SECOND_MS } from '#kernel/clock.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import { isLoopback, ownOrigins } from '#platform/http/same-origin.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Flow, type Holder, type Letter, currentFlow, flowAdapter, runFlow } from './flow.ts'
import { PASSWORD_MAX, PASSWORD_MIN, hashPassword, verifyPassword } from './password.ts'
import { makeWorkspace } from '../sessions/service.ts'
import type { Statements } from './queries.ts'

/** Paths of the library are inside of the process alone: nobody can call them over HTTP. */
const BASE_PATH = '/flows'
const COOKIE_PREFIX = 'flow'
const SESSION_COOKIE = `${COOKIE_PREFIX}.session_token`
const CHALLENGE_COOKIE = `${COOKIE_PREFIX}.two_factor`
const CEREMONY_COOKIE = `${COOKIE_PREFIX}.ceremony`

/** How long what was mailed can be followed. */
export const VERIFY_EMAIL_MS = DAY_MS
export const RESET_PASSWORD_MS = HOUR_MS
/** How long the second factor may take after the first. */
export const CHALLENGE_MS = 10 * 60 * SECOND_MS

/** A call of one flow of the library. */
export interface FlowCall {
  readonly method: 'GET' | 'POST'
  /** The library's path, such as `/sign-in/email`. */
  readonly path: string
  readonly body?: object
  readonly query?: Readonly<Record<string, string>>
  /** Who goes through it, where that must be somebody who is signed in. */
  readonly holder?: Holder
  /** What a first factor gave: stands for who still owes the second. */
  readonly challenge?: string
  /** What began the ceremony of a passkey that is ended now. */
  readonly ceremony?: string
  readonly hashed?: Flow['hashed']
  readonly proved?: Flow['proved']
}

/** What came of it. The library never signs anybody in: it says who should be. */
export interface FlowOutcome {
  readonly status: number
  /** The library's code of what went wrong; null when nothing did. */
  readonly code: string | null
  readonly body: Readonly<Record<string, unknown>>
  readonly signedInUserId: string | null
  /** Whose sessions are to end. */
  readonly endedForUserId: string | null
  readonly letters: readonly Letter[]
  /** Whoever brings it back may give the second factor. */
  readonly challenge: string | null
  /** Stands for the ceremony of a passkey that was begun. */
  readonly ceremony: string | null
}

/**
 * The library of flows (better-auth) behind one door. It is given a request that we made from checked input, so its own
 * checks of origin and redirect hold as well; it reads and writes through `flowAdapter`; what it wants to send or whom it
 * wants to sign in is handed back.
 */
export class Engine {
  readonly #secret: string
  readonly #log: Logger
  readonly #made = new Map<string, { handler: (request: Request) => Promise<Response> }>()

  constructor(options: { readonly secret: string; readonly log: Logger }) {
    this.#secret = options.secret
    this.#log = options.log
  }

  async call(publicUrl: string, statements: Statements, call: FlowCall): Promise<FlowOutcome> {
    const holderToken = newSecret(24)
    const flow: Flow = {
      ...{
        statements,
        holderToken,
        holder: call.holder ?? null,
        hashed: call.hashed ?? null,
        proved: call.proved ?? null,
      },
      ...{ letters: [], signedIn: null, endedFor: null },
    }
    const response = await runFlow(flow, () => this.#of(publicUrl).handler(this.#request(publicUrl, call, holderToken)))
    const text = await response.text()
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown> | null)
    // Of an answer that no authenticator gives the library says that it is its own fault.
    const isTheirs = response.status < 500 || codeOf(body) === 'FAILED_TO_VERIFY_REGISTRATION'
    if (!isTheirs) throw new Error(`a flow failed: ${call.path}: ${codeOf(body)}`)
    return {
      status: response.status,
      code: response.ok ? null : (codeOf(body) ?? `STATUS_${response.status}`),
      body: body ?? {},
      // Who owes the second factor is not signed in, whatever else the library did.
      signedInUserId: body?.['twoFactorRedirect'] === true ? null : (flow.signedIn?.userId ?? null),
      endedForUserId: flow.endedFor,
      letters: flow.letters,
      challenge: cookieSet(response, CHALLENGE_COOKIE),
      ceremony: cookieSet(response, CEREMONY_COOKIE),
    }
  }

  #request(publicUrl: string, call: FlowCall, holderToken: string): Request {
    const { method, path, body, query, holder, challenge, ceremony } = call
    const url = new URL(`${BASE_PATH}${path}`, publicUrl)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const cookies = [
      ...(holder === undefined ? [] : [`${SESSION_COOKIE}=${this.#signed(holderToken)}`]),
      ...(challenge === undefined ? [] : [`${CHALLENGE_COOKIE}=${encodeURIComponent(challenge)}`]),
      ...(ceremony === undefined ? [] : [`${CEREMONY_COOKIE}=${encodeURIComponent(ceremony)}`]),
    ]
    return new Request(url, {
      method,
      headers: {
        Origin: url.origin,
        ...(cookies.length === 0 ? {} : { Cookie: cookies.join('; ') }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** A value as the library signs its cookies: HMAC-SHA-256, Base64, behind a dot. */
  #signed(value: string): string {
    const signature = createHmac('sha256', this.#secret).update(value).digest('base64')
    return encodeURIComponent(`${value}.${signature}`)
  }

  #of(publicUrl: string): { handler: (request: Request) => Promise<Response> } {
    let made = this.#made.get(publicUrl)
    if (made === undefined) {
      made = betterAuth(this.#options(publicUrl))
      this.#made.set(publicUrl, made)
    }
    return made
  }

  #options(publicUrl: string): BetterAuthOptions {
    return {
      ...{ appName: 'Airdate', baseURL: publicUrl, basePath: BASE_PATH, secret: this.#secret },
      ...{ database: flowAdapter, telemetry: { enabled: false }, rateLimit: { enabled: false } },
      logger: {
        log: (level, message) => this.#log[level === 'error' ? 'warn' : 'debug']({ level }, redacted(message)),
      },
      advanced: {
        ...{ disableOriginCheck: false, cookiePrefix: COOKIE_PREFIX, useSecureCookies: false },
        ipAddress: { disableIpTracking: true },
        database: { generateId: () => newId(), validateSchema: false },
      },
      emailAndPassword: {
        ...{ enabled: true, autoSignIn: false, requireEmailVerification: true, revokeSessionsOnPasswordReset: true },
        ...{ minPasswordLength: PASSWORD_MIN, maxPasswordLength: PASSWORD_MAX },
        resetPasswordTokenExpiresIn: RESET_PASSWORD_MS / SECOND_MS,
        password: { hash: hashOnce, verify: verifyOnce },
        sendResetPassword: ({ user, token }) => noteLetter('reset-password', user, token),
        onExistingUserSignUp: ({ user }) => noteLetter('account-exists', user, null),
      },
      emailVerification: {
        ...{ sendOnSignUp: true, autoSignInAfterVerification: false, expiresIn: VERIFY_EMAIL_MS / SECOND_MS },
        sendVerificationEmail: ({ user, token }) => noteLetter('verify-email', user, token),
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
      account: { modelName: 'commons.accounts' },
      session: { modelName: 'commons.sessions', freshAge: 0, disableSessionRefresh: true },
      verification: { modelName: 'commons.verifications', storeIdentifier: 'hashed' },
      databaseHooks: { user: { create: { after: giveWorkspace } } },
      plugins: [secondFactor(), passkeys(publicUrl)],
    }
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
  return hashed?.password === password ? hashed.hash : hashPassword(password)
}

async function verifyOnce({ password, hash }: { password: string; hash: string }): Promise<boolean> {
  const { proved } = currentFlow()
  return (proved?.password === password && proved.hash === hash) || verifyPassword(password, hash)
}

async function noteLetter(
  kind: Letter['kind'],
  user: { readonly id: string; readonly email: string; readonly name: string },
  token: string | null,
): Promise<void> {
  currentFlow().letters.push({ kind, userId: user.id, email: user.email, displayName: user.name, token })
}

async function giveWorkspace(user: { readonly id: string; readonly name: string }): Promise<void> {
  await makeWorkspace(currentFlow().statements, user.id, user.name)
}

/** The library's words may hold an address. */
function redacted(message: string): string {
  return `flows: ${message.replaceAll(/\S+@\S+/g, '…')}`
}

function codeOf(body: Record<string, unknown> | null): string | null {
  const code = body?.['code']
  return typeof code === 'string' ? code : null
}

function cookieSet(response: Response, name: string): string | null {
  const cookie = response.headers
    .getSetCookie()
    .find((text) => text.startsWith(`${name}=`) && !/;\s*max-age=0/i.test(text))
  const value = cookie?.slice(name.length + 1).split(';', 1)[0]
  return value === undefined || value === '' ? null : decodeURIComponent(value)
}
