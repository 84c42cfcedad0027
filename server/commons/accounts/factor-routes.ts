import { type RouteDefinition, route } from '#platform/http/route.ts'
import { CrossSiteRefused } from '#platform/http/same-origin.ts'
import { Banned, SessionNeeded } from '../sessions/service.ts'
import type { Accounts } from './accounts.ts'
import { answerIn, answerTo, refuseForeignHold } from './answers.ts'
import { addPasskey, beginPasskey, beginPasskeyLogin, listPasskeys, loginByPasskey, removePasskey } from './passkeys.ts'
import * as Problems from './problems.ts'
import * as Schema from './schema.ts'
import { beginSecondFactor, confirmSecondFactor, makeBackupCodes, removeSecondFactor } from './second-factor.ts'
import { giveSecondFactor } from './sign-in.ts'

const tag = 'Identity'
const AUTH = '/api/v1/auth'
const proving = [...Problems.proving, SessionNeeded]

/** Routes of authenticator apps and passkeys. `origins`: other pages of ours than the public URL's. */
export function factorRoutes(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  return [...secondFactors(accounts, origins), ...passkeys(accounts, origins)]
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
