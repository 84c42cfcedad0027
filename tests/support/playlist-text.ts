/** One tag with its value as text, and its attributes when it has any. */
export interface PlaylistTag {
  readonly name: string
  readonly value: string
  /** Quoted strings without their quotes. */
  readonly attributes: ReadonlyMap<string, string>
  /** The URI line that belongs to the tag; empty when none follows before the next such tag. */
  readonly uri: string
}

/** A playlist as it is written; `tags` in order. */
export interface Playlist {
  readonly tags: readonly PlaylistTag[]
  readonly segments: readonly PlaylistSegment[]
}

/** EXTINF with what goes with it. */
interface PlaylistSegment {
  readonly seconds: number
  readonly uri: string
  readonly range: { readonly offset: number; readonly sizeBytes: number } | undefined
}

const ATTRIBUTE = /([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s][^",]*)(?:,(?=[A-Z0-9-]+=)|$)/gy
const WITH_URI_LINE = new Set(['EXT-X-STREAM-INF', 'EXTINF'])

/**
 * Reads a playlist strictly (RFC 8216bis §4.1 and §4.2).
 * @throws Error when the first line is not EXTM3U, the last is not ended, or attributes are malformed or repeated
 */
export function parsePlaylist(text: string): Playlist {
  const lines = text.split('\n')
  if (lines[0] !== '#EXTM3U' || lines.at(-1) !== '') throw new Error('Not a playlist, or its last line is not ended')
  const tags: PlaylistTag[] = []
  const segments: PlaylistSegment[] = []
  let range: PlaylistSegment['range']
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('#EXT')) continue
    const [, name = '', value = ''] = /^#([A-Z0-9-]+)(?::(.*))?$/.exec(line) ?? []
    if (name === '') throw new Error(`Not a tag: ${line}`)
    const attributes = /^[A-Z0-9-]+=/.test(value) ? parseAttributes(value) : new Map<string, string>()
    const uri = WITH_URI_LINE.has(name) ? (lines.slice(index + 1).find((next) => !next.startsWith('#')) ?? '') : ''
    tags.push({ name, value, attributes, uri })
    const bytes = /^#EXT-X-BYTERANGE:(\d+)@(\d+)$/.exec(lines[index + 1] ?? '')
    if (name !== 'EXTINF') continue
    range = bytes === null ? undefined : { sizeBytes: Number(bytes[1]), offset: Number(bytes[2]) }
    const seconds = /^\d+(?:\.\d+)?(?=,)/.exec(value)
    if (seconds === null) throw new Error(`Not a duration: ${line}`)
    segments.push({ seconds: Number(seconds[0]), uri, range })
  }
  return { tags, segments }
}

/** The only value of a tag; undefined when it is absent. */
export function tagValue(playlist: Playlist, name: string): string | undefined {
  return playlist.tags.find((tag) => tag.name === name)?.value
}

/** All tags of a name. */
export function tagsNamed(playlist: Playlist, name: string): PlaylistTag[] {
  return playlist.tags.filter((tag) => tag.name === name)
}

function parseAttributes(value: string): Map<string, string> {
  const attributes = new Map<string, string>()
  let length = 0
  for (const [whole, name = '', raw = ''] of value.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new Error(`${name} is told twice`)
    attributes.set(name, raw.startsWith('"') ? raw.slice(1, -1) : raw)
    length += whole.length
  }
  if (length !== value.length) throw new Error(`Not a list of attributes: ${value}`)
  return attributes
}
