import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type App, type Observers, compose } from '../../server/app.ts'
import { newId } from '#kernel/ids.ts'
import { type Role, toConfig } from '#platform/config/config.ts'
import { prepareDataFolder } from '#platform/config/data-folder.ts'
import { type Logger, createLogger } from '#platform/observability/log.ts'
import { readBytes } from '#platform/storage/files.ts'
import type { Video } from '#stream'
import { type TestDatabase, testDatabase } from './database.ts'

/** A whole Airdate in this process, on a database and a data folder of its own, reached over HTTP like any other. */
export interface TestApp extends AsyncDisposable {
  readonly app: App
  readonly url: string
  readonly dataDir: string
  readonly db: TestDatabase
  /** Token of the owner. */
  readonly token: string
  /** A call with the owner's token; `token: null` calls as nobody. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  /** Uploads a file by tus in one piece. Returns the id of its video. */
  upload(path: string, metadata?: Record<string, string>): Promise<string>
  /** Waits until a video is ready or has failed. */
  settled(videoId: string): Promise<Video>
}

export interface CallOptions {
  readonly token?: string | null
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  json<T = Record<string, unknown>>(): T
}

/** The header of a call that may cost something, with a key of its own. */
export const keyed = (): Record<string, string> => ({ 'Idempotency-Key': newId() })

/** Log level of tests that look at what went wrong: `AIRDATE_TEST_LOG=debug`. */
const LOG_LEVEL = process.env['AIRDATE_TEST_LOG'] ?? 'silent'

/**
 * Starts one. `observe` looks on at its HTTP server; without the role `worker` nobody works on what is asked of it.
 * `settings` are more variables of its environment. One that stands `beside` another shares its database and data folder,
 * as a second process does, and ends first.
 */
export async function testApp(
  around: {
    readonly observe?: Observers
    readonly roles?: readonly Role[]
    readonly settings?: Readonly<Record<string, string>>
    readonly beside?: Pick<TestApp, 'db' | 'dataDir'>
    readonly log?: Logger
  } = {},
): Promise<TestApp> {
  const { settings, beside, ...composed } = around
  const db = beside?.db ?? (await testDatabase())
  const dataDir = beside?.dataDir ?? mkdtempSync(join(tmpdir(), 'airdate-test-data-'))
  prepareDataFolder(dataDir)
  const databaseUrl = `postgresql://postgres:test@localhost/${db.name}?host=${encodeURIComponent(db.host)}`
  const { config, faults } = toConfig(
    {
      ...{ DATABASE_URL: databaseUrl, AIRDATE_OWNER_EMAIL: 'owner@example.org' },
      // Hundreds of tests come from one address.
      ...{ AIRDATE_OWNER_PASSWORD: 'a long password', AIRDATE_RATE_LIMIT_SCALE: '1000' },
      // Nobody hands requests round between them.
      ...{ AIRDATE_DRAIN_MS: '0', AIRDATE_AI_PRIVATE_HOSTS: '127.0.0.1', ...settings },
    },
    { data: dataDir, port: '0' },
    { workingFolder: '/', checkout: dataDir },
  )
  if (config === undefined) throw new Error(JSON.stringify(faults))
  const app = await compose(config, { roles: config.roles, log: createLogger(LOG_LEVEL), ...composed })
  const url = app.url ?? ''
  const token = await app.ownerToken('test')
  const call: TestApp['call'] = async (method, path, options = {}) => {
    const bearer = options.token === undefined ? token : options.token
    const reply = await fetch(new URL(path, url), {
      ...{ method, redirect: 'manual' },
      headers: {
        ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: bodyOf(options.body) }),
    })
    const bytes = Buffer.from(await reply.arrayBuffer())
    return { status: reply.status, headers: reply.headers, bytes, json: () => JSON.parse(bytes.toString('utf8')) }
  }
  return {
    ...{ app, url, dataDir, db, token, call },
    upload: async (path, metadata = {}) => {
      const bytes = await readBytes(path)
      const reply = await call('POST', '/api/v1/uploads', {
        body: bytes,
        headers: {
          ...{ 'Content-Type': 'application/offset+octet-stream', 'Tus-Resumable': '1.0.0' },
          'Upload-Length': String(bytes.length),
          'Upload-Metadata': Object.entries(metadata)
            .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
            .join(','),
        },
      })
      if (reply.status !== 201) throw new Error(`upload: ${reply.status} ${reply.bytes.toString()}`)
      return reply.headers.get('airdate-video-id') ?? ''
    },
    settled: async (videoId) => {
      for (;;) {
        const video = (await call('GET', `/api/v1/stream/videos/${videoId}`)).json<Video>()
        if (video.state === 'ready' || video.state === 'failed') return video
        await delay(100)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]()
      if (beside !== undefined) return
      await db[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (Buffer.isBuffer(body)) return new Uint8Array(body)
  return typeof body === 'string' ? body : JSON.stringify(body)
}
