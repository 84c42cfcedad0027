import { createHmac } from 'node:crypto'
import type { BetterAuthPlugin } from 'better-auth'
import { HOUR_MS } from '#kernel/clock.ts'
import { newSecret } from '#kernel/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Exchange, type Flow, type Holder, type Letter, runFlow } from './flow.ts'
import type { OAuthProvider, ProviderId } from './oauth/provider.ts'
import type { Statements } from './queries.ts'
import { BASE_PATH, COOKIE_PREFIX } from './terms.ts'

const SESSION_COOKIE = `${COOKIE_PREFIX}.session_token`
const CHALLENGE_COOKIE = `${COOKIE_PREFIX}.two_factor`
const CEREMONY_COOKIE = `${COOKIE_PREFIX}.ceremony`
const STATE_COOKIE = `${COOKIE_PREFIX}.state`

/** Where the flows of providers are, and people come back to. */
export const OAUTH_PATH = '/api/v1/auth/oauth'
/** How long it is believed how a provider describes itself. */
const DESCRIBED_MS = HOUR_MS

interface Library {
  readonly handler: (request: Request) => Promise<Response>
}

interface Reached {
  readonly at: Date
  readonly library: Library
}

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
  /** The address that gets an account, or that one moves to: of two flows about it one comes after the other. */
  readonly address?: string
  /** The provider whose flow it is. `reach` comes first. */
  readonly provider?: ProviderId
  /** What was handed out when somebody went to the provider. */
  readonly state?: string
  readonly exchange?: Exchange
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
  /** Whose address is confirmed now, and was not before. */
  readonly verifiedUserId: string | null
  readonly letters: readonly Letter[]
  /** Whoever brings it back may give the second factor. */
  readonly challenge: string | null
  /** Stands for the ceremony of a passkey that was begun. */
  readonly ceremony: string | null
  /** The hash of the password that was right; null where none was given. */
  readonly verifiedHash: string | null
  /** Belongs to the browser of whoever is sent to a provider. */
  readonly state: string | null
  /** Who was made a person, and who got another way in. */
  readonly madeUserId: string | null
  readonly widenedUserId: string | null
}

/**
 * The library of flows (better-auth) behind one door. It is given a request that we made from checked input, so its own
 * checks of origin and redirect hold as well; it reads and writes through `flowAdapter`; what it wants to send or whom it
 * wants to sign in is handed back. It is loaded when the first flow needs it: that takes a quarter of a second, and most
 * processes never go through one.
 */
export class Engine {
  readonly #secret: string
  readonly #log: Logger
  readonly #providers: readonly OAuthProvider[]
  readonly #made = new Map<string, Promise<Library>>()
  readonly #reached = new Map<string, Reached>()

  constructor(options: {
    readonly secret: string
    readonly log: Logger
    readonly providers?: readonly OAuthProvider[]
  }) {
    this.#secret = options.secret
    this.#log = options.log
    this.#providers = options.providers ?? []
  }

  get providers(): readonly Pick<OAuthProvider, 'id' | 'name'>[] {
    return this.#providers
  }

  /**
   * Makes ready for calls to a provider: asks how it describes itself, unless that was asked within the hour.
   * Not within a transaction. Returns false when it says nothing, or nothing that can be used.
   */
  async reach(publicUrl: string, provider: OAuthProvider['id'], now: Date): Promise<boolean> {
    const key = `${publicUrl} ${provider}`
    const known = this.#reached.get(key)
    if (known !== undefined && now.getTime() - known.at.getTime() < DESCRIBED_MS) return true
    const definition = this.#providers.find(({ id }) => id === provider)
    if (definition === undefined) return false
    const redirectUri = `${publicUrl}${OAUTH_PATH}/${provider}/callback`
    const { providerPlugins } = await import('./oauth/exchange.ts')
    const library = await this.#make(publicUrl, await providerPlugins(definition, redirectUri, now))
    const { socialProviders } = await library.$context
    if (!socialProviders.some(({ id }) => id === provider)) return false
    this.#reached.set(key, { at: now, library })
    return true
  }

  /** Makes ready for calls of flows that need no provider. Whoever calls within a transaction does this before. */
  async load(publicUrl: string): Promise<void> {
    await this.#plain(publicUrl)
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
        exchange: call.exchange ?? null,
      },
      ...{ letters: [], signedIn: null, endedFor: null, verifiedFor: null, madeUserId: null, widenedUserId: null },
      ...{ verifiedHash: null, failure: null },
    }
    const library = await this.#of(publicUrl, call.provider)
    const response = await runFlow(flow, () => library.handler(this.#request(publicUrl, call, holderToken)))
    // What failed at the database or for want of a processor is no refusal, though the library may say so.
    if (flow.failure !== null && !response.ok) throw flow.failure.error
    const text = await response.text()
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown> | null)
    // Of an answer that no authenticator gives the library says that it is its own fault.
    const isTheirs = response.status < 500 || codeOf(body) === 'FAILED_TO_VERIFY_REGISTRATION'
    if (!isTheirs) throw new Error(`a flow failed: ${call.path}: ${codeOf(body)}`)
    return {
      status: response.status,
      code: failureOf(response, body),
      body: body ?? {},
      // Who owes the second factor is not signed in, whatever else the library did.
      signedInUserId: body?.['twoFactorRedirect'] === true ? null : (flow.signedIn?.userId ?? null),
      endedForUserId: flow.endedFor,
      verifiedUserId: flow.verifiedFor,
      letters: flow.letters,
      challenge: cookieSet(response, CHALLENGE_COOKIE),
      ceremony: cookieSet(response, CEREMONY_COOKIE),
      state: cookieSet(response, STATE_COOKIE),
      ...{ madeUserId: flow.madeUserId, widenedUserId: flow.widenedUserId, verifiedHash: flow.verifiedHash },
    }
  }

  #request(publicUrl: string, call: FlowCall, holderToken: string): Request {
    const { method, path, body, query, holder, challenge, ceremony, state } = call
    const url = new URL(`${BASE_PATH}${path}`, publicUrl)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const cookies = [
      ...(holder === undefined ? [] : [`${SESSION_COOKIE}=${this.#signed(holderToken)}`]),
      ...(challenge === undefined ? [] : [`${CHALLENGE_COOKIE}=${encodeURIComponent(challenge)}`]),
      ...(ceremony === undefined ? [] : [`${CEREMONY_COOKIE}=${encodeURIComponent(ceremony)}`]),
      ...(state === undefined ? [] : [`${STATE_COOKIE}=${encodeURIComponent(state)}`]),
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

  async #make(publicUrl: string, plugins: readonly BetterAuthPlugin[]) {
    const { makeLibrary } = await import('./library.ts')
    return makeLibrary({ publicUrl, secret: this.#secret, log: this.#log, plugins })
  }

  #of(publicUrl: string, provider: ProviderId | undefined): Library | Promise<Library> {
    if (provider === undefined) return this.#plain(publicUrl)
    const reached = this.#reached.get(`${publicUrl} ${provider}`)
    if (reached === undefined) throw new Error('a provider is called that was not reached')
    return reached.library
  }

  #plain(publicUrl: string): Promise<Library> {
    const made = this.#made.get(publicUrl) ?? this.#make(publicUrl, [])
    this.#made.set(publicUrl, made)
    return made
  }
}

/** Flows that are called by a browser lead on, whatever happened; what went wrong stands in the address. */
function failureOf(response: Response, body: Record<string, unknown> | null): string | null {
  const location = response.headers.get('Location')
  if (location !== null) return URL.parse(location)?.searchParams.get('error') ?? null
  return response.ok ? null : (codeOf(body) ?? `STATUS_${response.status}`)
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
