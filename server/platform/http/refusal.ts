import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { SECOND_MS } from '#kernel/clock.ts'
import { Problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { type Logger, redactUrl } from '../observability/log.ts'
import { OPEN_HEADERS } from './cors.ts'
import { opaqueDocument, problemDocument, problemOfFastify } from './problems.ts'

/** For answers that pass no hook: before routing there is none. */
const BARE_HEADERS = {
  ...OPEN_HEADERS,
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const

const LINGER_MS = 5 * SECOND_MS

/** What Node's parser refuses before there is a request: answered in our form, then the connection ends. */
export function refuseMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const [status, title] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers are too large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request took too long to arrive']
        : ['400 Bad Request', 'The request cannot be read']
  const requestId = newId()
  const body = JSON.stringify({
    type: '/problems/malformed-request',
    title,
    status: Number(status.slice(0, 3)),
    instance: '',
    requestId,
  })
  const headers = {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    ...BARE_HEADERS,
    'X-Request-Id': requestId,
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`)
}

/**
 * Answers whatever a request ended in: a problem as its document, anything else as an opaque 500 whose cause is in the
 * log alone.
 */
export async function answerError(
  log: Logger,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const expected = error instanceof Problem ? error : problemOfFastify(error as FastifyError)
  const path = redactUrl(request.url)
  // What Fastify refuses before routing has passed no hook.
  reply.headers(BARE_HEADERS).header('X-Request-Id', request.id).type('application/problem+json')
  letGoOfBody(request, reply)
  if (expected === undefined) {
    log.error({ err: error, requestId: request.id, path }, 'bug')
    return reply.code(500).serializer(JSON.stringify).send(opaqueDocument(request.url, request.id))
  }
  const { clientAddress } = request
  log.info({ problem: expected.kind.type, requestId: request.id, path, clientAddress, err: expected.cause }, 'problem')
  if (expected.status === 401) reply.header('WWW-Authenticate', 'Bearer')
  return reply
    .code(expected.status)
    .headers(expected.extra.headers ?? {})
    .serializer(JSON.stringify)
    .send(problemDocument(expected, request.url, request.id))
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
