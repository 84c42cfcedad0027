import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '#kernel/clock.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { framesOver } from '#tests/support/playing.ts'
import type { Upload } from './client.ts'
import type { Server } from './server.ts'

/** What a source becomes: the digest of each file of its video by its name, and the frames of each rung. */
export interface Encoded {
  readonly files: ReadonlyMap<string, string>
  /** As a player gets them over HLS, by the rung's name. */
  readonly frames: ReadonlyMap<string, number>
}

/** Reads what a finished video has become. */
export async function encodedOf(server: Server, dataDir: string, videoId: string): Promise<Encoded> {
  const folder = join(dataFolder(dataDir).files, 'stream', videoId)
  const files = new Map(namesBelow(folder).map((name) => [name, digestOf(join(folder, name))]))
  const rungs = await server.sql<{ name: string }>(
    `select name from stream.renditions where video_id = $1 and kind = 'video' order by position`,
    [videoId],
  )
  const frames = new Map<string, number>()
  for (const { name } of rungs) {
    frames.set(name, await framesOver(`${server.url}/media/${videoId}/${name}/playlist.m3u8`))
  }
  return { files, frames }
}

/** A video that was uploaded, and what the same source becomes when nobody disturbs it. */
export interface Expected {
  readonly upload: Upload
  readonly undisturbed: Encoded
}

/** Everything that is not as if nothing had happened, a sentence each; empty when all is well. The server runs and rests. */
export async function faultsOf(server: Server, dataDir: string, expected: readonly Expected[]): Promise<string[]> {
  const faults: string[] = []
  for (const each of expected) faults.push(...(await faultsOfVideo(server, dataDir, each)))
  const videoIds = expected.map(({ upload }) => upload.videoId)
  return [...faults, ...(await faultsOfRows(server, videoIds)), ...strayFiles(dataDir, expected)]
}

// x264's rate control looks at what its other threads have done so far: pictures differ a little from run to run, and with
// them what tells their sizes. Sound, initialisation segments, media playlists and pictures are the same to the byte.
const VARIES = /^\d+p\/(?:\d+\.m4s|iframes\.m3u8)$|^(?:master\.m3u8|manifest\.mpd)$/

async function faultsOfVideo(server: Server, dataDir: string, { upload, undisturbed }: Expected): Promise<string[]> {
  const { videoId, uploadId, source } = upload
  const [row] = await server.sql<{ state: string; failure: string | null; told: number }>(
    `select state, failure_code as failure, (select count(*)::int from platform.events
       where type = 'stream.video.ready' and subject = 'video:' || v.id) as told from stream.videos v where id = $1`,
    [videoId],
  )
  const name = `video ${videoId} of ${source.name}`
  if (row?.state !== 'ready') return [`${name} is ${row?.state ?? 'gone'} (${row?.failure ?? 'no failure'})`]
  const faults = row.told === 1 ? [] : [`${name} became ready ${row.told} times`]
  const original = join(dataFolder(dataDir).files, 'uploads', uploadId)
  if (digestOf(original) !== source.sha256) faults.push(`the original of ${name} is not what was sent`)
  const { files, frames } = await encodedOf(server, dataDir, videoId)
  for (const file of new Set([...undisturbed.files.keys(), ...files.keys()])) {
    const [digest, wanted] = [files.get(file), undisturbed.files.get(file)]
    if (digest === undefined || wanted === undefined) faults.push(`${file} of ${name} is missing, or too much`)
    else if (digest !== wanted && !VARIES.test(file)) faults.push(`${file} of ${name} is not as undisturbed`)
  }
  for (const [rung, count] of undisturbed.frames) {
    if (frames.get(rung) !== count) faults.push(`${rung} of ${name} has ${frames.get(rung)} frames instead of ${count}`)
  }
  return faults
}

type Count = readonly [what: string, text: string]

const AT_REST: readonly Count[] = [
  ['jobs that are unfinished', `select count(*)::int as count from pgboss.job_common where state < 'completed'`],
  ['attempts that count as failed', `select count(*)::int as count from platform.job_attempts where outcome <> 'lost'`],
  ['claims of connections by others', 'select count(*)::int - 1 as count from platform.connection_claims'],
]

const OF_UPLOADS: readonly Count[] = [
  ['uploads that are unfinished', `select count(*)::int as count from platform.uploads where state <> 'complete'`],
  [
    'uploads without a video',
    'select count(*)::int as count from platform.uploads u where not exists (select from stream.videos v where v.upload_id = u.id)',
  ],
  [
    'chunks that no plan has',
    `select count(*)::int as count from stream.chunks c join stream.videos v on v.id = c.video_id
       where c.track = 'video' and c.index >= jsonb_array_length(v.plan -> 'chunks')`,
  ],
  [
    'chunks that are missing',
    `select coalesce(sum(jsonb_array_length(v.plan -> 'chunks') - (select count(*) from stream.chunks c
       where c.video_id = v.id and c.track = 'video')), 0)::int as count from stream.videos v`,
  ],
]

async function faultsOfRows(server: Server, videoIds: readonly string[]): Promise<string[]> {
  const faults = [...(await faultsAtRest(server)), ...(await countedFaults(server, OF_UPLOADS))]
  const others = await server.sql<{ id: string }>('select id from stream.videos where id <> all ($1::uuid[])', [
    videoIds,
  ])
  return [...faults, ...others.map(({ id }) => `there is a video ${id} that nobody knows of`)]
}

/** What is still to be done, was given up or failed by itself in a server that rests. */
export async function faultsAtRest(server: Server): Promise<string[]> {
  const faults = await countedFaults(server, AT_REST)
  const dead = await server.sql<{ told: string }>(
    `select job_name || ': ' || code || ' after ' || losses || ' losses: ' || detail as told from platform.dead_jobs`,
  )
  return [...faults, ...dead.map(({ told }) => `a job was given up: ${told}`)]
}

/** A sentence for each of these counts that is not 0. */
export async function countedFaults(server: Server, counts: readonly Count[]): Promise<string[]> {
  const faults: string[] = []
  for (const [what, text] of counts) {
    const [row] = await server.sql<{ count: number }>(text)
    if (row?.count !== 0) faults.push(`there are ${row?.count} ${what}`)
  }
  return faults
}

/** Files below the storage that belong to no row, and whatever is left in temporary folders. */
function strayFiles(dataDir: string, expected: readonly Expected[]): string[] {
  const folder = dataFolder(dataDir)
  const owned = new Set(
    expected.flatMap(({ upload, undisturbed }) => [
      `uploads/${upload.uploadId}`,
      ...[...undisturbed.files.keys()].map((name) => `stream/${upload.videoId}/${name}`),
    ]),
  )
  return [
    ...namesBelow(folder.files).filter((name) => !owned.has(name)),
    ...namesBelow(folder.tmp).map((name) => `tmp/${name}`),
  ].map((name) => `${name} belongs to nothing`)
}

/** Waits until no job is unfinished, for at most `patienceMs`; what is left then is a fault that `faultsOf` tells. */
export async function rest(server: Server, patienceMs: number): Promise<void> {
  const deadlineMs = monotonicMs() + patienceMs
  for (;;) {
    const jobs = await server.sql(`select from pgboss.job_common where state < 'completed' limit 1`)
    const videos = await server.sql(`select from stream.videos where state not in ('ready', 'failed') limit 1`)
    if (jobs.length + videos.length === 0 || monotonicMs() > deadlineMs) return
    await delay(25)
  }
}

/** Files below a folder, empty folders inside it too (with a slash); none when there is no such folder. */
export function namesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
