import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/**
 * How a read was answered: `hit` from the cache; `miss` computed; `shared` with another read that computed; `waited` for
 * another process; `bypass` computed and not kept, inside a transaction or beside one that was just committing; `error`
 * when a driver failed and it was computed all the same.
 */
export type ReadResult = 'hit' | 'miss' | 'shared' | 'waited' | 'bypass' | 'error'

/** What is measured of caches, by their names, which are as many as are written in the code. */
export interface CacheMetrics {
  read(cache: string, result: ReadResult): void
  looked(cache: string, driver: string, durationMs: number): void
  loaded(cache: string, durationMs: number): void
}

interface Measured {
  sizes(): { readonly name: string; readonly entries: number; readonly sizeBytes: number }[]
  readonly isRedisUsable: boolean | null
}

/** Registers the metrics; `measured` is asked at each scrape. */
export function cacheMetrics(registry: Registry, measured: () => Measured): CacheMetrics {
  const registers = [registry]
  const reads = new Counter({
    name: 'airdate_cache_reads_total',
    help: 'Reads of caches by how they were answered.',
    labelNames: ['cache', 'result'],
    registers,
  })
  const looks = new Histogram({
    name: 'airdate_cache_look_seconds',
    help: 'Time to ask the cache, whatever it answered.',
    labelNames: ['cache', 'driver'],
    buckets: [0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5],
    registers,
  })
  const loads = new Histogram({
    name: 'airdate_cache_load_seconds',
    help: 'Time to compute a value that was not there.',
    labelNames: ['cache'],
    buckets: [0.0005, 0.002, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })
  registry.registerMetric(
    new Gauge({
      name: 'airdate_cache_bytes',
      help: 'What each cache keeps in this process.',
      labelNames: ['cache'],
      registers: [],
      collect() {
        for (const { name, sizeBytes } of measured().sizes()) this.labels(name).set(sizeBytes)
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'airdate_cache_redis_up',
      help: '1 while Redis is used; absent without REDIS_URL.',
      registers: [],
      collect() {
        const { isRedisUsable } = measured()
        if (isRedisUsable === null) this.remove()
        else this.set(isRedisUsable ? 1 : 0)
      },
    }),
  )
  return {
    read: (cache, result) => reads.labels(cache, result).inc(),
    looked: (cache, driver, durationMs) => looks.labels(cache, driver).observe(durationMs / 1000),
    loaded: (cache, durationMs) => loads.labels(cache).observe(durationMs / 1000),
  }
}
