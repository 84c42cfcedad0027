import { type Static, Type } from 'typebox'
import { isId } from '#kernel/ids.ts'
import { escapeHtml } from './client/escape.ts'
import { type WatchedVideo, aspectOf } from './client/video.ts'

const Side = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 16_384, description }))

/** What a consumer asks (oEmbed 1.0 §2.2). XML is not offered. */
export const OEmbedQuery = Type.Object(
  {
    url: Type.String({ maxLength: 2048, description: 'Address of a watch or embed page of this server.' }),
    maxwidth: Side('Greatest width in pixels.'),
    maxheight: Side('Greatest height in pixels.'),
    format: Type.Optional(Type.Literal('json')),
  },
  { additionalProperties: false },
)
export type OEmbedQuery = Static<typeof OEmbedQuery>

/** The answer of type `video` (oEmbed 1.0 §2.3.4.2); its names are the specification's, not ours. */
export const OEmbed = Type.Object({
  version: Type.Literal('1.0'),
  type: Type.Literal('video'),
  provider_name: Type.String(),
  provider_url: Type.String(),
  title: Type.String(),
  html: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
})

/** The id in the address of a watch or embed page of the server at `publicUrl`; null for every other address. */
export function videoIdOf(address: string, publicUrl: string): string | null {
  const url = URL.parse(address)
  if (url === null || url.origin !== URL.parse(publicUrl)?.origin) return null
  const id = /^\/(?:watch|embed)\/([^/]+)$/.exec(url.pathname)?.[1]
  return id !== undefined && isId(id) ? id : null
}

const DEFAULT_WIDTH = 1280

/** Describes the embedding: as large as the consumer allows, in the shape of the picture. */
export function oembedOf(
  video: WatchedVideo,
  publicUrl: string,
  query: Pick<OEmbedQuery, 'maxwidth' | 'maxheight'>,
): Static<typeof OEmbed> {
  const ratio = aspectOf(video)
  const widest = Math.min(query.maxwidth ?? DEFAULT_WIDTH, (query.maxheight ?? Infinity) * ratio)
  const width = Math.max(1, Math.floor(widest))
  const height = Math.max(1, Math.floor(widest / ratio))
  const src = escapeHtml(`${publicUrl}/embed/${video.id}`)
  const title = escapeHtml(video.title)
  return {
    version: '1.0',
    type: 'video',
    provider_name: 'Airdate',
    provider_url: publicUrl,
    title: video.title,
    html: `<iframe src="${src}" title="${title}" width="${width}" height="${height}" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen style="border:0"></iframe>`,
    width,
    height,
  }
}
