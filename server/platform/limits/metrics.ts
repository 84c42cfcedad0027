import { Counter, type Registry } from 'prom-client'

/** What is measured of limits, by the names of policies. */
export interface LimitMetrics {
  refused(policy: string): void
}

/** Registers the metrics. */
export function limitMetrics(registry: Registry): LimitMetrics {
  const refusals = new Counter({
    name: 'airdate_limits_refused_total',
    help: 'Calls that were refused because a limit was used up, by the policy with the longest wait.',
    labelNames: ['policy'],
    registers: [registry],
  })
  return { refused: (policy) => refusals.labels(policy).inc() }
}
