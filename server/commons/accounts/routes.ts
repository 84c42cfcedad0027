import type { FastifyReply } from 'fastify'
import type { Ctx } from '#platform/context.ts'
import { clearCookie, sessionCookie, setCookie } from '#platform/http/cookies.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { CrossSiteRefused, type Sender, ownOrigins, refuseCrossSite } from '#platform/http/same-origin.ts'
import { Banned, RefreshRefused, SESSION_MS, SessionNeeded, SessionNotFound } from '../sessions/service.ts'
import { listSessions, logout, logoutEverywhere, refresh, revokeSession } from '../sessions/service.ts'
import { EndSessionsQuery, Jwks, RefreshBody, SessionList, SessionParams, Tokens } from '../sessions/schema.ts'
import { type Accounts, tokensOf } from './accounts.ts'
import { addPasskey, beginPasskey, beginPasskeyLogin, listPasskeys, loginByPasskey, removePasskey } from './passkeys.ts'
import * as Problems from './problems.ts'
import * as Schema from './schema.ts'
import { beginSecondFactor, confirmSecondFactor, makeBackupCodes, removeSecondFactor } from './second-factor.ts'
import {
  askForMail,
  changeEmail,
  changeMe,
  changePassword,
  me,
  register,
  resetPassword,
  verifyEmail,
} from './service.ts'
import { type Entered, type Entry, type Hold, giveSecondFactor, login } from './sign-in.ts'

const tag = 'Identity'
const AUTH = '/api/v1/auth'

/** What may go wrong where somebody proves again who they are. */
const proving = [Problems.WrongPassword, Problems.PasswordUnset, Problems.SignInAgain, SessionNeeded]

/** Routes by which people come in, and care for how they do. `origins`: other pages of ours than the public URL's. */
export function accountRoutes(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  return [
    ...doors(accounts, origins),
    ...passwords(accounts),
    ...secondFactors(accounts, origins),
    ...passkeys(accounts, origins),
    ...sessions(accounts),
    ...own(),
  ]
}

/** A cookie is set for who asks from a page of ours; a page of somebody else could sign people in as somebody else. */
function refuseForeignHold(ctx: Ctx, request: Sender, hold: Hold, origins: readonly string[]): void {
  if (hold === 'cookie') refuseCrossSite(request, ownOrigins(ctx.publicUrl, origins))
}

async function answerTo(ctx: Ctx, accounts: Accounts, entry: Entry, reply: FastifyReply) {
  if (entry.kind === 'session') return answerIn(ctx, accounts, entry, reply)
  reply.header('Cache-Control', 'no-store')
  return { twoFactorRequired: true as const, challenge: entry.challenge }
}

async function answerIn(ctx: Ctx, accounts: Accounts, { grant, userId }: Entered, reply: FastifyReply) {
  reply.header('Cache-Control', 'no-store')
  if (grant.kind === 'token') return tokensOf(ctx, accounts, userId, grant)
  reply.header('Set-Cookie', setCookie(sessionCookie(ctx.publicUrl), grant.secret, SESSION_MS))
  return { signedIn: true as const }
}

function doors(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  return [
    route({
      ...{ id: 'register', method: 'POST', path: `${AUTH}/register`, tag, permission: 'public', limit: 'mail' },
      summary: 'Make an account; a mail asks to confirm the address',
      body: Schema.RegisterBody,
      ok: [202, Schema.Accepted],
      problems: [Problems.GuessablePassword],
      handler: async (ctx, { body }) => {
        await register(ctx, accounts(), body)
        return { accepted: true as const }
      },
    }),
    route({
      ...{ id: 'verifyEmail', method: 'POST', path: `${AUTH}/verify-email`, tag, permission: 'public', limit: 'auth' },
      summary: 'Confirm an address by the token of a mail',
      body: Schema.VerifyEmailBody,
      ok: [204, null],
      problems: [Problems.LinkExpired],
      handler: (ctx, { body }) => verifyEmail(ctx, accounts(), body.token),
    }),
    route({
      ...{ id: 'sendVerification', method: 'POST', path: `${AUTH}/verify-email/send`, tag, permission: 'public' },
      limit: 'mail',
      summary: 'Send the mail that confirms an address again',
      body: Schema.EmailBody,
      ok: [202, Schema.Accepted],
      handler: async (ctx, { body }) => {
        await askForMail(ctx, 'verify-email', body)
        return { accepted: true as const }
      },
    }),
    route({
      ...{ id: 'login', method: 'POST', path: `${AUTH}/login`, tag, permission: 'public', limit: 'auth' },
      summary: 'Sign in by e-mail address and password',
      body: Schema.LoginBody,
      ok: [200, Schema.LoginAnswer],
      problems: [Problems.WrongCredentials, Problems.EmailNotVerified, Banned, CrossSiteRefused],
      handler: async (ctx, { body, request, reply }) => {
        const { email, password, hold = 'token' } = body
        refuseForeignHold(ctx, request, hold, origins)
        return answerTo(ctx, accounts(), await login(ctx, accounts(), { email, password, hold }), reply)
      },
    }),
  ]
}

function passwords(accounts: () => Accounts): readonly RouteDefinition[] {
  return [
    route({
      ...{ id: 'forgotPassword', method: 'POST', path: `${AUTH}/password/forgot`, tag, permission: 'public' },
      limit: 'mail',
      summary: 'Send a mail with a link to a new password, if there is an account',
      body: Schema.ForgotBody,
      ok: [202, Schema.Accepted],
      problems: [Problems.RedirectRefused],
      handler: async (ctx, { body }) => {
        await askForMail(ctx, 'reset-password', body)
        return { accepted: true as const }
      },
    }),
    route({
      ...{
        id: 'resetPassword',
        method: 'POST',
        path: `${AUTH}/password/reset`,
        tag,
        permission: 'public',
        limit: 'auth',
      },
      summary: 'Set a new password by the token of a mail; every session ends',
      body: Schema.ResetBody,
      ok: [204, null],
      problems: [Problems.LinkExpired, Problems.GuessablePassword],
      handler: (ctx, { body }) => resetPassword(ctx, accounts(), body.token, body.newPassword),
    }),
    route({
      ...{ id: 'changePassword', method: 'POST', path: `${AUTH}/password`, tag, permission: 'account:manage' },
      limit: 'auth',
      summary: 'Change the password; all other sessions end',
      body: Schema.ChangePasswordBody,
      ok: [204, null],
      problems: [Problems.WrongPassword, Problems.PasswordUnset, Problems.GuessablePassword, SessionNeeded],
      handler: (ctx, { body }) => changePassword(ctx, accounts(), body),
    }),
    route({
      ...{ id: 'changeEmail', method: 'POST', path: `${AUTH}/email`, tag, permission: 'account:manage', limit: 'mail' },
      summary: 'Ask to move the account to another address; a mail there confirms it',
      body: Schema.ChangeEmailBody,
      ok: [202, Schema.Accepted],
      problems: [...proving, Problems.SameEmail],
      handler: async (ctx, { body }) => {
        await changeEmail(ctx, accounts(), body)
        return { accepted: true as const }
      },
    }),
  ]
}

function secondFactors(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  const common = { tag, permission: 'account:manage', limit: 'auth' } as const
  return [
    route({
      ...{
        id: 'giveSecondFactor',
        method: 'POST',
        path: `${AUTH}/2fa/verify`,
        tag,
        permission: 'public',
        limit: 'auth',
      },
      summary: 'Sign in by the code that the first step asked for',
      body: Schema.SecondFactorBody,
      ok: [200, Schema.SecondAnswer],
      problems: [Problems.WrongCode, Problems.ChallengeExpired, Problems.SecondFactorLocked, Banned, CrossSiteRefused],
      handler: async (ctx, { body, request, reply }) => {
        const { challenge, hold = 'token' } = body
        refuseForeignHold(ctx, request, hold, origins)
        const proof = 'code' in body ? { code: body.code } : { backupCode: body.backupCode }
        const entry = await giveSecondFactor(ctx, accounts(), { challenge, proof, hold })
        return answerIn(ctx, accounts(), entry, reply)
      },
    }),
    route({
      ...{ id: 'beginSecondFactor', method: 'POST', path: `${AUTH}/2fa`, ...common },
      summary: 'Begin to set up an authenticator app',
      body: Schema.PasswordBody,
      ok: [200, Schema.Enrolment],
      problems: [...proving, Problems.SecondFactorSet],
      handler: (ctx, { body }) => beginSecondFactor(ctx, accounts(), body.password),
    }),
    route({
      ...{ id: 'confirmSecondFactor', method: 'POST', path: `${AUTH}/2fa/confirm`, ...common },
      summary: 'Confirm the app by a code; every sign-in asks for one from now on',
      body: Schema.CodeBody,
      ok: [204, null],
      problems: [Problems.WrongCode, Problems.SecondFactorSet, Problems.SecondFactorUnset, SessionNeeded],
      handler: (ctx, { body }) => confirmSecondFactor(ctx, accounts(), body.code),
    }),
    route({
      ...{ id: 'removeSecondFactor', method: 'POST', path: `${AUTH}/2fa/remove`, ...common },
      summary: 'Sign in without a second factor again',
      body: Schema.PasswordBody,
      ok: [204, null],
      problems: [...proving, Problems.SecondFactorUnset],
      handler: (ctx, { body }) => removeSecondFactor(ctx, accounts(), body.password),
    }),
    route({
      ...{ id: 'makeBackupCodes', method: 'POST', path: `${AUTH}/2fa/backup-codes`, ...common },
      summary: 'New backup codes in the place of the old ones',
      body: Schema.PasswordBody,
      ok: [200, Schema.BackupCodes],
      problems: [...proving, Problems.SecondFactorUnset],
      handler: (ctx, { body }) => makeBackupCodes(ctx, accounts(), body.password),
    }),
  ]
}

function passkeys(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  const PASSKEYS = `${AUTH}/passkeys`
  return [
    route({
      ...{
        id: 'beginPasskey',
        method: 'POST',
        path: `${PASSKEYS}/options`,
        tag,
        permission: 'account:manage',
        limit: 'auth',
      },
      summary: 'Begin to add a passkey',
      body: Schema.PasswordBody,
      ok: [200, Schema.PasskeyOptions],
      problems: proving,
      handler: (ctx, { body }) => beginPasskey(ctx, accounts(), body.password),
    }),
    route({
      ...{ id: 'addPasskey', method: 'POST', path: PASSKEYS, tag, permission: 'account:manage', limit: 'auth' },
      summary: 'Add the passkey that the authenticator made',
      body: Schema.PasskeyBody,
      ok: [201, Schema.Passkey],
      problems: [Problems.CeremonyExpired, Problems.PasskeyRefused, SessionNeeded],
      handler: (ctx, { body }) => addPasskey(ctx, accounts(), body),
    }),
    route({
      ...{ id: 'listPasskeys', method: 'GET', path: PASSKEYS, tag, permission: 'account:read' },
      summary: "One's passkeys, the oldest first",
      ok: [200, Schema.PasskeyList],
      problems: [SessionNeeded],
      handler: (ctx) => listPasskeys(ctx),
    }),
    route({
      ...{ id: 'removePasskey', method: 'POST', path: `${PASSKEYS}/:id/remove`, tag, permission: 'account:manage' },
      limit: 'auth',
      summary: 'Remove a passkey',
      params: Schema.PasskeyParams,
      body: Schema.PasswordBody,
      ok: [204, null],
      problems: [...proving, Problems.PasskeyNotFound, Problems.LastWayIn],
      handler: (ctx, { params, body }) => removePasskey(ctx, params.id, body.password),
    }),
    route({
      ...{ id: 'beginPasskeyLogin', method: 'POST', path: `${PASSKEYS}/login/options`, tag, permission: 'public' },
      limit: 'auth',
      summary: 'Begin to sign in by passkey',
      ok: [200, Schema.PasskeyOptions],
      handler: (ctx) => beginPasskeyLogin(ctx, accounts()),
    }),
    route({
      ...{ id: 'loginByPasskey', method: 'POST', path: `${PASSKEYS}/login`, tag, permission: 'public', limit: 'auth' },
      summary: 'Sign in by what the authenticator answered',
      body: Schema.PasskeyLoginBody,
      ok: [200, Schema.LoginAnswer],
      problems: [Problems.CeremonyExpired, Problems.PasskeyRefused, Banned, CrossSiteRefused],
      handler: async (ctx, { body, request, reply }) => {
        const { ceremony, response, hold = 'token' } = body
        refuseForeignHold(ctx, request, hold, origins)
        return answerTo(ctx, accounts(), await loginByPasskey(ctx, accounts(), { ceremony, response, hold }), reply)
      },
    }),
  ]
}

function sessions(accounts: () => Accounts): readonly RouteDefinition[] {
  const forget = (ctx: Ctx, reply: FastifyReply) =>
    reply.header('Set-Cookie', clearCookie(sessionCookie(ctx.publicUrl)))
  return [
    route({
      ...{ id: 'refresh', method: 'POST', path: `${AUTH}/refresh`, tag, permission: 'public', limit: 'auth' },
      summary: 'A new access token for a refresh token, and the next refresh token',
      body: RefreshBody,
      ok: [200, Tokens],
      problems: [RefreshRefused],
      handler: async (ctx, { body, reply }) => {
        reply.header('Cache-Control', 'no-store')
        return refresh(ctx, accounts().tokens, body.refreshToken)
      },
    }),
    route({
      ...{ id: 'logout', method: 'POST', path: `${AUTH}/logout`, tag, permission: 'account:read' },
      summary: 'End this session',
      ok: [204, null],
      problems: [SessionNeeded],
      handler: async (ctx, { reply }) => {
        await logout(ctx)
        forget(ctx, reply)
      },
    }),
    route({
      ...{ id: 'listSessions', method: 'GET', path: `${AUTH}/sessions`, tag, permission: 'account:read' },
      summary: 'Where one is signed in, the last used first',
      ok: [200, SessionList],
      problems: [SessionNeeded],
      handler: (ctx) => listSessions(ctx),
    }),
    route({
      ...{ id: 'endSessions', method: 'DELETE', path: `${AUTH}/sessions`, tag, permission: 'account:manage' },
      summary: 'Log out everywhere, here too unless it is excepted',
      query: EndSessionsQuery,
      ok: [204, null],
      problems: [SessionNeeded],
      handler: async (ctx, { query, reply }) => {
        await logoutEverywhere(ctx, query.except ?? 'none')
        if (query.except === undefined) forget(ctx, reply)
      },
    }),
    route({
      ...{ id: 'endSession', method: 'DELETE', path: `${AUTH}/sessions/:id`, tag, permission: 'account:manage' },
      summary: 'End one session',
      params: SessionParams,
      ok: [204, null],
      problems: [SessionNotFound, SessionNeeded],
      handler: (ctx, { params }) => revokeSession(ctx, params.id),
    }),
    route({
      ...{ id: 'getJwks', method: 'GET', path: '/.well-known/jwks.json', tag, permission: 'public' },
      identity: 'ignored',
      summary: 'The public keys of access tokens, RFC 7517',
      ok: [200, Jwks],
      handler: async (ctx, { reply }) => {
        reply.header('Cache-Control', 'public, max-age=300')
        return accounts().tokens.jwks(ctx.clock.now())
      },
    }),
  ]
}

function own(): readonly RouteDefinition[] {
  return [
    route({
      ...{ id: 'getMe', method: 'GET', path: '/api/v1/me', tag, permission: 'account:read' },
      summary: 'Who one is, and what one may',
      ok: [200, Schema.Me],
      handler: (ctx) => me(ctx),
    }),
    route({
      ...{ id: 'changeMe', method: 'PATCH', path: '/api/v1/me', tag, permission: 'account:manage' },
      summary: 'Change the name that others see',
      body: Schema.MeBody,
      ok: [200, Schema.Me],
      handler: (ctx, { body }) => changeMe(ctx, body),
    }),
  ]
}
