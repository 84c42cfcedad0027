import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Ctx } from '#platform/context.ts'
import { contentRange, parseRange } from '#platform/storage/range.ts'
import { problem } from '#kernel/errors.ts'
import { stream } from '../door.ts'
import { POSTER_NAME, SPRITE_NAME, STORYBOARD_NAME, mediaKey } from '../encoding/keys.ts'
import type { EncodingPlan } from '../encoding/plan.ts'
import { CAPTIONS_NAME, captionsKeyOf } from '../imports/keys.ts'
import { growingPlaylist } from '../packaging/service.ts'
import { MASTER_NAME, MPD_NAME } from '../packaging/presentation.ts'
import { openToAll, textOfOpenVideo } from './kept.ts'
import { mediaAccess, unfinishedMedia } from './queries.ts'

export const MediaNotFound = problem('stream/media-not-found', 404, 'There is no such media')
export const RangeNotSatisfiable = problem('stream/range-not-satisfiable', 416, 'The range lies outside of the file')

const compressed = promisify(gzip)
const expanded = promisify(gunzip)

/** A file of a video as it is sent. */
export interface MediaAnswer {
  readonly status: 200 | 206
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable | Buffer
}

export interface MediaRequest {
  readonly videoId: string
  /** The secret in the address, null when there is none. */
  readonly grant: string | null
  /** Below the video's folder: `master.m3u8`, `720p/3.m4s`. */
  readonly name: string
  readonly range: string | undefined
  readonly acceptsGzip: boolean
}

type Kind = { readonly type: string; readonly cache: 'immutable' | 'manifest'; readonly isText: boolean }

const PLAYLIST: Kind = { type: 'application/vnd.apple.mpegurl', cache: 'manifest', isText: true }
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^[a-z0-9-]{1,32}\/\d{1,7}\.m4s$/, { type: 'video/iso.segment', cache: 'immutable', isText: false }],
  [/^[a-z0-9-]{1,32}\/init\.mp4$/, { type: 'video/mp4', cache: 'immutable', isText: false }],
  [/^[a-z0-9-]{1,32}\/(?:playlist|iframes)\.m3u8$/, PLAYLIST],
  [new RegExp(`^${MASTER_NAME.replace('.', '\\.')}$`), PLAYLIST],
  [
    new RegExp(`^${MPD_NAME.replace('.', '\\.')}$`),
    { type: 'application/dash+xml; charset=utf-8', cache: 'manifest', isText: true },
  ],
  [
    new RegExp(`^(?:${STORYBOARD_NAME}|${CAPTIONS_NAME})$`.replaceAll('.vtt', '\\.vtt')),
    { type: 'text/vtt; charset=utf-8', cache: 'manifest', isText: true },
  ],
  [
    new RegExp(`^(?:${POSTER_NAME}|${SPRITE_NAME})$`.replaceAll('.jpg', '\\.jpg')),
    { type: 'image/jpeg', cache: 'manifest', isText: false },
  ],
]

const YEAR_SECONDS = 31_536_000

/**
 * One file of a video, authorised at every request: public and unlisted videos for everyone, private ones with a living
 * grant. Closing an open video holds at once, and on other machines within two seconds. Manifests are gzip-encoded where the client takes it (Apple's authoring specification 10.1); those of a video
 * that is still being encoded are written at this moment.
 * @throws MediaNotFound for what is not there, and for what is not there for the caller
 * @throws RangeNotSatisfiable
 */
export async function mediaFile(ctx: Ctx, request: MediaRequest): Promise<MediaAnswer> {
  const kind = KINDS.find(([pattern]) => pattern.test(request.name))?.[1]
  if (kind === undefined) throw MediaNotFound()
  const { videoId, name } = request
  const visibility = await visibilityFor(ctx, request)
  const key = name === CAPTIONS_NAME ? captionsKeyOf(videoId) : mediaKey(videoId, name)
  const headers = {
    'Content-Type': kind.type,
    'Cache-Control':
      kind.cache === 'immutable' ? `${visibility}, max-age=${YEAR_SECONDS}, immutable` : `${visibility}, max-age=60`,
  }
  if (kind.isText && visibility === 'public') {
    const kept = await textOfOpenVideo(ctx, videoId, key)
    if (kept === null) return growing(ctx, request, kind, visibility)
    const zipped = Buffer.from(kept.gzip, 'base64')
    return textBody(request.acceptsGzip ? zipped : await expanded(zipped), headers, request)
  }
  const head = await ctx.storage.head(key)
  if (head === null) return growing(ctx, request, kind, visibility)
  if (kind.isText) return textAnswer(await buffer(await ctx.storage.read(key)), headers, request)
  return rangedAnswer(ctx, key, head.sizeBytes, headers, request.range)
}

/**
 * As what the video is open to who asks.
 * @throws MediaNotFound
 */
async function visibilityFor(ctx: Ctx, { videoId, grant }: MediaRequest): Promise<'public' | 'private'> {
  if (grant === null) {
    if ((await openToAll(ctx, videoId)) === null) throw MediaNotFound()
    return 'public'
  }
  const [access] = await stream.one(ctx, (db) => mediaAccess(db, videoId, grant))
  if (access?.open !== true && access?.granted !== true) throw MediaNotFound()
  return access.open === true ? 'public' : 'private'
}

async function rangedAnswer(
  ctx: Ctx,
  key: string,
  sizeBytes: number,
  headers: Record<string, string>,
  rangeHeader: string | undefined,
): Promise<MediaAnswer> {
  const asked = parseRange(rangeHeader, sizeBytes)
  const common = { ...headers, 'Accept-Ranges': 'bytes' }
  switch (asked.kind) {
    case 'whole':
      return {
        status: 200,
        headers: { ...common, 'Content-Length': String(sizeBytes) },
        body: await ctx.storage.read(key),
      }
    case 'range': {
      const { start, end } = asked.range
      return {
        status: 206,
        headers: {
          ...common,
          'Content-Range': contentRange(asked.range, sizeBytes),
          'Content-Length': String(end - start + 1),
        },
        body: await ctx.storage.read(key, asked.range),
      }
    }
    case 'unsatisfiable':
      throw RangeNotSatisfiable({ headers: { 'Content-Range': `bytes */${sizeBytes}` } })
  }
}

async function textAnswer(text: Buffer, headers: Record<string, string>, request: MediaRequest): Promise<MediaAnswer> {
  return textBody(request.acceptsGzip ? await compressed(text, { level: 6 }) : text, headers, request)
}

/** `body` is compressed when the client accepts that. */
function textBody(body: Buffer, headers: Record<string, string>, request: MediaRequest): MediaAnswer {
  return {
    status: 200,
    headers: {
      ...headers,
      Vary: 'Accept-Encoding',
      'Content-Length': String(body.length),
      ...(request.acceptsGzip ? { 'Content-Encoding': 'gzip' } : {}),
    },
    body,
  }
}

async function growing(ctx: Ctx, request: MediaRequest, kind: Kind, visibility: string): Promise<MediaAnswer> {
  if (kind !== PLAYLIST) throw MediaNotFound()
  const reading = { ...ctx, scope: await scopeOfMedia(ctx, request.videoId, visibility) }
  const [video] = await stream.one(reading, (db) => unfinishedMedia(db, request.videoId))
  if (video === undefined || video.state !== 'encoding' || !video.playable || video.plan === null) throw MediaNotFound()
  const text = await growingPlaylist(reading, request.videoId, video.plan as EncodingPlan, request.name)
  if (text === null) throw MediaNotFound()
  return textAnswer(Buffer.from(text), { 'Content-Type': kind.type, 'Cache-Control': 'no-store' }, request)
}

/** Whose rows to read: a grant that was just found to hold opens its own workspace's rows of this video. */
async function scopeOfMedia(ctx: Ctx, videoId: string, visibility: string): Promise<Ctx['scope']> {
  if (visibility === 'public') return ctx.scope
  const system = { ...ctx, scope: { role: 'system' } as const }
  const [video] = await stream.one(system, (db) => unfinishedMedia(db, videoId))
  if (video === undefined) throw MediaNotFound()
  return { role: 'app', workspaceId: video.workspaceId, userId: null }
}
