import { newId } from '#kernel/ids.ts'
import { keyed } from '#tests/support/app.ts'
import type { Actor } from './actors.ts'
import type { Make } from './made.ts'
import { plannerCalls } from './planner-calls.ts'
import { TUS, type Things } from './things.ts'

const at = (path: string): Make => {
  const made = { path }
  return () => made
}
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }
const VIDEOS = '/api/v1/stream/videos'
const PRODUCTIONS = '/api/v1/channels/productions'
const WORKSPACES = '/api/v1/workspaces'

const about = ({ app }: Things, id: string): string => encodeURIComponent(`${app.url}/watch/${id}`)

const METERING = '/api/v1/metering'
const CONNECTIONS = '/api/v1/ai/connections'
const AUTH = '/api/v1/auth'
const USERS = '/api/v1/admin/users'
const CREDENTIAL = { id: 'eA', rawId: 'eA', type: 'public-key', clientExtensionResults: {} }
const NEW_PASSWORD = 'another long password'
const refused = (what: string): string => `/problems/identity/${what}`

/** Who runs the installation has a password; the others came in without, a moment ago. */
const proof = (actor: Actor) => (actor === 'administrator' ? { password: 'a long password' } : {})

/** What concerns how somebody signs in: done by sessions alone. */
const ownAccount: Readonly<Record<string, Make>> = {
  logout: at(`${AUTH}/logout`),
  listSessions: at(`${AUTH}/sessions`),
  endSessions: at(`${AUTH}/sessions`),
  changePassword: () => ({
    ...{ path: `${AUTH}/password`, body: { currentPassword: 'a wrong password', newPassword: NEW_PASSWORD } },
    problem: refused('wrong-password'),
  }),
  changeEmail: (_, actor) => ({ path: `${AUTH}/email`, body: { newEmail: `${newId()}@example.org`, ...proof(actor) } }),
  beginSecondFactor: (_, actor) => ({ path: `${AUTH}/2fa`, body: proof(actor) }),
  confirmSecondFactor: () => ({
    ...{ path: `${AUTH}/2fa/confirm`, body: { code: '000000' }, problem: refused('wrong-code') },
  }),
  removeSecondFactor: (_, actor) => ({ path: `${AUTH}/2fa/remove`, body: proof(actor) }),
  makeBackupCodes: (_, actor) => ({ path: `${AUTH}/2fa/backup-codes`, body: proof(actor) }),
  listPasskeys: at(`${AUTH}/passkeys`),
  beginPasskey: (_, actor) => ({ path: `${AUTH}/passkeys/options`, body: proof(actor) }),
  addPasskey: () => ({
    path: `${AUTH}/passkeys`,
    body: {
      ...{ ceremony: 'x', name: 'A key' },
      response: { ...CREDENTIAL, response: { clientDataJSON: 'eA', attestationObject: 'eA' } },
    },
    problem: refused('ceremony-expired'),
  }),
  endSession: async ({ editorsSession }) => ({ path: `${AUTH}/sessions/${await editorsSession()}` }),
  listLinkedProviders: at(`${AUTH}/oauth/linked`),
  linkProvider: (_, actor) => ({
    ...{ path: `${AUTH}/oauth/google/link`, body: proof(actor), problem: refused('provider-not-found') },
  }),
  unlinkProvider: (_, actor) => ({
    ...{ path: `${AUTH}/oauth/google/unlink`, body: proof(actor), problem: refused('way-not-found') },
  }),
  removePasskey: async ({ editorsPasskey }, actor) => ({
    ...{ path: `${AUTH}/passkeys/${await editorsPasskey()}/remove`, body: proof(actor) },
  }),
}

/** What administrators do, signed in. */
const administration: Readonly<Record<string, Make>> = {
  adminListUsers: at(USERS),
  adminGetUser: async ({ member }) => ({ path: `${USERS}/${await member('viewer')}` }),
  adminChangeUser: async ({ member }) => ({ path: `${USERS}/${await member('viewer')}`, body: { isAdmin: true } }),
  adminBanUser: async ({ member }) => ({ path: `${USERS}/${await member('viewer')}/ban`, body: { reason: 'spam' } }),
  adminLiftBan: async ({ member }) => ({ path: `${USERS}/${await member('viewer')}/ban` }),
  adminListSessions: async ({ member }) => ({ path: `${USERS}/${await member('viewer')}/sessions` }),
  adminEndSessions: async ({ member }) => ({ path: `${USERS}/${await member('viewer')}/sessions` }),
  adminImpersonate: async ({ member }) => ({
    ...{ path: `${USERS}/${await member('viewer')}/impersonate`, body: { reason: 'a question' } },
  }),
}

/** The same calls twice: by a session and by a key. */
function bothWays(made: Readonly<Record<string, Make>>): Record<string, Make> {
  const entries = Object.entries(made).flatMap(([name, make]): [string, Make][] => [
    [name, async (things, actor) => ({ ...(await make(things, actor)), session: true })],
    [`${name}: by a key`, make],
  ])
  return Object.fromEntries(entries)
}

/** How each operation of `permissions.golden.ts` is called, by the name that it has there. */
export const calls: Readonly<Record<string, Make>> = {
  ...{ livez: at('/livez'), readyz: at('/readyz'), health: at('/health'), ready: at('/ready') },
  ...{ openapi: at('/api/v1/openapi.json'), docsPage: at('/docs') },
  ...{ accountPage: at('/account'), securityPage: at('/account/security') },
  ...{ verifyEmailPage: at('/account/verify-email'), resetPasswordPage: at('/account/reset-password') },
  forgotPasswordPage: at('/account/forgot-password'),
  registerPage: at('/account/register'),
  'metrics: on the machine itself': at('/metrics'),
  pageAsset: async ({ asEditor, publicFilm }) => {
    const page = (await asEditor('GET', `/watch/${publicFilm.id}`)).bytes.toString()
    return { path: /\/assets\/[^"]+watch\.css/.exec(page)?.[0] ?? '' }
  },

  'getMedia: of a public film': ({ publicFilm }) => ({ path: `${publicFilm.folder}/master.m3u8` }),
  'getRenditionMedia: of a public film': ({ publicFilm: { folder, rung } }) => ({ path: `${folder}/${rung}/0.m4s` }),
  'getMedia: of a private film': ({ privateFilm: { id } }) => ({ path: `/media/${id}/master.m3u8` }),
  'getRenditionMedia: of a private film': ({ privateFilm: { id, rung } }) => ({ path: `/media/${id}/${rung}/0.m4s` }),
  getGrantedMedia: ({ privateFilm }) => ({ path: `${privateFilm.folder}/master.m3u8` }),
  getGrantedRenditionMedia: ({ privateFilm: { folder, rung } }) => ({ path: `${folder}/${rung}/0.m4s` }),

  'getVideo: that is public': ({ publicFilm: { id } }) => ({ path: `${VIDEOS}/${id}` }),
  'getVideo: that is private': ({ privateFilm: { id } }) => ({ path: `${VIDEOS}/${id}` }),
  'watchPage: of a public video': ({ publicFilm: { id } }) => ({ path: `/watch/${id}` }),
  'watchPage: of a private video': ({ privateFilm: { id } }) => ({ path: `/watch/${id}` }),
  'embedPage: of a public video': ({ publicFilm: { id } }) => ({ path: `/embed/${id}` }),
  'embedPage: of a private video': ({ privateFilm: { id } }) => ({ path: `/embed/${id}` }),
  'oembed: of a public video': (things) => ({
    path: `/api/v1/stream/oembed?url=${about(things, things.publicFilm.id)}`,
  }),
  listVideos: ({ privateFilm: { id } }) => ({ path: `${VIDEOS}?limit=100`, tells: id }),
  changeVideo: async ({ video }) => ({ path: `${VIDEOS}/${await video()}`, body: { title: 'Changed' } }),
  deleteVideo: async ({ video }) => ({ path: `${VIDEOS}/${await video()}` }),
  restoreVideo: async ({ video }) => ({ path: `${VIDEOS}/${await video('deleted')}/restore` }),

  ...plannerCalls,

  listProductions: async ({ production }) => ({ path: PRODUCTIONS, tells: (await production()).id }),
  orderProduction: () => ({ path: PRODUCTIONS, body: { idea: 'Another idea' } }),
  getProduction: async ({ production }) => ({ path: `${PRODUCTIONS}/${(await production()).id}` }),
  cancelProduction: async ({ production }) => ({ path: `${PRODUCTIONS}/${(await production()).id}/cancel` }),
  retryProduction: async ({ production }) => ({ path: `${PRODUCTIONS}/${(await production('failed')).id}/retry` }),
  getProductionFilm: async ({ production }) => ({
    ...{ path: `${PRODUCTIONS}/${(await production()).id}/film`, problem: '/problems/studio/render-not-found' },
  }),
  getProductionCaptions: async ({ production }) => ({
    ...{ path: `${PRODUCTIONS}/${(await production()).id}/captions`, problem: '/problems/studio/render-not-found' },
  }),
  getFilm: async ({ production }) => ({ path: `/api/v1/studio/projects/${(await production()).projectId}` }),
  getJourney: ({ privateFilm: { id } }) => ({ path: `/api/v1/journeys/${id}` }),

  ...bothWays(ownAccount),
  ...bothWays(administration),
  getJwks: at('/.well-known/jwks.json'),
  register: () => ({
    path: `${AUTH}/register`,
    body: { email: `${newId()}@example.org`, password: NEW_PASSWORD, displayName: 'Ada' },
  }),
  verifyEmail: () => ({ path: `${AUTH}/verify-email`, body: { token: 'x' }, problem: refused('link-expired') }),
  sendVerification: () => ({ path: `${AUTH}/verify-email/send`, body: { email: `${newId()}@example.org` } }),
  login: () => ({ path: `${AUTH}/login`, body: { email: 'owner@example.org', password: 'a long password' } }),
  refresh: () => ({
    ...{ path: `${AUTH}/refresh`, body: { refreshToken: 'x' }, problem: refused('refresh-refused') },
  }),
  forgotPassword: () => ({ path: `${AUTH}/password/forgot`, body: { email: `${newId()}@example.org` } }),
  resetPassword: () => ({
    ...{ path: `${AUTH}/password/reset`, body: { token: 'x', newPassword: NEW_PASSWORD } },
    problem: refused('link-expired'),
  }),
  giveSecondFactor: () => ({
    ...{ path: `${AUTH}/2fa/verify`, body: { challenge: 'x', code: '000000' }, problem: refused('challenge-expired') },
  }),
  listProviders: at(`${AUTH}/oauth`),
  beginByProvider: ({ app }) => ({
    ...{ path: `${AUTH}/oauth/google`, body: {}, headers: { Origin: app.url } },
    problem: refused('provider-not-found'),
  }),
  comeBack: at(`${AUTH}/oauth/google/callback?code=x&state=x`),
  comeBackByForm: () => ({
    ...{ path: `${AUTH}/oauth/apple/callback`, body: Buffer.from('code=x&state=x') },
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }),
  beginPasskeyLogin: at(`${AUTH}/passkeys/login/options`),
  loginByPasskey: () => ({
    path: `${AUTH}/passkeys/login`,
    body: {
      ceremony: 'x',
      response: { ...CREDENTIAL, response: { clientDataJSON: 'eA', authenticatorData: 'eA', signature: 'eA' } },
    },
    problem: refused('ceremony-expired'),
  }),
  getMe: at('/api/v1/me'),
  changeMe: () => ({ path: '/api/v1/me', body: { displayName: 'Ada' } }),

  'restoreWorkspace: by a session': async ({ app, elsewhere }) => {
    const of = await elsewhere()
    await app.db.sql('update commons.workspaces set deleted_at = now() where id = $1', [of.workspaceId])
    return { path: `${WORKSPACES}/${of.workspaceId}/restore`, session: { of } }
  },
  'switchWorkspace: by a session': ({ actors: { workspaceId } }) => ({
    ...{ path: `${WORKSPACES}/${workspaceId}/switch`, session: true },
  }),
  listWorkspaces: ({ actors: { workspaceId } }) => ({ path: WORKSPACES, tells: workspaceId }),
  createWorkspace: () => ({ path: WORKSPACES, body: { name: 'Another' } }),
  getWorkspace: ({ actors: { workspaceId } }) => ({ path: `${WORKSPACES}/${workspaceId}` }),
  changeWorkspace: ({ actors: { workspaceId } }) => ({
    ...{ path: `${WORKSPACES}/${workspaceId}`, body: { name: 'Renamed' } },
  }),
  deleteWorkspace: async ({ elsewhere }, actor) => {
    const { workspaceId, token } = await elsewhere()
    return { path: `${WORKSPACES}/${workspaceId}`, token: token(actor) }
  },
  'restoreWorkspace: by a key': ({ actors: { workspaceId } }) => ({ path: `${WORKSPACES}/${workspaceId}/restore` }),
  'switchWorkspace: by a key': ({ actors: { workspaceId } }) => ({ path: `${WORKSPACES}/${workspaceId}/switch` }),
  listMembers: ({ actors: { workspaceId } }) => ({ path: `${WORKSPACES}/${workspaceId}/members` }),
  changeMember: async ({ actors: { workspaceId }, member }) => ({
    ...{ path: `${WORKSPACES}/${workspaceId}/members/${await member('viewer')}`, body: { role: 'editor' } },
  }),
  removeMember: async ({ actors: { workspaceId }, member }) => ({
    path: `${WORKSPACES}/${workspaceId}/members/${await member('viewer')}`,
  }),
  leaveWorkspace: async ({ elsewhere }, actor) => {
    const { workspaceId, token } = await elsewhere()
    return { path: `${WORKSPACES}/${workspaceId}/members/me`, token: token(actor) }
  },
  handOverWorkspace: async ({ elsewhere }, actor) => {
    const { workspaceId, token, people } = await elsewhere()
    return {
      ...{ path: `${WORKSPACES}/${workspaceId}/transfer`, body: { userId: people.editor.userId }, token: token(actor) },
    }
  },

  createServiceAccount: ({ actors: { workspaceId } }) => ({
    ...{ path: `${WORKSPACES}/${workspaceId}/service-accounts`, body: { name: 'A robot', role: 'viewer' } },
  }),
  createInvitation: ({ actors: { workspaceId } }) => ({
    ...{ path: `${WORKSPACES}/${workspaceId}/invitations`, body: { email: `${newId()}@example.org`, role: 'viewer' } },
  }),
  listInvitations: ({ actors: { workspaceId } }) => ({ path: `${WORKSPACES}/${workspaceId}/invitations` }),
  revokeInvitation: async ({ actors: { workspaceId }, invitation }) => ({
    path: `${WORKSPACES}/${workspaceId}/invitations/${await invitation()}`,
  }),
  'acceptInvitation: by a key': () => ({ path: '/api/v1/invitations/accept', body: { token: 'x'.repeat(43) } }),
  listApiKeys: async ({ key }) => ({ path: '/api/v1/api-keys', tells: await key() }),
  createApiKey: () => ({ path: '/api/v1/api-keys', body: { name: 'A key', scopes: ['video:read'] } }),
  changeApiKey: async ({ key }) => ({ path: `/api/v1/api-keys/${await key()}`, body: { name: 'Renamed' } }),
  revokeApiKey: async ({ key }) => ({ path: `/api/v1/api-keys/${await key()}` }),
  rotateApiKey: async ({ key }) => ({ path: `/api/v1/api-keys/${await key()}/rotate` }),

  listAiConnections: async ({ aiConnection }) => ({ path: CONNECTIONS, tells: await aiConnection() }),
  createAiConnection: () => ({
    path: CONNECTIONS,
    body: { name: 'A provider', kind: 'anthropic', baseUrl: 'https://models.example.org', models: {} },
  }),
  getAiConnection: async ({ aiConnection }) => ({ path: `${CONNECTIONS}/${await aiConnection()}` }),
  changeAiConnection: async ({ aiConnection }) => ({
    ...{ path: `${CONNECTIONS}/${await aiConnection()}`, body: { name: 'Another name' } },
  }),
  removeAiConnection: async ({ aiConnection }) => ({ path: `${CONNECTIONS}/${await aiConnection()}` }),
  testAiConnection: async ({ aiConnection }) => ({
    path: `${CONNECTIONS}/${await aiConnection()}/test`,
    headers: keyed(),
  }),
  listBudgets: async ({ budget }) => ({ path: `${METERING}/budgets`, tells: await budget() }),
  createBudget: () => ({ path: `${METERING}/budgets`, body: { period: 'day', limitMicros: 5, currency: 'USD' } }),
  changeBudget: async ({ budget }) => ({ path: `${METERING}/budgets/${await budget()}`, body: { limitMicros: 6 } }),
  removeBudget: async ({ budget }) => ({ path: `${METERING}/budgets/${await budget()}` }),
  listSpends: async ({ spent }) => {
    const source = await spent()
    return { path: `${METERING}/spends?prefix=${source}`, tells: source }
  },
  getCosts: async ({ spent }) => ({ path: `${METERING}/costs?prefix=${await spent()}`, tells: '"spentMicros":7' }),
  listPrices: async ({ price }) => ({ path: `${METERING}/prices`, tells: await price() }),
  createPrice: () => ({
    path: `${METERING}/prices`,
    body: { provider: 'openai', model: newId(), unit: 'input-token', microsPerMillion: 5 },
  }),
  removePrice: async ({ price }) => ({ path: `${METERING}/prices/${await price()}` }),

  listAuditLog: async ({ audited }) => ({ path: '/api/v1/audit-log', tells: await audited('workspace') }),
  exportAuditLogLines: async ({ audited }) => ({
    ...{ path: '/api/v1/audit-log/export.jsonl', tells: await audited('workspace') },
  }),
  exportAuditLogTable: async ({ audited }) => ({
    ...{ path: '/api/v1/audit-log/export.csv', tells: await audited('workspace') },
  }),
  listOwnAuditLog: async ({ audited }) => ({ path: '/api/v1/me/audit-log', tells: await audited('person') }),

  uploadOptions: at('/api/v1/uploads'),
  createUpload: () => ({ path: '/api/v1/uploads', headers: { ...TUS, 'Upload-Length': '10' } }),
  uploadOffset: async ({ upload }) => ({ path: await upload(), headers: TUS }),
  appendToUpload: async ({ upload }) => ({
    ...{ path: await upload(), headers: { ...BYTES, 'Upload-Offset': '0' }, body: Buffer.from('hello') },
  }),
  terminateUpload: async ({ upload }) => ({ path: await upload(), headers: TUS }),

  'streamEvents: of a private video': ({ privateFilm: { id } }) => ({ path: `/api/v1/events?topics=video:${id}` }),
  openRealtime: () => ({
    path: '/api/v1/realtime',
    headers: {
      ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
      'Sec-WebSocket-Key': Buffer.from('sixteen bytes ok').toString('base64'),
    },
  }),
  issueTicket: at('/api/v1/realtime/tickets'),
}
