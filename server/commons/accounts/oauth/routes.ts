import type { FastifyReply, FastifyRequest } from 'fastify'
import { MINUTE_MS } from '#kernel/clock.ts'
import { isProblem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { clearCookie, cookieOf, hostCookie, sessionCookie, setCookie } from '#platform/http/cookies.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { CrossSiteRefused, ownOrigins, refuseCrossSite } from '#platform/http/same-origin.ts'
import { SESSION_MS, SessionNeeded } from '../../sessions/service.ts'
import type { Accounts } from '../accounts.ts'
import { OAUTH_PATH } from '../engine.ts'
import * as Problems from '../problems.ts'
import { ownPage, ownPageOrNone } from '../service.ts'
import type { Entry } from '../sign-in.ts'
import type { ProviderId } from './provider.ts'
import * as Schema from './schema.ts'
import { type ComingBack, beginByProvider, beginLink, comeBack, listLinked, listProviders, unlink } from './service.ts'

const tag = 'Identity'
const HOME = '/account'

/** As long as the library keeps its own side of it. */
const AWAY_MS = 10 * MINUTE_MS

// One for each, so that what was begun with one provider is not ended with another.
const departureCookie = ({ publicUrl }: Ctx, provider: ProviderId) => hostCookie(`airdate_oauth_${provider}`, publicUrl)

/** Routes by which people come in by way of a provider. `origins`: other pages of ours than the public URL's. */
export function oauthRoutes(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  return [...departures(accounts, origins), ...arrivals(accounts), ...ways(accounts)]
}

function departures(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  const common = { method: 'POST', tag, limit: 'auth', params: Schema.ProviderParams } as const
  const going = [Problems.ProviderNotFound, Problems.ProviderUnreachable, Problems.RedirectRefused]
  const leave = async (
    ctx: Ctx,
    reply: FastifyReply,
    { provider, redirectTo }: { readonly provider: ProviderId; readonly redirectTo: string | undefined },
    begin: () => ReturnType<typeof beginByProvider>,
  ) => {
    const page = redirectTo === undefined ? HOME : ownPage(ctx.publicUrl, redirectTo)
    const { authorizationUrl, state } = await begin()
    const kept = Buffer.from(JSON.stringify({ state, page })).toString('base64url')
    reply
      .header('Set-Cookie', setCookie(departureCookie(ctx, provider), kept, AWAY_MS))
      .header('Cache-Control', 'no-store')
    return { authorizationUrl }
  }
  return [
    route({
      ...{ id: 'beginByProvider', path: `${OAUTH_PATH}/:provider`, permission: 'public', ...common },
      summary: 'Begin to sign in by a provider; the browser goes there and comes back with a session',
      body: Schema.BeginBody,
      ok: [200, Schema.Departure],
      problems: [...going, CrossSiteRefused],
      handler: async (ctx, { params: { provider }, body: { redirectTo }, request, reply }) => {
        refuseCrossSite(request, ownOrigins(ctx.publicUrl, origins))
        return leave(ctx, reply, { provider, redirectTo }, () => beginByProvider(ctx, accounts(), provider))
      },
    }),
    route({
      ...{ id: 'linkProvider', path: `${OAUTH_PATH}/:provider/link`, permission: 'account:manage', ...common },
      summary: "Begin to make a provider that knows one's address a way into one's account",
      body: Schema.LinkBody,
      ok: [200, Schema.Departure],
      problems: [...going, ...Problems.proving, SessionNeeded],
      handler: (ctx, { params: { provider }, body: { redirectTo, password }, reply }) =>
        leave(ctx, reply, { provider, redirectTo }, () => beginLink(ctx, accounts(), provider, password)),
    }),
  ]
}

function arrivals(accounts: () => Accounts): readonly RouteDefinition[] {
  const path = `${OAUTH_PATH}/:provider/callback`
  const common = { path, tag, permission: 'public', limit: 'auth' } as const
  return [
    route({
      ...{ id: 'comeBack', method: 'GET', ...common, params: Schema.ProviderParams },
      summary:
        'Where a provider sends people back to: leads on to a page, with the cookie of a session or with a problem',
      query: Schema.ComingBackQuery,
      ok: [303, null],
      handler: async (ctx, { params: { provider }, query, request, reply }) => {
        reply.header('Cache-Control', 'no-store')
        await arrive(ctx, accounts(), provider, query, { request, reply })
      },
    }),
    route({
      ...{
        id: 'comeBackByForm',
        method: 'POST',
        ...common,
        identity: 'ignored',
        form: true,
        params: Schema.ProviderParams,
      },
      summary: 'The same for providers that answer by a form, with which no cookie of ours comes: leads to the other',
      body: Schema.ComingBackForm,
      ok: [303, null],
      handler: async (_ctx, { params: { provider }, body, reply }) => {
        const query = new URLSearchParams(knownOf(body))
        reply
          .header('Cache-Control', 'no-store')
          .header('Location', `${OAUTH_PATH}/${provider}/callback?${query.toString()}`)
      },
    }),
  ]
}

function knownOf({ code, state, error, iss, user }: ComingBack): Record<string, string> {
  const known = Object.entries({ code, state, error, iss, user })
  return Object.fromEntries(known.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

async function arrive(
  ctx: Ctx,
  accounts: Accounts,
  provider: ProviderId,
  query: ComingBack,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<void> {
  const { state, page } = departureOf(ctx, request, provider)
  const cookies = [clearCookie(departureCookie(ctx, provider))]
  let location: string
  try {
    const entry = await comeBack(ctx, accounts, provider, { query: knownOf(query), state })
    if (entry?.kind === 'session') cookies.push(cookieFor(ctx, entry))
    location = entry?.kind === 'challenge' ? `${HOME}#challenge=${encodeURIComponent(entry.challenge)}` : page
  } catch (error) {
    // A person stands at this address, not a program: the page tells them.
    if (!isProblem(error)) throw error
    location = `${HOME}?problem=${encodeURIComponent(error.kind.type)}`
  }
  reply.header('Set-Cookie', cookies).header('Location', location)
}

function cookieFor({ publicUrl }: Ctx, { grant }: Extract<Entry, { kind: 'session' }>): string {
  if (grant.kind !== 'cookie') throw new Error('a browser is given no tokens')
  return setCookie(sessionCookie(publicUrl), grant.secret, SESSION_MS)
}

/** What the browser kept. Whoever sits before it can write it, so it is believed as little as a query. */
function departureOf(
  ctx: Ctx,
  { headers }: FastifyRequest,
  provider: ProviderId,
): { state: string | null; page: string } {
  const kept = cookieOf(headers.cookie, departureCookie(ctx, provider))
  const { state, page } = parsed(kept === null ? '' : Buffer.from(kept, 'base64url').toString('utf8'))
  const own = typeof page === 'string' ? ownPageOrNone(ctx.publicUrl, page) : null
  return { state: typeof state === 'string' ? state : null, page: own ?? HOME }
}

function parsed(json: string): { readonly state?: unknown; readonly page?: unknown } {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {} // not written by us
  }
}

function ways(accounts: () => Accounts): readonly RouteDefinition[] {
  return [
    route({
      ...{ id: 'listProviders', method: 'GET', path: OAUTH_PATH, tag, permission: 'public', identity: 'ignored' },
      summary: 'The providers by which people sign in here',
      ok: [200, Schema.ProviderList],
      handler: async () => listProviders(accounts()),
    }),
    route({
      ...{ id: 'listLinkedProviders', method: 'GET', path: `${OAUTH_PATH}/linked`, tag, permission: 'account:read' },
      summary: "The providers that are ways into one's account, the oldest first",
      ok: [200, Schema.LinkedList],
      problems: [SessionNeeded],
      handler: (ctx) => listLinked(ctx),
    }),
    route({
      ...{ id: 'unlinkProvider', method: 'POST', path: `${OAUTH_PATH}/:provider/unlink`, tag, limit: 'auth' },
      permission: 'account:manage',
      summary: "Take a provider from the ways into one's account",
      params: Schema.ProviderParams,
      body: Schema.UnlinkBody,
      ok: [204, null],
      problems: [...Problems.proving, Problems.WayNotFound, Problems.LastWayIn, SessionNeeded],
      handler: (ctx, { params, body }) => unlink(ctx, params.provider, body.password),
    }),
  ]
}
