import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** The process's metrics, scraped at `/metrics`. Labels carry route templates and closed words, never ids. */
export interface Metrics {
  readonly registry: Registry
  readonly httpDuration: Histogram<'method' | 'route' | 'status_class'>
  readonly databaseWait: Histogram
  readonly slowQueries: Counter
  /** Registers a gauge that is read at each scrape. */
  gauge(name: string, help: string, read: () => number): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    httpDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last byte of its answer.',
      labelNames: ['method', 'route', 'status_class'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
    databaseWait: new Histogram({
      name: 'airdate_database_wait_seconds',
      help: 'Time a caller waited for a database connection.',
      buckets: [0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30],
      registers,
    }),
    slowQueries: new Counter({
      name: 'airdate_database_slow_queries_total',
      help: 'Statements slower than AIRDATE_SLOW_QUERY_MS.',
      registers,
    }),
    gauge: (name, help, read) => {
      const gauge = new Gauge({
        ...{ name, help, registers: [] },
        collect() {
          this.set(read())
        },
      })
      registry.registerMetric(gauge)
    },
  }
}
