import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import type { ClientRequest } from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { DiskDraft } from '../storage/disk-draft.ts'
import { StorageFull } from '../storage/storage.ts'
import { type TempDir, tempDir } from '../storage/temp.ts'
import { makeThings, thingPurpose } from './fixtures/purposes.ts'
import { RawClient, checksum, metadata, replyTo } from './fixtures/raw-client.ts'
import { type UploadServer, somebody, startUploadServer } from './fixtures/server.ts'
import { declareIntent } from './queries.ts'
import { sweepExpiredUploads } from './sweep.ts'

const MIB = 1024 * 1024

let db: TestDatabase
let folder: TempDir
let server: UploadServer
const opened: Disposable[] = []

const serve = (): Promise<UploadServer> =>
  startUploadServer({
    database: db.database,
    folder: folder.path,
    purposes: [thingPurpose('video', 64 * MIB)],
    settings: { keptMs: 60_000 },
  })

beforeAll(async () => {
  db = await testDatabase()
  folder = await tempDir()
  await makeThings(db)
  server = await serve()
})
afterEach(() => {
  vi.restoreAllMocks()
  for (const one of opened.splice(0)) one[Symbol.dispose]()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

interface Standing {
  readonly offset: number
  readonly pending: number | null
  readonly leased: boolean
}

/** An upload of random bytes and its client; nothing of it is sent yet. */
async function begun(lengthBytes: number | null = 1000, sourceBytes = lengthBytes ?? 1000) {
  const [person, source] = [somebody(), randomBytes(sourceBytes)]
  const raw = new RawClient(server.url, person)
  opened.push(raw)
  const length = lengthBytes === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(lengthBytes) }
  const path = await raw.create({ ...length, 'upload-metadata': metadata({ purpose: 'video' }) })
  const id = path.slice(-36)
  const piece = (from: number, to: number): Buffer => source.subarray(from, to)
  const sumOf = (from: number, to: number) => ({ 'upload-checksum': checksum('sha1', piece(from, to)) })
  return {
    ...{ raw, path, id, source, person, sumOf, key: `${person.userId}:${id}` },
    file: join(folder.path, 'files/uploads', id),
    /** Sends a chunk with its checksum, or with other headers. */
    send: async (from: number, to: number, headers: Record<string, string> = sumOf(from, to)): Promise<number> =>
      (await raw.patch(path, from, piece(from, to), headers)).status,
    /** Begins a chunk with its checksum of which `sent` bytes are sent; the rest is for the test to bring. */
    begin: (from: number, to: number, sent: number): ClientRequest => {
      const request = raw.open('PATCH', path, {
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(from),
        'content-length': String(to - from),
        ...sumOf(from, to),
      })
      request.on('error', () => undefined)
      request.write(piece(from, from + sent))
      return request
    },
    /** What the row says. */
    row: async (): Promise<Standing> => {
      const [found] = await db.sql<{ offset: string; pending: string | null; leased: boolean }>(
        `select offset_bytes as offset, pending_bytes as pending, lease_token is not null as leased
           from platform.uploads where id = $1`,
        [id],
      )
      if (found === undefined) throw new Error('the row is gone')
      const { offset, pending, leased } = found
      return { offset: Number(offset), pending: pending === null ? null : Number(pending), leased }
    },
  }
}

type Begun = Awaited<ReturnType<typeof begun>>

/** An upload at 200 of 1000 bytes whose last hundred counts by its intent alone. */
async function intended(): Promise<Begun> {
  const upload = await begun()
  expect(await upload.send(0, 100)).toBe(204)
  expect(await upload.send(100, 200)).toBe(204)
  expect(await upload.row()).toEqual({ offset: 100, pending: 200, leased: true })
  return upload
}

const settled = (offset: number): Standing => ({ offset, pending: null, leased: false })

async function finishes({ source, file, send, row }: Begun, from: number): Promise<void> {
  expect(await send(from, source.length)).toBe(204)
  expect((await readFile(file)).equals(source)).toBe(true)
  expect(await row()).toEqual(settled(source.length))
}

test('a chunk with a checksum counts by its intent, the next one settles it, and the last one has none', async () => {
  const upload = await intended()
  expect(await upload.send(200, 300)).toBe(204)
  expect(await upload.row()).toEqual({ offset: 200, pending: 300, leased: true })
  expect(await upload.raw.offset(upload.path)).toBe(300)
  expect(await upload.row()).toEqual(settled(300))
  expect(await upload.send(300, 400)).toBe(204)
  expect(await upload.send(400, 500)).toBe(204)
  await finishes(upload, 500)
})

test('an intent costs no statement more than moving the offset', async () => {
  const upload = await intended()
  server.statements.length = 0
  expect(await upload.send(200, 300)).toBe(204)
  expect(await upload.send(300, 400, {})).toBe(204)
  expect(server.statements.map(({ count }) => count)).toEqual([1, 1])
  expect(await upload.row()).toEqual({ offset: 400, pending: null, leased: true })
})

test('the row is settled when the upload is given back, and when the server ends', async () => {
  const [one, two] = [await intended(), await intended()]
  await server.uploads.kept.giveBack(one.key)
  expect(await one.row()).toEqual(settled(200))
  await finishes(one, 200)
  await server[Symbol.asyncDispose]()
  expect(await two.row()).toEqual(settled(200))
  server = await serve()
})

test('nothing is declared for chunks without checksum, of unknown size, beyond 8 MiB, or that tell the length', async () => {
  const upload = await begun(null, 10 * MIB)
  expect(await upload.send(0, 100)).toBe(204)
  expect(await upload.send(100, 200, {})).toBe(204)
  expect(await upload.row()).toMatchObject({ offset: 200, pending: null })
  const chunked = upload.raw.open('PATCH', upload.path, {
    'content-type': 'application/offset+octet-stream',
    'upload-offset': '200',
    'transfer-encoding': 'chunked',
    ...upload.sumOf(200, 300),
  })
  chunked.end(upload.source.subarray(200, 300))
  expect((await replyTo(chunked)).status).toBe(204)
  expect(await upload.row()).toMatchObject({ offset: 300, pending: null })
  expect(await upload.send(300, 301 + 8 * MIB)).toBe(204)
  expect(await upload.row()).toMatchObject({ offset: 301 + 8 * MIB, pending: null })
  const at = 301 + 8 * MIB
  const told = { ...upload.sumOf(at, at + 10), 'upload-length': String(upload.source.length) }
  expect(await upload.send(at, at + 10, told)).toBe(204)
  expect(await upload.row()).toMatchObject({ offset: at + 10, pending: null })
  expect(await upload.send(at + 10, at + 20)).toBe(204)
  expect(await upload.row()).toMatchObject({ offset: at + 10, pending: at + 20 })
})

test('wrong bytes withdraw their intent before they are answered with 460, and the former one is settled', async () => {
  const upload = await intended()
  expect(await upload.send(200, 300, { 'upload-checksum': checksum('sha1', Buffer.from('other')) })).toBe(460)
  expect(await upload.row()).toEqual(settled(200))
  expect((await stat(upload.file)).size).toBe(200)
  await finishes(upload, 200)
})

test('a client that vanishes in mid chunk leaves the upload at what was acknowledged', async () => {
  const upload = await intended()
  const request = upload.begin(200, 300, 50)
  await expect.poll(() => server.uploads.sessions.fromBytes(upload.key)).toBe(200)
  request.destroy()
  await expect.poll(upload.row).toEqual(settled(200))
  await finishes(upload, 200)
})

test('while a chunk arrives, what was acknowledged before is told', async () => {
  const upload = await intended()
  const request = upload.begin(200, 300, 50)
  await expect.poll(() => server.uploads.sessions.fromBytes(upload.key)).toBe(200)
  expect(await upload.row()).toEqual({ offset: 100, pending: 200, leased: true })
  expect(await upload.raw.offset(upload.path)).toBe(200)
  request.end(upload.source.subarray(250, 300))
  expect((await replyTo(request)).status).toBe(204)
  expect(await upload.raw.offset(upload.path)).toBe(300)
})

test('a newer request takes over in mid chunk', async () => {
  const upload = await intended()
  const stopped = replyTo(upload.begin(200, 300, 50))
  await expect.poll(() => server.uploads.sessions.fromBytes(upload.key)).toBe(200)
  expect(await upload.send(200, 400)).toBe(204)
  expect((await stopped).status).toBe(423)
  await finishes(upload, 400)
})

test('an upload with an intent can be ended, in mid chunk too', async () => {
  const [idle, busy] = [await intended(), await intended()]
  const request = busy.begin(200, 300, 50)
  const answered = once(request, 'response')
  await expect.poll(() => server.uploads.sessions.fromBytes(busy.key)).toBe(200)
  for (const { raw, path, file } of [idle, busy]) {
    expect((await raw.send('DELETE', path)).status).toBe(204)
    expect((await raw.send('HEAD', path)).status).toBe(404)
    await expect(stat(file)).rejects.toThrow('ENOENT')
  }
  await answered
})

test('bytes that could not be flushed are not counted, although their intent is in the row', async () => {
  const upload = await intended()
  vi.spyOn(DiskDraft.prototype, 'sync').mockRejectedValueOnce(StorageFull())
  expect(await upload.send(200, 300)).toBe(507)
  expect(await upload.row()).toEqual(settled(200))
  expect((await stat(upload.file)).size).toBe(200)
  await finishes(upload, 200)
})

/** Keeps every other connection from a row; `waiting` are the processes that want it. */
async function lockedRow(id: string) {
  const client = new pg.Client(db.connection('owner'))
  await client.connect()
  await client.query('begin')
  await client.query('set local row_security = off')
  await client.query('lock table platform.uploads in exclusive mode')
  const waiting = async (): Promise<number[]> => {
    const found = await db.sql<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and query like '%platform%uploads%'`,
    )
    return found.map(({ pid }) => pid)
  }
  return {
    id,
    waiting,
    /** Breaks the connection that waits for the row, and returns once it is another's turn or nobody's. */
    breakOne: async (): Promise<void> => {
      await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1)
      const [pid] = await waiting()
      await db.sql('select pg_terminate_backend($1)', [pid])
      await expect.poll(waiting).not.toContain(pid)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

test('a chunk whose bytes are on the disk is not acknowledged before its intent is', async () => {
  const upload = await intended()
  const lock = await lockedRow(upload.id)
  let status: number | null = null
  const sending = upload.send(200, 300).then((answered) => (status = answered))
  await expect.poll(lock.waiting, { timeout: 10_000 }).toHaveLength(1)
  await expect.poll(async () => (await stat(upload.file)).size).toBe(300)
  expect(status).toBeNull()
  await lock[Symbol.asyncDispose]()
  expect(await sending).toBe(204)
  await finishes(upload, 300)
})

test('when the database is away for the intent the offset is moved behind the bytes', async () => {
  const upload = await intended()
  const lock = await lockedRow(upload.id)
  const sending = upload.send(200, 300)
  await lock.breakOne()
  await lock[Symbol.asyncDispose]()
  expect(await sending).toBe(204)
  expect(await upload.row()).toEqual({ offset: 300, pending: null, leased: true })
  await finishes(upload, 300)
})

test('when the database stays away nothing is acknowledged, and what was stays', async () => {
  const upload = await intended()
  const lock = await lockedRow(upload.id)
  const sending = upload.send(200, 300)
  // The intent, the commit behind the bytes, and the attempt to give the lease back.
  for (let broken = 0; broken < 3; broken += 1) await lock.breakOne()
  await lock[Symbol.asyncDispose]()
  expect(await sending).toBeGreaterThanOrEqual(500)
  expect(await upload.row()).toEqual({ offset: 100, pending: 200, leased: true })
  expect(await upload.raw.offset(upload.path)).toBe(200)
  await db.sql(`update platform.uploads set lease_expires_at = now() - interval '1 second' where id = $1`, [upload.id])
  await finishes(upload, 200)
})

test('an intent that arrives late takes back nothing', async () => {
  const upload = await intended()
  const [row] = await db.sql<{ token: string }>(`select lease_token as token from platform.uploads where id = $1`, [
    upload.id,
  ])
  expect(await upload.send(200, 300, {})).toBe(204)
  const late = { offsetBytes: 200, pendingBytes: 300, pendingChecksum: checksum('sha1', Buffer.from('')) }
  const { userId, workspaceId } = upload.person
  const scope = { role: 'app', userId, workspaceId } as const
  const times = { token: row?.token ?? '', leaseMs: 1000, expiresAfterMs: 1000 }
  expect(await declareIntent({ database: db.database, scope }, upload.id, { ...late, ...times })).toBeUndefined()
  expect(await upload.row()).toMatchObject({ offset: 300, pending: null })
})

/** As a dead process leaves an upload that stood at 100, with an intent for the next hundred bytes. */
async function leftBehind(write: (upload: Begun) => Promise<void>, leaseSeconds: number): Promise<Begun> {
  const upload = await begun()
  expect(await upload.send(0, 100)).toBe(204)
  await server.uploads.kept.giveBack(upload.key)
  await write(upload)
  await db.sql(
    `update platform.uploads set pending_bytes = 200, pending_checksum = $2, lease_token = gen_random_uuid(),
       lease_expires_at = now() + make_interval(secs => $3) where id = $1`,
    [upload.id, upload.sumOf(100, 200)['upload-checksum'], leaseSeconds],
  )
  return upload
}

const LEFT: readonly [says: string, write: (upload: Begun) => Promise<void>, told: number, size: number][] = [
  ['none of the bytes', () => Promise.resolve(), 100, 100],
  ['some of the bytes', ({ file, source }) => appendFile(file, source.subarray(100, 150)), 100, 100],
  ['other bytes', ({ file }) => appendFile(file, randomBytes(100)), 100, 100],
  ['bytes with a hole', ({ file }) => truncate(file, 250), 100, 100],
  ['all of the bytes', ({ file, source }) => appendFile(file, source.subarray(100, 200)), 200, 200],
  ['all and more', ({ file, source }) => appendFile(file, source.subarray(100, 250)), 200, 200],
]

test.for(LEFT)(
  'after a crash with %s the offset is that of good bytes, and is settled',
  async ([, write, told, size]) => {
    const upload = await leftBehind(write, -1)
    expect(await upload.raw.offset(upload.path)).toBe(told)
    expect(await upload.row()).toEqual(settled(told))
    expect((await stat(upload.file)).size).toBe(size)
    await finishes(upload, told)
  },
)

test.for(LEFT)('after a crash with %s a client need not ask before it goes on', async ([, write, told]) => {
  const upload = await leftBehind(write, -1)
  const other = told === 100 ? 200 : 100
  expect(await upload.send(other, 300)).toBe(409)
  await finishes(upload, told)
})

test.for(LEFT)(
  'as long as a dead writer has the lease, with %s the same is told and nothing is touched',
  async ([, write, told]) => {
    const upload = await leftBehind(write, 60)
    const before = await readFile(upload.file)
    expect(await upload.raw.offset(upload.path)).toBe(told)
    expect(await upload.send(told, 300)).toBe(423)
    expect(await upload.row()).toEqual({ offset: 100, pending: 200, leased: true })
    expect((await readFile(upload.file)).equals(before)).toBe(true)
  },
)

test('several who come at once after a crash hear the same', async () => {
  const upload = await leftBehind(({ file, source }) => appendFile(file, source.subarray(100, 250)), -1)
  const told = await Promise.all([1, 2, 3, 4].map(() => upload.raw.offset(upload.path)))
  expect(told).toEqual([200, 200, 200, 200])
  await expect.poll(upload.row).toEqual(settled(200))
  await finishes(upload, 200)
})

test('an upload whose file was lost says so to who writes on', async () => {
  const upload = await leftBehind(({ file }) => rm(file), -1)
  expect(await upload.raw.offset(upload.path)).toBe(100)
  expect(await upload.send(100, 200)).toBe(410)
})

test('what expired with an intent is gone, whatever its bytes are', async () => {
  const upload = await leftBehind(({ file, source }) => writeFile(file, source.subarray(0, 200)), -1)
  await db.sql(`update platform.uploads set expires_at = now() - interval '1 second' where id = $1`, [upload.id])
  expect((await upload.raw.send('HEAD', upload.path)).status).toBe(410)
  expect(await upload.row()).toMatchObject({ pending: 200 })
  expect(await sweepExpiredUploads(server.system, server.uploads)).toBe(1)
  await expect(stat(upload.file)).rejects.toThrow('ENOENT')
})

test('whatever happens in whatever order, what was acknowledged is told, and the file is the source', async () => {
  const LENGTH = 4000
  const step = fc.record({
    sizeBytes: fc.integer({ min: 1, max: 500 }),
    act: fc.oneof(
      { weight: 6, arbitrary: fc.constant('chunk' as const) },
      { weight: 5, arbitrary: fc.constantFrom('plain', 'wrong', 'vanish', 'ask', 'give back', 'crash') },
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const upload = await begun(LENGTH)
      let model = 0
      for (const { sizeBytes, act } of steps) {
        const end = Math.min(model + sizeBytes, LENGTH - 1)
        if (end === model) break
        model = await take(upload, act, model, end)
      }
      await finishes(upload, model)
    }),
    { numRuns: 20 },
  )

  async function take(upload: Begun, act: string, at: number, end: number): Promise<number> {
    switch (act) {
      case 'chunk':
        expect(await upload.send(at, end)).toBe(204)
        return end
      case 'plain':
        expect(await upload.send(at, end, {})).toBe(204)
        return end
      case 'wrong':
        expect(await upload.send(at, end, { 'upload-checksum': checksum('sha256', Buffer.from('w')) })).toBe(460)
        return at
      case 'vanish': {
        const request = upload.begin(at, end, Math.floor((end - at) / 2))
        await expect.poll(() => server.uploads.sessions.fromBytes(upload.key)).toBe(at)
        request.destroy()
        await expect.poll(async () => (await upload.row()).leased).toBe(false)
        return at
      }
      case 'give back':
        await server.uploads.kept.giveBack(upload.key)
        return at
      case 'crash':
        await crash(upload)
        return at
      default:
        expect(await upload.raw.offset(upload.path)).toBe(at)
        return at
    }
  }

  /** The row as a dead process leaves it: its lease runs out, and what it kept can do nothing any more. */
  async function crash({ id, key }: Begun): Promise<void> {
    await db.sql(
      `update platform.uploads set lease_token = gen_random_uuid(), lease_expires_at = now() - interval '1 second'
         where id = $1`,
      [id],
    )
    await server.uploads.kept.giveBack(key)
  }
})
