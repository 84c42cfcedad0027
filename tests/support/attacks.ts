import { readFile, readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createHash } from 'node:crypto'
import type { Role } from '#commons/workspaces/roles.ts'
import { newId, newSecret } from '#kernel/ids.ts'
import type { Video } from '#stream'
import type { Reply, TestApp } from './app.ts'

/** A server that nothing may ever ask. */
export interface Canary extends AsyncDisposable {
  readonly url: string
  /** What was asked of it, none when all is well. */
  readonly hits: readonly string[]
}

export async function openCanary(): Promise<Canary> {
  const hits: string[] = []
  const server = createServer((request, reply) => {
    hits.push(`${request.method} ${request.url}`)
    reply.end('caught')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hits,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Somebody else, with a workspace and a token of their own. */
export interface Stranger {
  readonly userId: string
  readonly workspaceId: string
  readonly token: string
}

/** Whatever has a database that can be written as its owner. */
type OnDatabase = { readonly db: Pick<TestApp['db'], 'sql'> }

/** Writes a person into the database as identity would. */
export async function givenStranger(app: OnDatabase, permissions: readonly string[] = ['*']): Promise<Stranger> {
  const [userId, workspaceId] = [newId(), newId()]
  const email = `${userId}@example.org`
  await app.db.sql('insert into commons.users (id, email, display_name, email_verified) values ($1, $2, $3, true)', [
    ...[userId, email, 'A stranger'],
  ])
  await app.db.sql('insert into commons.workspaces (id, name, owner_id) values ($1, $2, $3)', [
    ...[workspaceId, 'Elsewhere', userId],
  ])
  return joined(app, { userId, workspaceId, role: 'owner', permissions })
}

/** Somebody who came from elsewhere into this workspace, with a token for it. */
export async function givenMember(
  app: OnDatabase,
  { workspaceId, role, permissions = ['*'] }: { workspaceId: string; role: Role; permissions?: readonly string[] },
): Promise<Stranger> {
  const { userId } = await givenStranger(app)
  return joined(app, { userId, workspaceId, role, permissions })
}

async function joined(
  app: OnDatabase,
  to: { userId: string; workspaceId: string; role: Role; permissions: readonly string[] },
): Promise<Stranger> {
  const { userId, workspaceId, role, permissions } = to
  const token = `air_${newSecret(32)}`
  await app.db.sql('insert into commons.workspace_members (workspace_id, user_id, role) values ($1, $2, $3)', [
    ...[workspaceId, userId, role],
  ])
  await app.db.sql(
    `insert into commons.api_tokens (id, user_id, workspace_id, name, secret_hash, permissions)
     values ($1, $2, $3, 'test', $4, $5)`,
    [newId(), userId, workspaceId, createHash('sha256').update(token).digest(), permissions],
  )
  return { userId, workspaceId, token }
}

/** Uploads these bytes as a video in one piece and waits for what becomes of it. */
export async function fate(app: TestApp, bytes: Uint8Array, metadata: Record<string, string> = {}): Promise<Video> {
  return app.settled(videoIdOf(await sendUpload(app, bytes, metadata)))
}

/** Uploads bytes in one piece, whatever is answered. */
export function sendUpload(app: TestApp, bytes: Uint8Array, metadata: Record<string, string> = {}): Promise<Reply> {
  return app.call('POST', '/api/v1/uploads', {
    ...(bytes.length === 0 ? {} : { body: Buffer.from(bytes) }),
    headers: {
      'Tus-Resumable': '1.0.0',
      'Upload-Length': String(bytes.length),
      ...(bytes.length === 0 ? {} : { 'Content-Type': 'application/offset+octet-stream' }),
      ...(Object.keys(metadata).length === 0 ? {} : { 'Upload-Metadata': metadataOf(metadata) }),
    },
  })
}

/** `Upload-Metadata` of these pairs. */
export function metadataOf(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

/** The video that an upload made. */
export function videoIdOf(reply: Reply): string {
  const id = reply.headers.get('airdate-video-id')
  if (id === null) throw new Error(`no video: ${reply.status} ${reply.bytes.toString()}`)
  return id
}

/** Waits until the jobs of a video are over, and answers with everything that it left behind where nothing may be. */
export async function leftovers(app: TestApp, videoId: string): Promise<string[]> {
  while ((await jobsOf(app, videoId)) > 0) await delay(50)
  const left: string[] = []
  for (const name of await readdir(join(app.dataDir, 'tmp'))) left.push(`tmp/${name}`)
  for (const name of await filesBelow(join(app.dataDir, 'files'))) {
    if (name.startsWith(`stream/${videoId}/`)) left.push(name)
  }
  return [...left, ...(await mediaPrograms())]
}

async function jobsOf(app: TestApp, videoId: string): Promise<number> {
  const [row] = await app.db.sql<{ count: number }>(
    `select count(*)::int from pgboss.job where state in ('created', 'retry', 'active') and data::text like $1`,
    [`%${videoId}%`],
  )
  return row?.count ?? -1
}

/** Paths of all files below a folder, relative to it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

/** Media programs that this process has started and that still run; empty where there is no /proc. */
async function mediaPrograms(): Promise<string[]> {
  const pids = await readdir('/proc').catch(() => [])
  const found = await Promise.all(
    pids
      .filter((pid) => /^\d+$/.test(pid))
      .map(async (pid) => {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
        const [, name = '', parent = ''] = /^\d+ \((.*)\) \w (\d+) /.exec(stat) ?? []
        return Number(parent) === process.pid && /^ff(?:mpeg|probe)$/.test(name) ? `process ${pid} ${name}` : null
      }),
  )
  return found.filter((program) => program !== null)
}
