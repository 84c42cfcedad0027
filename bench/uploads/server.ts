import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import type pg from 'pg'
import { Database } from '#platform/database/database.ts'
import { Pool } from '#platform/database/pool.ts'
import { startUploadServer } from '#platform/uploads/fixtures/server.ts'
import { defineUploadPurpose } from '#platform/uploads/purposes.ts'
import { KEPT_MS } from '#platform/uploads/uploads.ts'

/*
 * A server of its own process for bench/uploads.ts: ours or @tus/server with its file-store. The first argument says which,
 * as JSON; its URL is the only line on standard output. It ends with standard input.
 */

export type ServerWanted =
  | {
      readonly kind: 'airdate'
      readonly folder: string
      readonly app: pg.ClientConfig
      readonly system: pg.ClientConfig
    }
  | { readonly kind: 'tus'; readonly folder: string }

const GIB = 1024 ** 3
const wanted = JSON.parse(process.argv[2] ?? '') as ServerWanted
console.log(wanted.kind === 'airdate' ? await serveAirdate(wanted) : await serveTus(wanted.folder))
process.stdin.resume().once('end', () => process.exit(0))

async function serveAirdate({ folder, app, system }: ServerWanted & { kind: 'airdate' }): Promise<string> {
  const database = new Database({
    app: new Pool({ connection: app, max: 8, applicationName: 'bench-app' }),
    system: new Pool({ connection: system, max: 2, applicationName: 'bench-system' }),
    slowQueryMs: 60_000,
    onSlow: () => undefined,
  })
  const video = defineUploadPurpose<unknown>({
    name: 'video',
    maxBytes: 64 * GIB,
    onCreate: () => Promise.resolve({}),
    onComplete: () => Promise.resolve(),
    onAbandon: () => Promise.resolve(),
  })
  return (await startUploadServer({ database, folder, purposes: [video], settings: { keptMs: KEPT_MS } })).url
}

async function serveTus(folder: string): Promise<string> {
  const tus = new Server({ path: '/api/v1/uploads', datastore: new FileStore({ directory: folder }) })
  const server = createServer((request, response) => void tus.handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
