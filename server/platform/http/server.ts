import compress from '@fastify/compress'
import helmet from '@fastify/helmet'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { SECOND_MS } from '#kernel/clock.ts'
import { Problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Actor, Ctx } from '../context.ts'
import { type StatementCount, countingStatements } from '../database/counting.ts'
import { type Logger, redactUrl } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { readJsonBodies } from './body.ts'
import { openToAnyOrigin } from './cors.ts'
import { KeyMissing, once } from './idempotency.ts'
import {
  Forbidden,
  InvalidInput,
  NotFound,
  RequestTimeout,
  Unauthenticated,
  opaqueDocument,
  problemDocument,
  problemOfFastify,
} from './problems.ts'
import type { RouteDefinition } from './route.ts'
import { compileCheck, refuseFaults } from './validation.ts'

export interface ServerOptions {
  readonly routes: readonly RouteDefinition[]
  readonly log: Logger
  readonly metrics: Metrics
  /** Finds out who calls. Anonymous without credentials; throws Unauthenticated for credentials that do not hold. */
  readonly identify: (request: FastifyRequest) => Promise<Actor>
  readonly makeCtx: (actor: Actor, requestId: string, log: Logger) => Ctx
  /** Called with each answered request and the statements it made: the number is part of a route's contract. */
  readonly onAnswered?: (route: RouteDefinition, statements: StatementCount) => void
}

const BODY_LIMIT_BYTES = 1024 * 1024
const REQUEST_TIMEOUT_MS = 30 * SECOND_MS
const HEADERS_TIMEOUT_MS = 10 * SECOND_MS
const LINGER_MS = 5 * SECOND_MS
const REQUEST_ID = /^[\w-]{8,64}$/

/** Builds the HTTP server from the routes. It does not listen yet; `close()` ends idle connections at once. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 0,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: false, caseSensitive: true },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId()
    },
    frameworkErrors: (error, request, reply) => void answerError(options, error, request, reply),
    clientErrorHandler: refuseMalformedRequest,
  })
  app.server.headersTimeout = HEADERS_TIMEOUT_MS
  app.server.maxHeadersCount = 100
  openToAnyOrigin(app)
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    crossOriginOpenerPolicy: false,
    frameguard: false,
    strictTransportSecurity: false,
  })
  await app.register(compress, { global: true, globalDecompression: false, threshold: 1024, encodings: ['br', 'gzip'] })
  readJsonBodies(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
  })
  measure(app, options)
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(options, error, request, reply))
  app.setNotFoundHandler((request, reply) => answerError(options, NotFound(), request, reply))
  for (const route of options.routes) await mount(app, route, options)
  return app
}

function measure(app: FastifyInstance, options: ServerOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched'
    const { method } = request
    const { statusCode } = reply
    const seconds = reply.elapsedTime / 1000
    options.metrics.httpDuration.labels(method, route, `${Math.floor(statusCode / 100)}xx`).observe(seconds)
    const line = {
      requestId: request.id,
      method,
      url: redactUrl(request.url),
      route,
      statusCode,
      durationMs: reply.elapsedTime,
    }
    options.log[statusCode >= 500 && statusCode !== 503 && statusCode !== 507 ? 'error' : 'debug'](line, 'request')
  })
}

/** What Node's parser refuses before there is a request: answered in our form, then the connection ends. */
function refuseMalformedRequest(error: NodeJS.ErrnoException, socket: import('node:net').Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const [status, title] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers are too large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request took too long to arrive']
        : ['400 Bad Request', 'The request cannot be read']
  const body = JSON.stringify({
    type: '/problems/malformed-request',
    title,
    status: Number(status.slice(0, 3)),
    instance: '',
    requestId: newId(),
  })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

async function answerError(
  options: ServerOptions,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const expected = error instanceof Problem ? error : problemOfFastify(error as FastifyError)
  const path = redactUrl(request.url)
  reply.type('application/problem+json')
  letGoOfBody(request, reply)
  if (expected === undefined) {
    options.log.error({ err: error, requestId: request.id, path }, 'bug')
    return reply.code(500).serializer(JSON.stringify).send(opaqueDocument(path, request.id))
  }
  options.log.info({ problem: expected.kind.type, requestId: request.id, path, err: expected.cause }, 'problem')
  if (expected.status === 401) reply.header('WWW-Authenticate', 'Bearer')
  return reply
    .code(expected.status)
    .headers(expected.extra.headers ?? {})
    .serializer(JSON.stringify)
    .send(problemDocument(expected, path, request.id))
}

/** Bytes of a refused body that are still taken in, so that the client gets to read why. */
const LINGER_BYTES = 4 * 1024 * 1024

/**
 * A body that nobody will read: what is small is taken in and dropped, then the connection ends. Without that a client
 * that is still sending would keep the connection, and with it a stopping server, for as long as it likes.
 */
function letGoOfBody(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request
  if (raw.complete || raw.destroyed) return
  reply.header('Connection', 'close')
  let left = LINGER_BYTES
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) raw.destroy()
  })
  raw.on('error', () => undefined)
  raw.setTimeout(LINGER_MS, () => raw.destroy())
}

const nothing = Type.Object({}, { additionalProperties: false })

async function mount(app: FastifyInstance, route: RouteDefinition, options: ServerOptions): Promise<void> {
  const checkParams = compileCheck((route.params as TSchema | undefined) ?? Type.Object({}), 'params')
  const checkQuery = compileCheck((route.query as TSchema | undefined) ?? nothing, 'query')
  const checkBody = route.body === undefined ? null : compileCheck(route.body as TSchema, 'body')
  const [status, schema] = route.ok
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const actor = await options.identify(request)
    authorise(actor, route)
    refuseFaults([
      ...checkParams(request.params),
      ...checkQuery(request.query),
      ...(checkBody === null || route.streaming === true ? [] : checkBody(request.body ?? null)),
    ])
    const ctx = options.makeCtx(actor, request.id, options.log.child({ requestId: request.id }))
    return answer(route, ctx, request, reply, status)
  }
  const counted = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { onAnswered } = options
    if (onAnswered === undefined) return handler(request, reply)
    const counter: StatementCount = { count: 0, statements: [] }
    reply.raw.once('finish', () => onAnswered(route, counter))
    return countingStatements(counter, () => handler(request, reply))
  }
  const define = (scope: FastifyInstance): void => {
    scope.route({
      method: route.method,
      url: route.path,
      exposeHeadRoute: route.method === 'GET',
      schema: typeof schema === 'object' && schema !== null ? { response: { [status]: schema } } : {},
      ...(route.streaming === true ? {} : { onRequest: boundArrival }),
      handler: counted,
    })
  }
  if (route.streaming !== true) return define(app)
  // A scope of its own whose parser hands every body through unread: the handler takes it from the socket.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    define(scope)
  })
}

/** A body that trickles in is cut off: 30 s for what is at most 1 MiB. */
async function boundArrival(request: FastifyRequest): Promise<void> {
  if (request.raw.complete) return
  const timer = setTimeout(() => request.raw.destroy(RequestTimeout()), REQUEST_TIMEOUT_MS)
  const stop = (): void => clearTimeout(timer)
  request.raw.once('end', stop).once('close', stop)
}

function authorise(actor: Actor, route: RouteDefinition): void {
  if (route.permission === 'public') return
  if (actor.kind === 'anonymous') throw Unauthenticated()
  if (route.permission === 'signed-in' || actor.kind === 'system') return
  if (actor.permissions.has('*') || actor.permissions.has(route.permission)) return
  throw Forbidden({ detail: `The permission ${route.permission} is needed.` })
}

async function answer(
  route: RouteDefinition,
  ctx: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
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
  const kept = await once(ctx, { key, method: request.method, path: request.url, body }, async (inner) => {
    const result = await run(inner)
    const location = reply.getHeader('location')
    return { status, body: result ?? null, headers: typeof location === 'string' ? { location } : {} }
  })
  return reply.code(kept.status).headers(kept.headers).send(kept.body)
}
