import { type KeyObject, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  createServer,
  request as ask,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT, jwtVerify } from 'jose'
import { type Configuration, Provider } from 'oidc-provider'
import { Memory } from './memory.ts'

/** Whose ways a provider has. */
export type Kind = 'google' | 'apple' | 'github' | 'microsoft'

/** Who sits before the browser and signs in at the provider. */
export interface Somebody {
  readonly subject: string
  /** What id tokens tell of them; for GitHub what its API does. */
  readonly claims: Readonly<Record<string, unknown>>
  /** GitHub's second answer. */
  readonly addresses?: readonly { readonly email: string; readonly primary: boolean; readonly verified: boolean }[]
  /** What Apple sends beside the code, the first time. */
  readonly appleUser?: object
}

/** What a provider may do in place of answering; each is for one occasion. */
export type ProviderFault =
  /** Answers so to a call whose path ends like this. */
  | { readonly at: string; readonly status: number; readonly body?: string; readonly location?: string }
  /** Breaks the connection off there. */
  | { readonly at: string; readonly drop: true }
  /** Sends people back with an error in place of a code. */
  | { readonly at: 'authorize'; readonly error: string }

export const CLIENT_ID = 'airdate.example'
export const CLIENT_SECRET = 'a secret that both know'
export const TEAM_ID = 'TEAM123456'
export const KEY_ID = 'KEY1234567'
export const OWN_TENANT = '11111111-2222-4333-8444-555555555555'

const { privateKey: signingKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SIGNING_JWK = { ...signingKey.export({ format: 'jwk' }), kid: 'double', use: 'sig', alg: 'RS256' }

/** The key with which clients of Apple's make their secrets. */
export const appleKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * A real OpenID provider on this machine (oidc-provider), behind a front that gives it the ways of one that people know:
 * Apple's secret that is a token, its form and its name beside the code; GitHub without OpenID, with form-encoded answers,
 * errors that are 200, and addresses asked for apart; Microsoft's one description for many tenants.
 */
export class ProviderDouble implements AsyncDisposable {
  readonly kind: Kind
  /** Its origin, on `localhost`: another site than a server on `127.0.0.1`. */
  readonly url: string
  /** Who signs in next. */
  person: Somebody = { subject: 'nobody', claims: {} }
  /** Paths that were asked for, in order. */
  readonly asked: string[] = []
  readonly #front: Server
  readonly #faults: ProviderFault[] = []
  #inner: Server | null = null
  #provider: Provider | null = null
  #callback = ''

  private constructor(kind: Kind, front: Server) {
    this.kind = kind
    this.#front = front
    this.url = `http://localhost:${(front.address() as AddressInfo).port}`
  }

  static async open(kind: Kind): Promise<ProviderDouble> {
    let listener: RequestListener = (_request, reply) => reply.writeHead(503).end()
    const front = createServer((request, reply) => listener(request, reply))
    await listening(front)
    const double = new ProviderDouble(kind, front)
    listener = (request, reply) => void double.#serve(request, reply)
    return double
  }

  /** Where the variables of a server point at this provider. */
  get settings(): Record<string, string> {
    const name = `AIRDATE_OAUTH_${this.kind.toUpperCase()}`
    const client = { [`${name}_CLIENT_ID`]: CLIENT_ID, [`${name}_CLIENT_SECRET`]: CLIENT_SECRET }
    switch (this.kind) {
      case 'google':
        return { ...client, [`${name}_ISSUER`]: this.url }
      case 'github':
        return { ...client, [`${name}_URL`]: this.url, [`${name}_API_URL`]: `${this.url}/api` }
      case 'microsoft':
        return { ...client, [`${name}_URL`]: this.url }
      case 'apple':
        return {
          ...{ [`${name}_CLIENT_ID`]: CLIENT_ID, [`${name}_TEAM_ID`]: TEAM_ID, [`${name}_KEY_ID`]: KEY_ID },
          [`${name}_PRIVATE_KEY`]: String(appleKey.export({ format: 'pem', type: 'pkcs8' })).replaceAll(
            '\n',
            String.raw`\n`,
          ),
          [`${name}_ISSUER`]: this.url,
        }
    }
  }

  /** Knows the one client, which people come back to at `callback`; Microsoft's are all of this tenant. */
  async knows(callback: string, tenant: string = OWN_TENANT): Promise<void> {
    await this.#end()
    this.#callback = callback
    const issuer = this.kind === 'microsoft' ? `${this.url}/${tenant}/v2.0` : this.url
    this.#provider = new Provider(issuer, configuration(this, callback))
    const serve = this.#provider.callback()
    this.#inner = createServer((request, reply) => void serve(request, reply))
    await listening(this.#inner)
  }

  /** A token as it signs them, of whatever it may say. */
  sign(claims: JWTPayload): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'double' }).sign(signingKey)
  }

  misbehave(...faults: readonly ProviderFault[]): void {
    this.#faults.push(...faults)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end()
    await closed(this.#front)
  }

  async #end(): Promise<void> {
    if (this.#inner !== null) await closed(this.#inner)
    this.#inner = null
  }

  async #serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    this.asked.push(`${request.method} ${url.pathname}`)
    const body = await textOf(request)
    const fault = this.#faultAt(url.pathname)
    if (fault !== undefined && 'drop' in fault) return void request.socket.destroy()
    const answer = fault === undefined ? await this.#answer(request, url, body) : this.#misbehaving(fault, url)
    reply.writeHead(answer.status, answer.headers).end(answer.body)
  }

  #faultAt(path: string): ProviderFault | undefined {
    const at = this.#faults.findIndex((fault) => path.endsWith(fault.at))
    return at < 0 ? undefined : this.#faults.splice(at, 1)[0]
  }

  #misbehaving(fault: Exclude<ProviderFault, { drop: true }>, url: URL): Answer {
    if ('status' in fault) {
      const { status, location, body = '' } = fault
      return { status, headers: location === undefined ? {} : { location }, body }
    }
    const back = new URL(this.#callback)
    back.search = new URLSearchParams({ error: fault.error, state: url.searchParams.get('state') ?? '' }).toString()
    return { status: 303, headers: { location: back.href }, body: '' }
  }

  async #answer(request: IncomingMessage, url: URL, body: string): Promise<Answer> {
    if (url.pathname.startsWith('/interaction/')) return this.#signIn(request)
    if (this.kind === 'microsoft' && url.pathname.endsWith('/.well-known/openid-configuration'))
      return this.#described(url)
    if (this.kind === 'github' && url.pathname.startsWith('/api/')) return this.#api(request, url.pathname)
    const isToken = request.method === 'POST' && /\/(token|access_token)$/.test(url.pathname)
    const sent = isToken && this.kind === 'apple' ? await this.#withKnownSecret(body) : body
    const answer = await this.#pass(request, sent)
    if (isToken && this.kind === 'github') return asGithubAnswers(request, answer)
    return this.kind === 'apple' ? this.#withName(answer) : answer
  }

  /** Whoever sits there signs in and agrees, without being asked. */
  async #signIn(request: IncomingMessage): Promise<Answer> {
    const location = await this.#provider?.interactionResult(request, {} as ServerResponse, {
      login: { accountId: this.person.subject },
    })
    return { status: 303, headers: { location }, body: '' }
  }

  #described({ pathname }: URL): Answer {
    const at = `${this.url}/${pathname.split('/')[1]}`
    const told = {
      issuer: `${this.url}/{tenantid}/v2.0`,
      authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
      token_endpoint: `${at}/oauth2/v2.0/token`,
      jwks_uri: `${at}/discovery/v2.0/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(told) }
  }

  async #api({ headers }: IncomingMessage, path: string): Promise<Answer> {
    const token = await this.#provider?.AccessToken.find((headers.authorization ?? '').replace(/^Bearer /, ''))
    if (token === undefined || headers['user-agent'] === undefined) return { status: 401, headers: {}, body: '{}' }
    const told = path === '/api/user' ? { id: Number(token.accountId), ...this.person.claims } : this.person.addresses
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(told) }
  }

  /** Apple takes a token signed with the team's key for a secret; the provider behind us knows a fixed one. */
  async #withKnownSecret(body: string): Promise<string> {
    const form = new URLSearchParams(body)
    const { protectedHeader, payload } = await jwtVerify(form.get('client_secret') ?? '', createPublicKey(appleKey), {
      ...{ algorithms: ['ES256'], issuer: TEAM_ID, subject: CLIENT_ID, audience: this.url },
    })
    const livesS = (payload.exp ?? Infinity) - (payload.iat ?? 0)
    if (protectedHeader.kid === KEY_ID && livesS <= 15_777_000) form.set('client_secret', CLIENT_SECRET)
    return form.toString()
  }

  /** In the form that the browser sends on stands the name too, when Apple tells it. */
  #withName(answer: Answer): Answer {
    const { appleUser } = this.person
    if (appleUser === undefined || !answer.body.includes('name="code"')) return answer
    const value = JSON.stringify(appleUser).replaceAll('"', '&quot;')
    const body = answer.body.replace('<input', `<input type="hidden" name="user" value="${value}"/><input`)
    return { ...answer, body, headers: { ...answer.headers, 'content-length': String(Buffer.byteLength(body)) } }
  }

  async #pass(request: IncomingMessage, body: string): Promise<Answer> {
    if (this.#inner === null) throw new Error('the provider knows nobody yet')
    const { port } = this.#inner.address() as AddressInfo
    const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) }
    const passed = ask({ host: '127.0.0.1', port, path: request.url, method: request.method, headers })
    passed.end(body)
    const [answer] = (await once(passed, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 500, headers: answer.headers, body: await textOf(answer) }
  }
}

/** Form-encoded unless JSON is asked for, and 200 whatever happened. */
function asGithubAnswers({ headers }: IncomingMessage, answer: Answer): Answer {
  const told = JSON.parse(answer.body) as Record<string, string>
  const isJson = headers.accept?.includes('application/json') === true
  const body = isJson ? answer.body : new URLSearchParams(told).toString()
  return {
    status: 200,
    headers: { 'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded' },
    body,
  }
}

const ROUTES: Readonly<Record<Kind, Configuration['routes']>> = {
  google: { authorization: '/authorize', token: '/token' },
  apple: { authorization: '/auth/authorize', token: '/auth/token', jwks: '/auth/keys' },
  github: { authorization: '/login/oauth/authorize', token: '/login/oauth/access_token' },
  microsoft: {
    authorization: '/common/oauth2/v2.0/authorize',
    token: '/common/oauth2/v2.0/token',
    jwks: '/common/discovery/v2.0/keys',
  },
}

function configuration(double: ProviderDouble, callback: string): Configuration {
  return {
    adapter: (model) => new Memory(model, double),
    clients: [
      {
        ...{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [callback] },
        ...{ token_endpoint_auth_method: 'client_secret_post', response_types: ['code'] },
      },
    ],
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, ...double.person.claims }),
    }),
    claims: {
      openid: ['sub', 'tid', 'xms_edov'],
      email: ['email', 'email_verified', 'is_private_email'],
      profile: ['name'],
    },
    // Ours are told everything in the id token.
    conformIdTokenClaims: false,
    scopes: ['openid', 'email', 'profile', 'name', 'read:user', 'user:email'],
    pkce: { required: () => double.kind !== 'apple' },
    routes: { ...ROUTES[double.kind] },
    jwks: { keys: [SIGNING_JWK] },
    cookies: { keys: ['of the double'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: async (ctx) => {
      const { client, session, provider, params } = ctx.oidc
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId })
      grant.addOIDCScope(String(params?.['scope']))
      await grant.save()
      return grant
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
