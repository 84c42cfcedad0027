import { type Static, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

export const VideoState = ['uploading', 'uploaded', 'probing', 'encoding', 'ready', 'failed'] as const
export type VideoState = (typeof VideoState)[number]

export const Visibility = ['public', 'unlisted', 'private'] as const
export type Visibility = (typeof Visibility)[number]

/** Why a video failed; each says in the docs what its owner can do. */
export const FailureCode = [
  'unsupported_media',
  'corrupt_media',
  'too_large',
  'too_long',
  'too_many_pixels',
  'no_streams',
  'encoding_failed',
  'storage_full',
] as const
export type FailureCode = (typeof FailureCode)[number]

export const VideoParams = Type.Object({ id: pathId('video') })

export const Rendition = Type.Object({
  width: Type.Integer(),
  height: Type.Integer(),
  codecs: Type.String({ description: 'RFC 6381, as in the playlists.' }),
  averageBitrate: Type.Integer({ description: 'Bits per second, measured.' }),
  peakBitrate: Type.Integer({ description: 'Bits per second of the richest segment, measured.' }),
})

export const Playback = Type.Object({
  hlsUrl: Type.String(),
  dashUrl: orNull(Type.String({ description: 'Set when the video is ready.' })),
  posterUrl: orNull(Type.String()),
  storyboardUrl: orNull(Type.String({ description: 'WebVTT with the tiles of a sprite.' })),
  captions: Type.Array(Type.Object({ language: Type.String({ description: 'BCP 47.' }), url: Type.String() }), {
    description: 'WebVTT beside the video, one for each language.',
  }),
})

export const Video = Type.Object(
  {
    id: uuid(),
    title: Type.String(),
    description: Type.String(),
    visibility: wordOf(Visibility, 'Unlisted: whoever knows the address.'),
    state: wordOf(VideoState, 'Where it stands between the first byte and ready.'),
    playable: Type.Boolean({ description: 'True as soon as its beginning can be watched.' }),
    progress: Type.Number({ minimum: 0, maximum: 1, description: 'Share of the encoding that is done.' }),
    failure: orNull(Type.Object({ code: wordOf(FailureCode, 'What is wrong.'), detail: Type.String() })),
    durationMs: orNull(Type.Integer()),
    width: orNull(Type.Integer({ description: 'As shown: after rotation and pixel aspect.' })),
    height: orNull(Type.Integer()),
    frameRate: orNull(Type.String({ description: 'Frames per second as a fraction, such as 30000/1001.' })),
    renditions: Type.Array(Rendition),
    playback: orNull(Playback),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Video' },
)
export type Video = Static<typeof Video>

export const VideoChange = Type.Object(
  {
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    description: Type.Optional(Type.String({ maxLength: 10_000 })),
    visibility: Type.Optional(wordOf(Visibility, 'Who may watch.')),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type VideoChange = Static<typeof VideoChange>

export const VideoQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(wordOf(VideoState, 'Only videos in this state.')),
    visibility: Type.Optional(wordOf(Visibility, 'Only videos of this visibility.')),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Words that the title must hold.' })),
  },
  { additionalProperties: false },
)
export type VideoQuery = Static<typeof VideoQuery>

export const VideoPage = page(Video)
