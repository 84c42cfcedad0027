import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A Redis of a test's own, on a port of its own, that can be killed and brought back with what it had on disk. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string
  /** One command, over a connection that nobody else uses. */
  command(...words: (string | number)[]): Promise<unknown>
  /** Ends it as a power cut would: nothing is written any more. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Stops answering, keeps its connections, until `resume`. */
  pause(): void
  resume(): void
}

/** Starts Debian's `redis-server`. It writes no snapshot unless it is told to. */
export async function testRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'airdate-test-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | null = null
  let control: Redis | null = null
  const start = async (): Promise<void> => {
    server = await startServer(port, folder)
    control = new Redis(url, { retryStrategy: () => null })
    // Redis is killed under its hands: the command that is lost tells it.
    control.on('error', () => undefined)
  }
  const kill = async (): Promise<void> => {
    control?.disconnect()
    const dying = server
    server = null
    if (dying === null || dying.exitCode !== null) return
    const ended = once(dying, 'exit')
    dying.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    ...{ url, start, kill },
    command: async (name, ...words) => control?.call(String(name), ...words),
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startServer(port: number, folder: string): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no']
  const [command, ...rest] =
    process.platform === 'linux'
      ? ['setpriv', '--pdeathsig', 'KILL', '--', 'redis-server', ...args]
      : ['redis-server', ...args]
  const server = spawn(command ?? '', rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`redis-server did not start (is it installed?): ${said}`)))
    for (const output of [server.stdout, server.stderr]) {
      output.on('data', (piece: Buffer) => {
        said += piece.toString()
        if (said.includes('Ready to accept connections')) resolve()
      })
    }
  })
  return server
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
