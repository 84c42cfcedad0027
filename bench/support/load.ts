import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Load {
  readonly connections: number
  readonly seconds: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls an address as fast as it answers, from a process of its own. Throws when one answer is not a success. */
export async function load(
  url: string,
  { connections, seconds, headers = {} }: Load,
): Promise<{ perSecond: number; p99Ms: number }> {
  const tool = join(import.meta.dirname, '../../node_modules/autocannon/autocannon.js')
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const child = spawn(process.execPath, [tool, '-j', '-c', String(connections), '-d', String(seconds), ...given, url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  const report = JSON.parse(text) as {
    requests: { average: number }
    latency: { p99: number }
    errors: number
    non2xx: number
  }
  if (report.errors + report.non2xx > 0) throw new Error(`${url}: ${report.errors} errors, ${report.non2xx} not 2xx`)
  return { perSecond: report.requests.average, p99Ms: report.latency.p99 }
}
