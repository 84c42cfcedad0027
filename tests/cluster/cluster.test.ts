import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstWorkerIn, killAll, workersIn } from '#tests/kill/processes.ts'
import { makeMedia } from '#tests/support/media.ts'
import { startBalancer } from './balancer.ts'
import { PatientClient } from './client.ts'
import { type Cluster, startCluster } from './cluster.ts'
import type { Node } from './nodes.ts'

/*
 * Two processes of each role over one PostgreSQL, one S3 and one Redis; in the suite a single scheduler.
 */

const ROLES = ['api', 'worker', 'scheduler'] as const
const PIECE_BYTES = 64 * 1024

let cluster: Cluster
let token: string
let nodes: Node[]
/** Of several chunks, to be interrupted. */
let source: Buffer
/** What is uploaded all the time while processes are restarted: of one chunk, or of several. */
let load: Buffer

/** With `AIRDATE_TEST_CLUSTER=all` every process is restarted, one after another, and more is asked of them; else one of each role. */
const IS_WHOLE = process.env['AIRDATE_TEST_CLUSTER'] === 'all'

/** There are always requests on their way, and the processes still get to do something else. */
const READ_PAUSE_MS = IS_WHOLE ? 20 : 60

/** Each upload is encoded on the processors that the restarted processes need too. */
const UPLOAD_PAUSE_MS = IS_WHOLE ? 1000 : 4000

const restarted = (): Node[] => (IS_WHOLE ? [...nodes] : ROLES.flatMap((role) => nodesOf(role).slice(0, 1)))

const nodesOf = (role: Node['role']): Node[] => nodes.filter((node) => node.role === role)
const urlsOf = (): string[] => nodesOf('api').map(({ url }) => url)

beforeAll(async () => {
  cluster = await startCluster()
  const first = await cluster.nodes.start('api')
  token = await cluster.token()
  const others = await Promise.all(
    [...ROLES, 'worker', ...(IS_WHOLE ? ['scheduler'] : [])].map((role) => cluster.nodes.start(role as Node['role'])),
  )
  nodes = [first, ...others]
  source = await film(14)
  load = IS_WHOLE ? source : await film(3)
}, 120_000)
afterAll(() => cluster[Symbol.asyncDispose]())

async function film(seconds: number): Promise<Buffer> {
  const args = ['-f', 'lavfi', '-i', `testsrc2=s=256x144:r=20:d=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast']
  return readFileSync(await makeMedia(`cluster-${seconds}.mp4`, args))
}

async function ready(videoIds: readonly string[]): Promise<void> {
  const state = `select count(*)::int as count from stream.videos where state = 'ready' and id = any ($1::uuid[])`
  await expect
    .poll(async () => (await cluster.sql<{ count: number }>(state, [videoIds]))[0]?.count, {
      timeout: 150_000,
      interval: 200,
    })
    .toBe(videoIds.length)
  const told = await cluster.sql<{ subject: string }>(
    `select subject from platform.events where type = 'stream.video.ready' and subject = any ($1::text[])`,
    [videoIds.map((id) => `video:${id}`)],
  )
  expect(told).toHaveLength(videoIds.length)
}

/** What a client of one process hears of a video until it is ready. */
async function heard(url: string, videoId: string): Promise<{ types: string[]; progress: number[] }> {
  const reply = await fetch(`${url}/api/v1/events?topics=video:${videoId}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  const [types, progress]: [string[], number[]] = [[], []]
  let text = ''
  for await (const piece of reply.body ?? []) {
    text += Buffer.from(piece).toString()
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data === undefined) continue
      const event = JSON.parse(data) as { type: string; data?: { progress?: number } }
      types.push(event.type)
      if (event.data?.progress !== undefined) progress.push(event.data.progress)
      if (event.type === 'stream.video.ready') return { types, progress }
    }
  }
  throw new Error(`the stream ended before the video was ready: ${types.join(', ')}`)
}

test('an upload hops between processes, a worker that is killed in mid-encode is replaced, and a client of one process sees what others do', async () => {
  const client = new PatientClient(token)
  const urls = urlsOf()
  const begun = client.upload(source, PIECE_BYTES, (n) => urls[n % urls.length] ?? '')
  const [videoId, uploadId] = await begun
  const hearing = heard(urls[0] ?? '', videoId)
  const encoder = await Promise.race(
    nodesOf('worker').map(async (node) => ({ node, worker: await firstWorkerIn(node.dataDir, /^ffmpeg .*libx264/) })),
  )
  process.kill(encoder.worker.identity.pid, 'SIGSTOP')
  await killAll(workersIn(encoder.node.dataDir), encoder.node.dataDir)
  expect((await encoder.node.ended).signal).toBe('SIGKILL')
  const { types, progress } = await hearing
  expect(types.filter((type) => type === 'stream.video.ready')).toHaveLength(1)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  expect(progress.length).toBeGreaterThan(1)
  await ready([videoId])
  expect(client.failures).toEqual([])
  const stored = await cluster.object(`uploads/${uploadId}`)
  expect(createHash('sha256').update(stored).digest('hex')).toBe(createHash('sha256').update(source).digest('hex'))
  nodes = [...nodes.filter((node) => node !== encoder.node), await cluster.nodes.start('worker')]
}, 240_000)

test('all processes are restarted one by one under load: each request has its answer or is told to come again, and nothing is lost', async () => {
  await using balancer = await startBalancer()
  balancer.setNodes(urlsOf())
  for (const url of urlsOf()) await balancer.serving(url)
  const client = new PatientClient(token)
  const over = new AbortController()
  const uploaded: string[] = []
  const uploading = (async () => {
    while (!over.signal.aborted) {
      const [videoId] = await client.upload(load, PIECE_BYTES / 4, () => balancer.url)
      uploaded.push(videoId)
      await delay(UPLOAD_PAUSE_MS)
    }
  })()
  const reading = Array.from({ length: 3 }, async () => {
    while (!over.signal.aborted) {
      await client.insist('GET', `${balancer.url}/api/v1/stream/videos`)
      await delay(READ_PAUSE_MS)
    }
  })
  for (const node of restarted()) {
    node.signal('SIGTERM')
    expect(await node.ended, node.said()).toEqual({ code: 0, signal: null })
    nodes = [...nodes.filter((other) => other !== node), await cluster.nodes.start(node.role)]
    balancer.setNodes(urlsOf())
    for (const url of urlsOf()) await balancer.serving(url)
  }
  over.abort()
  await Promise.all([uploading, ...reading])
  expect(client.failures).toEqual([])
  expect(client.counts.answered).toBeGreaterThan(uploaded.length)
  expect(uploaded.length).toBeGreaterThan(0)
  await ready(uploaded)
  const unfinished = `select name, state from pgboss.job_common where state < 'completed'`
  await expect.poll(() => cluster.sql(unfinished), { timeout: 60_000, interval: 200 }).toEqual([])
  expect(await cluster.sql('select * from platform.dead_jobs')).toEqual([])
}, 400_000)
