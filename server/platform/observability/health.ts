import { monotonicMs } from '#kernel/clock.ts'

/** One thing that the server uses, and how to ask whether it is there. */
export interface HealthCheck {
  readonly name: string
  /** Resolves when all is well; throws with a reason fit for an operator otherwise. */
  readonly check: () => Promise<void>
  /** True for what the server can do without: when it fails, the process is degraded and goes on. */
  readonly degrades?: boolean
}

export interface HealthAnswer {
  readonly name: string
  readonly ok: boolean
  /** True when it is not well and the process goes on without. */
  readonly degrades: boolean
  readonly durationMs: number
  /** Why not; absent when all is well. */
  readonly reason?: string
}

const CHECK_TIMEOUT_MS = 3_000

/** Asks all checks at once. A check that does not answer within 3 s has failed. */
export async function askHealth(checks: readonly HealthCheck[]): Promise<HealthAnswer[]> {
  return Promise.all(checks.map(ask))
}

async function ask({ name, check, degrades = false }: HealthCheck): Promise<HealthAnswer> {
  const startedMs = monotonicMs()
  const took = (): number => Math.round((monotonicMs() - startedMs) * 10) / 10
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS)
  try {
    await Promise.race([check(), late])
    return { name, ok: true, degrades: false, durationMs: took() }
  } catch (error) {
    return {
      name,
      ok: false,
      degrades,
      durationMs: took(),
      reason: error instanceof Error ? error.message : String(error),
    }
  } finally {
    clearTimeout(timer)
  }
}
