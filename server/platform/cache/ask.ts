import { Redis } from 'ioredis'
import { SECOND_MS } from '#kernel/clock.ts'

const TIMEOUT_MS = 2 * SECOND_MS

/**
 * Asks a Redis who it is, for people: `Redis 7.0.15, 1.2 MB in use`.
 * @throws Error with the reason when it cannot be used
 */
export async function askRedis(url: string): Promise<string> {
  const client = new Redis(url, {
    ...{ lazyConnect: true, connectTimeout: TIMEOUT_MS, commandTimeout: TIMEOUT_MS },
    ...{ maxRetriesPerRequest: 0, retryStrategy: () => null },
  })
  let reason: unknown
  // What is wrong with the connection is told here; the promises only say that it was closed.
  client.on('error', (error: unknown) => (reason ??= error))
  try {
    await client.connect()
    const facts: unknown = await client.info()
    const fact = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(String(facts))?.[1]
    if (fact('run_id') === undefined) throw new Error('the server does not tell the id of its run')
    if (fact('cluster_enabled') === '1') throw new Error('it is a cluster; one server is needed')
    return `Redis ${fact('redis_version') ?? 'unknown'}, ${fact('used_memory_human') ?? '?'} in use`
  } catch (error) {
    throw reason ?? error
  } finally {
    client.disconnect()
  }
}
