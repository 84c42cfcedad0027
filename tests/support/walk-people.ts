import { type Person, codeOf, givenPerson, tokenFor } from '../../server/commons/accounts/fixtures/people.ts'
import type { CallOptions, Reply, TestApp } from './app.ts'
import { Authenticator } from './authenticator.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

const AUTH = '/api/v1/auth'

const PAGES = {
  ...{ accountPage: '', securityPage: '/security', verifyEmailPage: '/verify-email' },
  ...{ forgotPasswordPage: '/forgot-password', resetPasswordPage: '/reset-password' },
  registerPage: '/register',
}

/** How people come in, care for how they do, and are administered. */
export async function walkPeople(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  await visit('getJwks', 'of the server', call('GET', '/.well-known/jwks.json', { token: null }))
  for (const [id, path] of Object.entries(PAGES)) {
    await visit(id, 'by a link with a token', call('GET', `/account${path}?token=x`, { token: null }))
  }
  await walkDoors(app, visit, call)
  const person = await givenPerson(app, 'walker@example.org')
  await walkAccount(app, visit, call, person)
  await walkPasskeys(app, visit, call, person)
  await walkSecondFactor(visit, call, person)
  await walkSessions(visit, call, person)
  await walkAdministration(app, visit, call)
}

async function walkDoors(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const post = (id: string, says: string, path: string, body: object): Promise<Reply> =>
    visit(id, says, call('POST', `${AUTH}/${path}`, { token: null, body }))
  const email = 'newcomer@example.org'
  const given = { email, password: 'correct horse battery', displayName: 'A newcomer' }
  await post('register', 'a new address', 'register', given)
  await post('register', 'an address that is taken', 'register', given)
  await post('register', 'with faults', 'register', { ...given, email: 'x', role: 'admin' })
  const { displayName: _, ...credentials } = given
  await post('login', 'before the address is confirmed', 'login', credentials)
  await post('sendVerification', 'again', 'verify-email/send', { email })
  await post('verifyEmail', 'made up', 'verify-email', { token: 'x' })
  await post('verifyEmail', 'of a mail', 'verify-email', { token: await tokenFor(app, email, 'verify-email', 2) })
  await post('login', 'by password', 'login', credentials)
  await post('login', 'by a wrong password', 'login', { ...credentials, password: 'wrong' })
  await post('forgotPassword', 'of an address', 'password/forgot', { email })
  await post('forgotPassword', 'to a foreign page', 'password/forgot', { email, redirectTo: '//evil.example' })
  const token = await tokenFor(app, email, 'reset-password')
  await post('resetPassword', 'of a mail', 'password/reset', { token, newPassword: 'another horse' })
  await post('resetPassword', 'again', 'password/reset', { token, newPassword: 'another horse' })
}

async function walkAccount(app: TestApp, visit: Visit, call: Caller, person: Person): Promise<void> {
  const { accessToken: token, password } = person
  await visit('getMe', 'by a session', call('GET', '/api/v1/me', { token }))
  await visit('getMe', 'by a key', call('GET', '/api/v1/me'))
  await visit('changeMe', 'the name', call('PATCH', '/api/v1/me', { token, body: { displayName: 'A walker' } }))
  const change = (says: string, currentPassword: string): Promise<Reply> =>
    visit(
      'changePassword',
      says,
      call('POST', `${AUTH}/password`, { token, body: { currentPassword, newPassword: password } }),
    )
  await change('by a wrong one', 'wrong')
  await change('by the right one', password)
  const move = (says: string, body: object): Promise<Reply> =>
    visit('changeEmail', says, call('POST', `${AUTH}/email`, { token, body }))
  await move('to the same', { newEmail: person.email, password })
  await move('to another', { newEmail: 'walked@example.org', password })
  const verification = await tokenFor(app, 'walked@example.org', 'verify-email')
  const confirm = { token: null, body: { token: verification } }
  await visit('verifyEmail', 'of an account that moves', call('POST', `${AUTH}/verify-email`, confirm))
}

async function walkPasskeys(app: TestApp, visit: Visit, call: Caller, person: Person): Promise<void> {
  const { accessToken: token, password } = person
  const passkeys = `${AUTH}/passkeys`
  const authenticator = new Authenticator(new URL(app.url).origin)
  const begun = await visit(
    'beginPasskey',
    'by password',
    call('POST', `${passkeys}/options`, { token, body: { password } }),
  )
  const { ceremony, options } = begun.json<{ ceremony: string; options: { challenge: string } }>()
  const body = { ceremony, name: 'In software', response: authenticator.create(options) }
  const added = await visit('addPasskey', 'of an authenticator', call('POST', passkeys, { token, body }))
  await visit('addPasskey', 'again', call('POST', passkeys, { token, body }))
  await visit('listPasskeys', 'of a person', call('GET', passkeys, { token }))
  const login = await visit(
    'beginPasskeyLogin',
    'by nobody',
    call('POST', `${passkeys}/login/options`, { token: null }),
  )
  const asked = login.json<{ ceremony: string; options: { challenge: string } }>()
  const proof = { ceremony: asked.ceremony, response: authenticator.get(asked.options) }
  await visit('loginByPasskey', 'of an authenticator', call('POST', `${passkeys}/login`, { token: null, body: proof }))
  await visit('loginByPasskey', 'again', call('POST', `${passkeys}/login`, { token: null, body: proof }))
  const at = `${passkeys}/${added.json<{ id: string }>().id}/remove`
  const wrong = { password: 'not the password' }
  await visit('removePasskey', 'by a wrong password', call('POST', at, { token, body: wrong }))
  await visit('removePasskey', 'by password', call('POST', at, { token, body: { password } }))
  await visit('removePasskey', 'of nobody', call('POST', at, { token, body: { password } }))
}

async function walkSecondFactor(visit: Visit, call: Caller, person: Person): Promise<void> {
  const { accessToken: token, password } = person
  const post = (id: string, says: string, path: string, body: object): Promise<Reply> =>
    visit(id, says, call('POST', `${AUTH}/2fa${path}`, { token, body }))
  await post('removeSecondFactor', 'before there is one', '/remove', { password })
  const begun = await post('beginSecondFactor', 'by password', '', { password })
  const { totpUri, backupCodes } = begun.json<{ totpUri: string; backupCodes: string[] }>()
  await post('confirmSecondFactor', 'by a wrong code', '/confirm', { code: '000000' })
  await post('confirmSecondFactor', 'by a code', '/confirm', { code: codeOf(totpUri) })
  const credentials = { email: 'walked@example.org', password }
  const login = async (): Promise<string> => {
    const reply = await visit(
      'login',
      'with a second factor',
      call('POST', `${AUTH}/login`, { token: null, body: credentials }),
    )
    return reply.json<{ challenge: string }>().challenge
  }
  await post('giveSecondFactor', 'by a wrong code', '/verify', { challenge: await login(), code: '000000' })
  await post('giveSecondFactor', 'by a code', '/verify', { challenge: await login(), code: codeOf(totpUri, 1) })
  const backup = { challenge: await login(), backupCode: backupCodes[0] }
  await post('giveSecondFactor', 'by a backup code', '/verify', backup)
  await post('makeBackupCodes', 'by password', '/backup-codes', { password })
  await post('removeSecondFactor', 'by password', '/remove', { password })
}

async function walkSessions(visit: Visit, call: Caller, person: Person): Promise<void> {
  const { accessToken: token, refreshToken, password } = person
  const credentials = { email: 'walked@example.org', password }
  const login = async () => (await call('POST', `${AUTH}/login`, { token: null, body: credentials })()).json<Person>()
  await visit('refresh', 'the first time', call('POST', `${AUTH}/refresh`, { token: null, body: { refreshToken } }))
  const sessions = await visit('listSessions', 'of a person', call('GET', `${AUTH}/sessions`, { token }))
  const other = sessions
    .json<{ items: { id: string; isCurrent: boolean }[] }>()
    .items.find(({ isCurrent }) => !isCurrent)
  await visit('endSession', 'of their own', call('DELETE', `${AUTH}/sessions/${other?.id}`, { token }))
  await visit('endSession', 'that has ended', call('DELETE', `${AUTH}/sessions/${other?.id}`, { token }))
  await visit('refresh', 'a second time', call('POST', `${AUTH}/refresh`, { token: null, body: { refreshToken } }))
  await visit('getMe', 'of a session that has ended', call('GET', '/api/v1/me', { token }))
  await visit('logout', 'by a session', call('POST', `${AUTH}/logout`, { token: (await login()).accessToken }))
  await visit('logout', 'by a key', call('POST', `${AUTH}/logout`))
  const elsewhere = `${AUTH}/sessions?except=current`
  await visit('endSessions', 'elsewhere', call('DELETE', elsewhere, { token: (await login()).accessToken }))
  await visit('endSessions', 'everywhere', call('DELETE', `${AUTH}/sessions`, { token: (await login()).accessToken }))
}

async function walkAdministration(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const owner = { email: 'owner@example.org', password: 'a long password' }
  const { accessToken: token } = (await call('POST', `${AUTH}/login`, { token: null, body: owner })()).json<Person>()
  const users = '/api/v1/admin/users'
  const listed = await visit('adminListUsers', 'by how an address begins', call('GET', `${users}?q=walk`, { token }))
  const id = listed.json<{ items: { id: string }[] }>().items[0]?.id ?? ''
  const at = `${users}/${id}`
  await visit('adminGetUser', 'of one', call('GET', at, { token }))
  await visit('adminChangeUser', 'to an administrator', call('PATCH', at, { token, body: { isAdmin: true } }))
  const reason = { reason: 'A walk' }
  await visit('adminImpersonate', 'of an administrator', call('POST', `${at}/impersonate`, { token, body: reason }))
  await visit('adminChangeUser', 'to anybody', call('PATCH', at, { token, body: { isAdmin: false } }))
  await visit('adminImpersonate', 'of one', call('POST', `${at}/impersonate`, { token, body: reason }))
  await visit('adminListSessions', 'of one', call('GET', `${at}/sessions`, { token }))
  await visit('adminEndSessions', 'of one', call('DELETE', `${at}/sessions`, { token }))
  await visit('adminBanUser', 'of one', call('POST', `${at}/ban`, { token, body: reason }))
  await visit('adminLiftBan', 'of one', call('DELETE', `${at}/ban`, { token }))
  const [self] = await app.db.sql<{ id: string }>('select id from commons.users where is_admin')
  await visit('adminBanUser', 'of oneself', call('POST', `${users}/${self?.id}/ban`, { token, body: reason }))
}
