import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = join(import.meta.dirname, '../../server/main.ts')

/** A real Airdate with its embedded database in a process of its own. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string
  readonly token: string
  /** The largest resident memory of its main process so far. */
  peakBytes(): Promise<number>
}

/** Starts `up` on a free port with a fresh data folder; `settings` are more of its environment. Run as an ordinary user: PostgreSQL refuses root. */
export async function startServer(dataDir: string, settings: Record<string, string> = {}): Promise<BenchServer> {
  const args = [MAIN, 'up', '--json', '--port', '0', '--data', dataDir]
  // All load comes from one address.
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    AIRDATE_LOG_LEVEL: 'warn',
    AIRDATE_RATE_LIMIT_SCALE: '1000',
    ...settings,
  }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    token: await tokenOf(dataDir, settings['AIRDATE_OWNER_EMAIL'] ?? 'owner@localhost', env),
    peakBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function tokenOf(dataDir: string, email: string, env: NodeJS.ProcessEnv): Promise<string> {
  const args = [MAIN, 'token', '--email', email, '--data', dataDir]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  return text.trim()
}
