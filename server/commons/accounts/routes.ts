import { type RouteDefinition, route } from '#platform/http/route.ts'
import { CrossSiteRefused } from '#platform/http/same-origin.ts'
import { Banned, SessionNeeded } from '../sessions/service.ts'
import type { Accounts } from './accounts.ts'
import { answerTo, refuseForeignHold } from './answers.ts'
import * as Problems from './problems.ts'
import * as Schema from './schema.ts'
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
import { login } from './sign-in.ts'

const tag = 'Identity'
const AUTH = '/api/v1/auth'

/** Routes by which people come in, and care for how they do. `origins`: other pages of ours than the public URL's. */
export function accountRoutes(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  return [...doors(accounts, origins), ...passwords(accounts), ...own()]
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
      problems: [...Problems.proving, Problems.SameEmail, SessionNeeded],
      handler: async (ctx, { body }) => {
        await changeEmail(ctx, accounts(), body)
        return { accepted: true as const }
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
