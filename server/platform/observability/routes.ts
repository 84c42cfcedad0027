import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { wordOf } from '../fields.ts'
import { Forbidden } from '../http/problems.ts'
import { type RouteDefinition, route } from '../http/route.ts'
import { type HealthCheck, askHealth } from './health.ts'
import type { Metrics } from './metrics.ts'

const tag = 'Operations'

const Live = Type.Object({ status: Type.Literal('ok') })
const Readiness = Type.Object(
  {
    status: wordOf(['ready', 'degraded', 'not-ready'], 'Degraded: something fails that it can do without.'),
    checks: Type.Array(
      Type.Object({
        name: Type.String(),
        ok: Type.Boolean(),
        durationMs: Type.Number(),
      }),
    ),
  },
  { title: 'Readiness' },
)

export interface Operations {
  readonly checks: readonly HealthCheck[]
  readonly metrics: Metrics
  /** True from the moment the process was asked to stop: it is ready no more, though it still answers. */
  readonly isStopping: () => boolean
}

/** Health and metrics. `/livez` asks nothing else; `/readyz` asks everything that a request may need. */
export function operationsRoutes(operations: Operations): RouteDefinition[] {
  const live = (id: string, path: string): RouteDefinition =>
    route({
      id,
      method: 'GET',
      path,
      summary: 'The process lives',
      tag,
      permission: 'public',
      identity: 'ignored',
      limit: 'none',
      ok: [200, Live],
      handler: async () => ({ status: 'ok' as const }),
    })
  const ready = (id: string, path: string): RouteDefinition =>
    route({
      id,
      method: 'GET',
      path,
      summary: 'The process can do its work, part by part',
      tag,
      permission: 'public',
      identity: 'ignored',
      limit: 'none',
      ok: [200, Readiness],
      also: [[503, Readiness]],
      handler: async (ctx, { reply }) => {
        const checks = await askHealth(operations.checks)
        const failed = checks.filter((check) => !check.ok)
        reply.header('Cache-Control', 'no-store')
        // Reasons may name hosts and paths: they are for the log, not for whoever asks.
        const told = checks.map(({ name, ok, durationMs }) => ({ name, ok, durationMs }))
        if (!operations.isStopping() && failed.every((check) => check.degrades)) {
          return { status: failed.length === 0 ? ('ready' as const) : ('degraded' as const), checks: told }
        }
        ctx.log.warn({ checks }, 'not ready')
        await reply.code(503).header('Retry-After', '2').send({ status: 'not-ready', checks: told })
        return undefined
      },
    })
  return [
    live('livez', '/livez'),
    live('health', '/health'),
    ready('readyz', '/readyz'),
    ready('ready', '/ready'),
    route({
      id: 'metrics',
      method: 'GET',
      path: '/metrics',
      summary: 'Prometheus metrics, for this machine and for tokens with metrics:read',
      tag,
      permission: 'public',
      ok: [200, 'text/plain'],
      problems: [Forbidden],
      handler: async (ctx, { request, reply }) => {
        const allowed =
          ctx.actor.kind === 'user' && ['*', 'metrics:read'].some((name) => hasPermission(ctx.actor, name))
        if (!allowed && !isFromThisMachine(request))
          throw Forbidden({ detail: 'The permission metrics:read is needed.' })
        const { registry } = operations.metrics
        return reply.type(registry.contentType).send(await registry.metrics())
      },
    }),
  ]
}

function hasPermission(actor: { kind: string; permissions?: ReadonlySet<string> }, name: string): boolean {
  return actor.permissions?.has(name) === true
}

/** True for a direct call over loopback. A proxy on this machine forwards for the world: its calls do not count. */
function isFromThisMachine(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? ''
  const direct = request.headers['x-forwarded-for'] === undefined && request.headers['forwarded'] === undefined
  return direct && (address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1')
}
