import compress from '@fastify/compress'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { SECOND_MS } from '#kernel/clock.ts'
import { invariant } from '#kernel/assert.ts'
import { newId } from '#kernel/ids.ts'
import type { Actor, Ctx, Origin } from '../context.ts'
import { type StatementCount, countingStatements } from '../database/counting.ts'
import type { Limits } from '../limits/limits.ts'
import { limitOf } from '../limits/policies.ts'
import { exactAddressLimit, limitAddresses, limitCaller } from '../limits/requests.ts'
import { type Logger, redactUrl } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { readFormBodies, readJsonBodies, refuseEncodedBody } from './body.ts'
import { tellCallers } from './caller.ts'
import { openToAnyOrigin } from './cors.ts'
import { sendSecurityHeaders } from './security-headers.ts'
import { KeyMissing, type Keeping, REMEMBERED_HEADERS, once, onceWaiting } from './idempotency.ts'
import {
  Forbidden,
  InvalidInput,
  MalformedRequest,
  NotFound,
  RequestTimeout,
  Unauthenticated,
  Unavailable,
} from './problems.ts'
import { answerError, refuseMalformedRequest } from './refusal.ts'
import type { RouteDefinition } from './route.ts'
import { asksForWebSocket, routeUpgrades } from './upgrade.ts'
import { compileCheck, refuseFaults } from './validation.ts'
import { writingBy } from './writing.ts'

export interface ServerOptions {
  readonly routes: readonly RouteDefinition[]
  readonly log: Logger
  readonly metrics: Metrics
  readonly limits: Limits
  /** Networks of the proxies that are believed for whom they forward, each `address/bits`; default none. */
  readonly trustedProxies?: readonly string[]
  /** Whether the public URL is one of https; default false. */
  readonly isHttps?: boolean
  /** Finds out who calls. Anonymous without credentials; throws Unauthenticated for credentials that do not hold. */
  readonly identify: (request: FastifyRequest, route: RouteDefinition) => Promise<Actor>
  readonly makeCtx: (actor: Actor, requestId: string, origin: Origin) => Ctx
  /** Called with each answered request and the statements it made: the number is part of a route's contract. */
  readonly onAnswered?: (route: RouteDefinition, statements: StatementCount) => void
  /** Called with each method and path that the server really serves, HEAD beside GET too. */
  readonly onMounted?: (method: string, path: string) => void
  /** How answers are kept that hold a secret; needed when a route has such answers and takes an Idempotency-Key. */
  readonly sealedAnswers?: Keeping
  /** True while the server still serves but wants nobody to come back: each answer then ends its connection. */
  readonly isDraining?: () => boolean
  /** A body that has not arrived by then is given up with 408; default 30 s for what is at most 1 MiB. */
  readonly arrivalTimeoutMs?: number
  /** A connection whose request line and headers have not arrived by then is ended with 408; default 10 s. */
  readonly headersTimeoutMs?: number
}

const BODY_LIMIT_BYTES = 1024 * 1024
const ARRIVAL_TIMEOUT_MS = 30 * SECOND_MS
const HEADERS_TIMEOUT_MS = 10 * SECOND_MS
const REQUEST_ID = /^[\w-]{8,64}$/

/** Builds the HTTP server from the routes. It does not listen yet; `close()` ends idle connections at once. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { headersTimeoutMs = HEADERS_TIMEOUT_MS } = options
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 0,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: false, caseSensitive: true },
    forceCloseConnections: 'idle',
    // Fastify's own answer is no problem document: `refuseWhenClosing` gives ours.
    return503OnClosing: false,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId()
    },
    frameworkErrors: (error, request, reply) => void answerError(options.log, error, request, reply),
    clientErrorHandler: refuseMalformedRequest,
    // Node would answer a missing Host without a body: `refuseWithoutHost` gives ours.
    http: {
      requireHostHeader: false,
      connectionsCheckingInterval: headersTimeoutMs / 2,
      shouldUpgradeCallback: asksForWebSocket,
    },
  })
  routeUpgrades(app)
  app.server.headersTimeout = headersTimeoutMs
  app.server.maxHeadersCount = 100
  const { onMounted } = options
  if (onMounted !== undefined) {
    app.addHook('onRoute', ({ method, url }) => [method].flat().forEach((name) => onMounted(name, url)))
  }
  tellCallers(app, options.trustedProxies ?? [])
  openToAnyOrigin(app)
  await sendSecurityHeaders(app, { isHttps: options.isHttps ?? false })
  await app.register(compress, { global: true, globalDecompression: false, threshold: 1024, encodings: ['br', 'gzip'] })
  readJsonBodies(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    // What the API answers is somebody's own: nobody keeps it, unless a route says that it may be kept, and how.
    if (request.url.startsWith('/api/')) reply.header('Cache-Control', 'no-store')
    if (options.isDraining?.() === true) reply.header('Connection', 'close')
  })
  refuseWhenClosing(app)
  refuseWithoutHost(app)
  limitAddresses(app, options.limits)
  measure(app, options)
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(options.log, error, request, reply))
  app.setNotFoundHandler((request, reply) => answerError(options.log, NotFound(), request, reply))
  for (const route of options.routes) await mount(app, route, options)
  return app
}

/** A server that stops answers what was under way; who comes later on an open connection is sent elsewhere. */
function refuseWhenClosing(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    // What is answered from now on is not kept open for a next request: stopping would wait for it.
    app.server.keepAliveTimeout = 1
    app.server.keepAliveTimeoutBuffer = 0
  })
  app.addHook('onRequest', async (_request, reply) => {
    if (!closing) return
    reply.header('Connection', 'close')
    throw Unavailable({ detail: 'The server is stopping.', headers: { 'Retry-After': '2' } })
  })
}

/** RFC 9112 §3.2: a request of HTTP/1.1 names one host. Nothing here believes what it says. */
function refuseWithoutHost(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion !== '1.0' && raw.headers.host === undefined)
      throw MalformedRequest({ detail: 'Host is missing.' })
  })
}

function measure(app: FastifyInstance, options: ServerOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched'
    const { method } = request
    const { statusCode } = reply
    const seconds = reply.elapsedTime / 1000
    options.metrics.httpDuration.labels(method, route, `${Math.floor(statusCode / 100)}xx`).observe(seconds)
    const level = statusCode >= 500 && statusCode !== 503 && statusCode !== 507 ? 'error' : 'debug'
    if (!options.log.isLevelEnabled(level)) return
    const line = {
      requestId: request.id,
      method,
      url: redactUrl(request.url),
      route,
      statusCode,
      durationMs: reply.elapsedTime,
      clientAddress: request.clientAddress,
    }
    options.log[level](line, 'request')
  })
}

const nothing = Type.Object({}, { additionalProperties: false })

async function mount(app: FastifyInstance, route: RouteDefinition, options: ServerOptions): Promise<void> {
  const checkParams = compileCheck((route.params as TSchema | undefined) ?? Type.Object({}), 'params')
  const checkQuery = compileCheck((route.query as TSchema | undefined) ?? nothing, 'query')
  const checkBody = compileCheck((route.body as TSchema | undefined) ?? nothing, 'body')
  const bodyOf = ({ body }: FastifyRequest): unknown => body ?? (route.body === undefined ? {} : null)
  const [status, schema] = route.ok
  const limit = limitOf(route)
  const keeping = keepingOf(route, options)
  const counting = exactAddressLimit(options.limits, limit)
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const actor: Actor =
      route.identity === 'ignored'
        ? { kind: 'anonymous' }
        : await limitCaller(options.limits, { request, reply, limit }, () => options.identify(request, route))
    authorise(actor, route)
    refuseFaults([
      ...checkParams(request.params),
      ...checkQuery(request.query),
      ...(route.streaming === true ? [] : checkBody(bodyOf(request))),
    ])
    requireWorkspace(actor, route, request)
    const ctx = options.makeCtx(actor, request.id, originOf(request))
    return answer(route, ctx, request, reply, { status, keeping })
  }
  const counted = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { onAnswered } = options
    if (onAnswered === undefined) return handler(request, reply)
    const counter: StatementCount = { count: 0, statements: [] }
    let isTold = false
    const tell = (): void => {
      if (!isTold) onAnswered(route, counter)
      isTold = true
    }
    // An answer that the client did not wait for to its end never finishes.
    reply.raw.once('finish', tell).once('close', tell)
    return countingStatements(counter, () => handler(request, reply))
  }
  const define = (scope: FastifyInstance): void => {
    scope.route({
      method: route.method,
      url: route.path,
      exposeHeadRoute: route.method === 'GET',
      config: { limit },
      ...(typeof schema === 'object' && schema !== null ? { preSerialization: writingBy(schema, status) } : {}),
      onRequest: route.streaming === true ? counting : [...counting, refuseEncodedBody, bounding(options)],
      handler: counted,
    })
  }
  if (route.form === true) {
    await app.register(async (scope) => {
      readFormBodies(scope)
      define(scope)
    })
    return
  }
  if (route.streaming !== true) return define(app)
  // A scope of its own whose parser hands every body through unread: the handler takes it from the socket.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    define(scope)
  })
}

const USER_AGENT_LENGTH = 200

function originOf({ clientAddress: address, headers }: FastifyRequest): Origin {
  const userAgent = headers['user-agent']?.slice(0, USER_AGENT_LENGTH) ?? ''
  return { address, userAgent: userAgent === '' ? null : userAgent }
}

/** A body that trickles in is given up: 408, and the connection ends. What came of it is never handled. */
function bounding({ arrivalTimeoutMs = ARRIVAL_TIMEOUT_MS }: ServerOptions) {
  return async ({ headers, raw }: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // Without a body nothing is awaited: a long answer is no late request.
    if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return
    const timer = setTimeout(() => {
      if (!raw.complete && !reply.sent) void reply.send(RequestTimeout())
    }, arrivalTimeoutMs)
    const stop = (): void => clearTimeout(timer)
    raw.once('end', stop).once('close', stop)
  }
}

function authorise(actor: Actor, route: RouteDefinition): void {
  if (route.permission === 'public') return
  if (actor.kind === 'anonymous') throw Unauthenticated()
  if (route.permission === 'signed-in' || actor.kind === 'system') return
  if (actor.permissions.has('*') || actor.permissions.has(route.permission)) return
  throw Forbidden({ detail: `The permission ${route.permission} is needed.` })
}

/** What the path names is never worked on in the scope of another workspace. */
function requireWorkspace(actor: Actor, route: RouteDefinition, { params }: FastifyRequest): void {
  if (route.workspace !== 'path' || actor.kind === 'system') return
  const { id } = params as { id?: unknown }
  if (actor.kind === 'user' && actor.workspaceId === id) return
  throw NotFound({ detail: `No workspace ${String(id)} is here for you.` })
}

function keepingOf({ id, idempotency, answersSecret }: RouteDefinition, { sealedAnswers }: ServerOptions) {
  if (idempotency === undefined || answersSecret !== true) return undefined
  invariant(sealedAnswers !== undefined, `${id}: its answers cannot be sealed`)
  return sealedAnswers
}

async function answer(
  route: RouteDefinition,
  ctx: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, keeping }: { readonly status: number; readonly keeping: Keeping | undefined },
): Promise<unknown> {
  const { params, query, body } = request
  const run = (inner: Ctx): unknown => route.handler(inner, { params, query, body, request, reply } as never)
  const key = request.headers['idempotency-key']
  if (route.idempotency === undefined || key === undefined) {
    if (route.idempotency === 'required') throw KeyMissing()
    const result = await run(ctx)
    if (reply.sent || result === reply) return reply
    if (reply.statusCode === 200) reply.code(status)
    return result ?? reply.send()
  }
  if (typeof key !== 'string')
    throw InvalidInput({ errors: [{ pointer: 'Idempotency-Key', detail: 'is given twice' }] })
  const effect = async (inner: Ctx) => {
    const result = await run(inner)
    return { status, body: result ?? null, headers: rememberedHeaders(reply) }
  }
  const keyed = { key, method: request.method, path: request.url, body }
  const kept = await (route.waitsForOthers === true ? onceWaiting : once)(ctx, keyed, effect, keeping)
  return reply.code(kept.status).headers(kept.headers).send(kept.body)
}

function rememberedHeaders(reply: FastifyReply): Record<string, string> {
  const kept = REMEMBERED_HEADERS.map((name) => [name, reply.getHeader(name)] as const)
  return Object.fromEntries(
    kept.filter((entry): entry is readonly [(typeof entry)[0], string] => typeof entry[1] === 'string'),
  )
}
