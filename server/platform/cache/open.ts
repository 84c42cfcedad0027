import type { ChangeObserver } from '../database/database.ts'
import type { ListeningOptions } from '../database/listening.ts'
import type { HealthCheck } from '../observability/health.ts'
import type { Logger } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { Cache } from './cache.ts'
import { Hearing } from './hearing.ts'
import { cacheMetrics } from './metrics.ts'

export interface CachesOptions {
  /** null: values are kept in this process, and others are heard through PostgreSQL. */
  readonly redisUrl: string | null
  /** Tells installations apart that share one Redis; the same in all processes of one. */
  readonly installation: string
  readonly connection: ListeningOptions['connection']
  readonly metrics: Metrics
  readonly log: Logger
  readonly nowMs?: (() => number) | undefined
}

/** The cache of a process, with what joins it to the rest. */
export interface Caches extends AsyncDisposable {
  readonly cache: Cache
  /** For the Database: it tells of what transactions change. */
  readonly changes: ChangeObserver
  readonly checks: readonly HealthCheck[]
}

/** Connections to the database that the cache holds: without Redis one session, which hears of changes. */
export const cacheConnections = (redisUrl: string | null): number => (redisUrl === null ? 1 : 0)

/** Opens the cache. Redis need not be there; the database must. */
export async function openCaches(options: CachesOptions): Promise<Caches> {
  const { redisUrl, installation, connection, metrics, log, nowMs } = options
  await using parts = new AsyncDisposableStack()
  const cache: Cache = parts.use(
    new Cache({
      log,
      redis: redisUrl === null ? null : { url: redisUrl, installation },
      metrics: cacheMetrics(metrics.registry, () => cache),
      ...(nowMs === undefined ? {} : { nowMs }),
    }),
  )
  await cache.open()
  const hearing = redisUrl === null ? parts.use(new Hearing({ connection, cache, log })) : null
  await hearing?.open()
  const opened = parts.move()
  return {
    cache,
    changes: {
      changing: async (tags, tx) => {
        await hearing?.say(tx, tags)
        return cache.changing(tags)
      },
    },
    checks: redisUrl === null ? [] : [{ name: 'redis', degrades: true, check: async () => cache.assertWhole() }],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
