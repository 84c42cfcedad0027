import type { FastifyInstance } from 'fastify'

const ALLOWED_HEADERS = [
  'Airdate-Workspace',
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Range',
  'Tus-Resumable',
  'Upload-Checksum',
  'Upload-Concat',
  'Upload-Defer-Length',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'X-Request-Id',
].join(', ')

const EXPOSED_HEADERS = [
  'Location',
  'ETag',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'Upload-Offset',
  'Upload-Length',
  'Upload-Expires',
  'Tus-Resumable',
  'Tus-Version',
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Checksum-Algorithm',
  'Airdate-Video-Id',
  'Airdate-Capture-Id',
  'Airdate-Asset-Id',
  'Content-Range',
  'X-Request-Id',
].join(', ')

/** What every answer carries, also one that Fastify or Node gives before there are hooks. */
export const OPEN_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED_HEADERS,
} as const

/**
 * Any origin may call with a token, none with our cookies: `*` is never joined by credentials. Every answer carries it,
 * errors and media too. A preflight is answered here, before identity and routing.
 */
export function openToAnyOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(OPEN_HEADERS)
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      return reply
        .header('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
        .header('Access-Control-Allow-Headers', ALLOWED_HEADERS)
        .header('Access-Control-Max-Age', '86400')
        .code(204)
        .send()
    }
    return undefined
  })
}
