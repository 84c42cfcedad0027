import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { newId } from '#kernel/ids.ts'
import type { Actor, Ctx } from '#platform/context.ts'
import { NotFound, Unauthenticated } from '#platform/http/problems.ts'
import { route } from '#platform/http/route.ts'
import { buildServer } from '#platform/http/server.ts'
import { wideLimits } from '#platform/limits/fixtures/limits.ts'
import { createLogger } from '#platform/observability/log.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { run } from '#platform/process/run.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { pageAssets } from '../../server/stream/watch/assets.ts'
import type { WatchedVideo } from '../../server/stream/watch/client/video.ts'
import { watchRoutes } from '../../server/stream/watch/routes.ts'

const SECONDS = 15
const SEGMENT_SECONDS = 2
/** How much of the film each tile of the storyboard stands for: six tiles for all of it. */
const TILE_SECONDS = SECONDS / 6
export const GOOD_TOKEN = 'a-token-that-holds'

/** A stream whose video stands as a test says, with real media made by FFmpeg, behind the real server and watch pages. */
export interface StreamDouble extends AsyncDisposable {
  readonly url: string
  readonly id: string
  /** Says in what the video differs from a ready, public one, from the next answer on. */
  set(change: Partial<WatchedVideo>): void
  /** Lists only so many segments, as an EVENT playlist that grows; null: all of them, ended. */
  listSegments(count: number | null): void
  /** The part of the address that stands for a playback grant; null ends access for everyone. */
  setGrant(grant: string | null): void
  /** How often the video was asked for. */
  asked(): number
}

export interface StreamDoubleOptions {
  readonly size?: string
  readonly port?: number
}

/** Starts it on a free port. */
export async function openStreamDouble(options: StreamDoubleOptions = {}): Promise<StreamDouble> {
  const folder = await tempDir()
  const size = options.size ?? '1280x720'
  await makeMedia(folder.path, size)
  const id: string = newId()
  let url = ''
  let grant: string | null = null
  let segments: number | null = null
  let asked = 0
  let change: Partial<WatchedVideo> = {}
  const isPrivate = (): boolean => change.visibility === 'private'
  const base = (): string => `${url}/media/${id}${isPrivate() ? `/g/${grant ?? 'ended'}` : ''}`
  const [width = 1280, height = 720] = size.split('x').map(Number)
  const video = (): WatchedVideo => ({
    ...{ id, title: 'Morning over the estuary', visibility: 'public', state: 'ready', playable: true, progress: 1 },
    ...{ failure: null, durationMs: SECONDS * 1000, width, height, frameRate: '30/1' },
    description: 'Fifteen seconds of slow colour, and a tone that rises.\nMade to see whether everything plays.',
    playback: {
      hlsUrl: `${base()}/master.m3u8`,
      posterUrl: `${base()}/poster.jpg`,
      storyboardUrl: `${base()}/storyboard.vtt`,
    },
    createdAt: '2026-11-20T08:00:00Z',
    ...change,
  })
  const visible = (actor: Actor, asking: string): WatchedVideo => {
    if (asking !== id || (isPrivate() && (actor.kind === 'anonymous' || grant === null))) throw NotFound()
    return video()
  }
  const app = await buildServer({
    routes: [
      ...watchRoutes({
        assets: pageAssets,
        videoForWatching: async (ctx, asking) => visible(ctx.actor, asking),
      }),
      route({
        ...{ id: 'getVideo', method: 'GET', path: '/api/v1/stream/videos/:id', permission: 'public', tag: 'double' },
        ...{ summary: 'One video', params: Type.Object({ id: Type.String() }), ok: [200, 'application/json'] },
        handler: async (ctx, { params, reply }) => {
          asked += 1
          return reply.send(visible(ctx.actor, params.id))
        },
      }),
      route({
        ...{ id: 'media', method: 'GET', path: '/media/:id/*', permission: 'public', tag: 'double', summary: 'Media' },
        params: Type.Object({ id: Type.String(), '*': Type.String() }),
        ok: [200, 'application/octet-stream'],
        handler: async (_ctx, { params, reply }) => {
          const [, given, path] = /^(?:g\/([^/]+)\/)?([\w./-]+)$/.exec(params['*']) ?? []
          if (path === undefined || path.includes('..') || (isPrivate() && (grant === null || given !== grant)))
            throw NotFound()
          const bytes = await readFile(join(folder.path, path))
          return reply.type(typeOf(path)).send(path.endsWith('list.m3u8') ? growing(bytes.toString(), segments) : bytes)
        },
      }),
    ],
    log: createLogger('silent'),
    metrics: createMetrics(),
    limits: wideLimits(),
    identify: async (request) => actorOf(request.headers.authorization),
    makeCtx: (actor, requestId) => ({ actor, requestId, publicUrl: url }) as unknown as Ctx,
  })
  url = await app.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  return {
    ...{ url, id },
    set: (next) => void (change = next),
    listSegments: (count) => void (segments = count),
    setGrant: (next) => void (grant = next),
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function actorOf(authorization: string | undefined): Actor {
  if (authorization === undefined) return { kind: 'anonymous' }
  if (authorization !== `Bearer ${GOOD_TOKEN}`) throw Unauthenticated()
  return { kind: 'user', userId: 'somebody', workspaceId: 'somewhere', permissions: new Set(['*']) }
}

function typeOf(path: string): string {
  if (path.endsWith('.m3u8')) return 'application/vnd.apple.mpegurl'
  if (path.endsWith('.vtt')) return 'text/vtt'
  return path.endsWith('.jpg') ? 'image/jpeg' : 'video/mp4'
}

/** A media playlist of the first `count` segments, still to be continued; null leaves it as it is. */
function growing(playlist: string, count: number | null): string {
  if (count === null) return playlist
  const end = playlist.split('#EXTINF').slice(0, count + 1)
  return end
    .join('#EXTINF')
    .replace('#EXT-X-PLAYLIST-TYPE:VOD', '#EXT-X-PLAYLIST-TYPE:EVENT')
    .replace('#EXT-X-ENDLIST\n', '')
}

/** An HLS set with two rungs and separate sound, a poster and a storyboard. */
async function makeMedia(folder: string, size: string): Promise<void> {
  const [width = 1280, height = 720] = size.split('x').map(Number)
  const half = `${Math.round(width / 4) * 2}x${Math.round(height / 4) * 2}`
  const colours = 'c0=0x1d2b4f:c1=0xf2682f:c2=0xf7c59f:c3=0x2a6f97:nb_colors=4:seed=7:speed=0.03'
  // Small and scaled up: the gradients filter computes every pixel in floating point.
  const small = width > height ? '160x90' : '90x160'
  const input = ['-f', 'lavfi', '-i', `gradients=s=${small}:r=30:d=${SECONDS}:${colours},scale=${width}:${height}`]
  const frames = SEGMENT_SECONDS * 30
  await ffmpeg(folder, [
    ...[...input, '-f', 'lavfi', '-i', `sine=frequency=220:beep_factor=2:duration=${SECONDS}`],
    ...['-map', '0:v', '-map', '0:v', '-map', '1:a', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    ...['-g', `${frames}`, '-keyint_min', `${frames}`, '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '96k'],
    ...['-s:v:0', half, '-b:v:0', '400k', '-s:v:1', size, '-b:v:1', '1500k'],
    ...['-f', 'hls', '-hls_time', `${SEGMENT_SECONDS}`, '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    ...['-hls_flags', 'independent_segments', '-master_pl_name', 'master.m3u8'],
    ...['-var_stream_map', 'v:0,agroup:a v:1,agroup:a a:0,agroup:a,default:yes', 's%v/list.m3u8'],
  ])
  await ffmpeg(folder, [...input, '-frames:v', '1', '-q:v', '3', 'poster.jpg'])
  const tile = width > height ? '160:90' : '90:160'
  await ffmpeg(folder, [
    ...input,
    '-vf',
    `fps=1/${TILE_SECONDS},scale=${tile},tile=3x2`,
    '-frames:v',
    '1',
    'sprite.jpg',
  ])
  const [w = 160, h = 90] = tile.split(':').map(Number)
  const cues = Array.from({ length: 6 }, (_, cue) => {
    const at = (tiles: number): string => `00:00:${(tiles * TILE_SECONDS).toFixed(3).padStart(6, '0')}`
    return `${at(cue)} --> ${at(cue + 1)}\nsprite.jpg#xywh=${(cue % 3) * w},${Math.floor(cue / 3) * h},${w},${h}\n`
  })
  await writeFile(join(folder, 'storyboard.vtt'), `WEBVTT\n\n${cues.join('\n')}`)
}

async function ffmpeg(cwd: string, args: string[]): Promise<void> {
  const result = await run('ffmpeg', ['-v', 'error', '-y', ...args], { cwd, timeoutMs: 60_000 })
  if (result.exitCode !== 0) throw new Error(`FFmpeg made no media: ${result.stderr}`)
}
