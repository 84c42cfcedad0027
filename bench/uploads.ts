import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { invariant } from '#kernel/assert.ts'
import { monotonicMs } from '#kernel/clock.ts'
import { APP_ROLE, SYSTEM_ROLE } from '#platform/database/roles.ts'
import { somebody } from '#platform/uploads/fixtures/server.ts'
import { TEMPLATE, buildTemplate } from '#tests/support/database.ts'
import { connectionTo, startTestCluster } from '#tests/support/postgres.ts'
import { type BenchResult, median } from './support/result.ts'
import type { ServerWanted } from './uploads/server.ts'

/*
 * How fast bytes come in over tus: our server with a checksum on each chunk and every acknowledged byte flushed, beside
 * @tus/server with its file-store, which knows no checksum and flushes nothing, and beside the disk alone. Runs are
 * interleaved and medians are told. Each server has a process of its own; this process is the client of both.
 */

export interface UploadsBenchOptions {
  /** Where both servers and the bare disk write; not a memory filesystem. Default: the system's temporary folder. */
  readonly folder?: string
  /** Runs of each kind for each size of chunk. Default 7. */
  readonly rounds?: number
  /** Bytes of one upload. Default 64 MiB. */
  readonly totalBytes?: number
}

const MIB = 1024 * 1024
const GOAL = 1.6

interface Running extends AsyncDisposable {
  readonly url: string
  /** The most memory that the process has had resident, in bytes. */
  peakBytes(): Promise<number>
}

/** Measures and returns throughput at 1 and 8 MiB chunks, and the peak memory of the servers. */
export async function run(options: UploadsBenchOptions = {}): Promise<BenchResult[]> {
  const { rounds = 7, totalBytes = 64 * MIB } = options
  const folder = join(options.folder ?? tmpdir(), `bench-uploads-${process.pid}`)
  for (const name of ['airdate', 'tus', 'raw']) await mkdir(join(folder, name), { recursive: true })
  const source = randomBytes(totalBytes)
  // Commits wait for the disk, as in production.
  const cluster = await startTestCluster({ durable: true })
  try {
    await buildTemplate(cluster.host)
    const [app, system] = [APP_ROLE, SYSTEM_ROLE].map((role) => connectionTo(cluster.host, TEMPLATE, role))
    invariant(app !== undefined && system !== undefined, 'there are two roles')
    await using airdate = await start({ kind: 'airdate', folder: join(folder, 'airdate'), app, system })
    await using tus = await start({ kind: 'tus', folder: join(folder, 'tus') })
    const results: BenchResult[] = []
    for (const chunkBytes of [MIB, 8 * MIB]) {
      const chunks = chunksOf(source, chunkBytes)
      const speeds = { airdate: [] as number[], tus: [] as number[], raw: [] as number[] }
      // The first round warms up and does not count.
      for (let round = 0; round <= rounds; round += 1) {
        const ours = await upload(airdate.url, chunks, true)
        const theirs = await upload(tus.url, chunks, false)
        const bare = await writeRaw(join(folder, 'raw', `${chunkBytes}-${round}`), chunks)
        if (round === 0) continue
        for (const [name, ms] of [
          ['airdate', ours],
          ['tus', theirs],
          ['raw', bare],
        ] as const) {
          speeds[name].push(totalBytes / MIB / (ms / 1000))
        }
      }
      results.push(speedResult(chunkBytes, median(speeds.airdate), median(speeds.tus), median(speeds.raw)))
    }
    results.push(memoryResult(await airdate.peakBytes(), await tus.peakBytes()))
    return results
  } finally {
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function speedResult(chunkBytes: number, ours: number, theirs: number, bare: number): BenchResult {
  return {
    name: `tus upload, ${chunkBytes / MIB} MiB chunks with sha1, flushed`,
    unit: 'MiB/s',
    value: ours,
    against: [
      { name: '@tus/server with file-store (no checksum, not flushed)', value: theirs },
      { name: 'bare disk, write and fdatasync of each chunk', value: bare },
    ],
    ratio: ours / theirs,
    goal: GOAL,
  }
}

function memoryResult(ours: number, theirs: number): BenchResult {
  return {
    name: 'peak resident memory of the server under upload',
    unit: 'MiB',
    value: ours / MIB,
    against: [{ name: '@tus/server', value: theirs / MIB }],
    ratio: ours / theirs,
  }
}

interface Chunk {
  readonly offset: number
  readonly bytes: Buffer
  readonly checksum: string
}

function chunksOf(source: Buffer, chunkBytes: number): Chunk[] {
  const offsets = Array.from({ length: Math.ceil(source.length / chunkBytes) }, (_, index) => index * chunkBytes)
  return offsets.map((offset) => {
    const bytes = source.subarray(offset, offset + chunkBytes)
    return { offset, bytes, checksum: `sha1 ${createHash('sha1').update(bytes).digest('base64')}` }
  })
}

/** Uploads one file over one connection and returns how long its chunks took, in milliseconds. */
async function upload(url: string, chunks: readonly Chunk[], withChecksum: boolean): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { authorization } = somebody()
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<IncomingMessage> => {
    const opened = request(new URL(path, url), {
      method,
      agent,
      headers: { 'tus-resumable': '1.0.0', authorization, ...headers },
    })
    opened.end(body)
    const [response] = (await once(opened, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    return response
  }
  const length = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
  const created = await send('POST', '/api/v1/uploads', { 'upload-length': String(length) })
  const path = new URL(created.headers.location ?? '', `${url}/`).pathname
  const startedMs = monotonicMs()
  for (const { offset, bytes, checksum } of chunks) {
    const headers = {
      'content-type': 'application/offset+octet-stream',
      'content-length': String(bytes.length),
      'upload-offset': String(offset),
      ...(withChecksum ? { 'upload-checksum': checksum } : {}),
    }
    const { statusCode } = await send('PATCH', path, headers, bytes)
    if (statusCode !== 204) throw new Error(`${url} answered ${statusCode} to a chunk`)
  }
  const tookMs = monotonicMs() - startedMs
  agent.destroy()
  return tookMs
}

async function writeRaw(path: string, chunks: readonly Chunk[]): Promise<number> {
  await using file = await open(path, 'w')
  const startedMs = monotonicMs()
  for (const { offset, bytes } of chunks) {
    await file.write(bytes, 0, bytes.length, offset)
    await file.datasync()
  }
  return monotonicMs() - startedMs
}

async function start(wanted: ServerWanted): Promise<Running> {
  const script = join(import.meta.dirname, 'uploads/server.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(wanted)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const [url] = (await Promise.race([once(lines, 'line'), endedEarly(child)])) as [string]
  return {
    url,
    peakBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

async function endedEarly(child: ChildProcess): Promise<never> {
  await once(child, 'exit')
  throw new Error('The server under test did not start')
}

if (import.meta.main) console.log(JSON.stringify(await run(), null, 2))
