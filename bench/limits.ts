import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { newId } from '#kernel/ids.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { startRouteServer } from '#platform/http/fixtures/server.ts'
import { route } from '#platform/http/route.ts'
import { Limits } from '#platform/limits/limits.ts'
import type { RouteLimit } from '#platform/limits/policies.ts'
import { createLogger } from '#platform/observability/log.ts'
import { testRedis } from '#tests/support/redis.ts'
import { describeMachine, table } from './support/report.ts'
import type { BenchResult } from './support/result.ts'

/*
 * What limits cost: a route that does nothing, counted in each way, beside the same route uncounted. The server's own
 * processor time for each request, the least of interleaved rounds: what else runs on the machine only ever adds to it.
 * `node bench/limits.ts --rounds 5 --seconds 1` prints the result.
 */

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
})

const paths = ['none', 'media', 'read', 'auth'] as const satisfies readonly RouteLimit[]

const routes = paths.map((limit) =>
  route({
    ...{ id: limit, method: 'GET', path: `/${limit}`, summary: 'Nothing', tag: 'bench', permission: 'public', limit },
    ok: [204, null],
    handler: async () => undefined,
  }),
)

interface Way {
  readonly name: string
  readonly url: string
  readonly token?: string
  readonly us: number[]
}

/** Processor time of this process for each request, in microseconds. */
async function cost({ url, token }: Way): Promise<number> {
  const bearer = token === undefined ? [] : ['-H', `Authorization=Bearer ${token}`]
  const program = join(CHECKOUT, 'node_modules/autocannon/autocannon.js')
  const args = [program, '-j', '-c', '16', '-d', values.seconds, ...bearer, url]
  const before = process.cpuUsage()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  const { user, system } = process.cpuUsage(before)
  const found = JSON.parse(said) as { '2xx': number; non2xx: number }
  if (found.non2xx > 0) throw new Error(`${found.non2xx} of ${url} were refused`)
  return (user + system) / found['2xx']
}

async function run(): Promise<BenchResult[]> {
  await using redis = await testRedis()
  const log = createLogger('silent')
  const options = { log, scale: 1000, secret: 'bench' }
  await using alone = new Limits({ ...options, redis: null })
  await using shared = new Limits({ ...options, redis: { url: redis.url, installation: 'bench' } })
  await shared.open()
  await using one = await startRouteServer(routes, { limits: alone })
  await using two = await startRouteServer(routes, { limits: shared })
  const token = `${newId()}.${newId()}`
  const uncounted: Way = { name: 'uncounted', url: `${one.url}/none`, us: [] }
  const ways: Way[] = [
    { name: 'media', url: `${one.url}/media`, us: [] },
    { name: 'a read by nobody', url: `${one.url}/read`, us: [] },
    { name: 'a read by somebody', url: `${one.url}/read`, token, us: [] },
    { name: 'media, told to Redis', url: `${two.url}/media`, us: [] },
    { name: 'a read by somebody, told to Redis', url: `${two.url}/read`, token, us: [] },
    { name: 'a sign-in, agreed upon in Redis', url: `${two.url}/auth`, us: [] },
  ]
  for (const way of [uncounted, ...ways]) await cost(way)
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const way of [uncounted, ...ways]) way.us.push(await cost(way))
  const base = Math.min(...uncounted.us)
  return ways.map(({ name, us }) => ({
    ...{ name: `limits: ${name}`, unit: 'µs of processor', value: Math.min(...us) },
    against: [{ name: 'uncounted', value: base }],
    ratio: Math.min(...us) / base,
  }))
}

if (import.meta.main) {
  console.log(describeMachine())
  console.log(table(await run()))
}
