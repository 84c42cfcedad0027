import { posix } from 'node:path'
import { initFacts, segmentFacts, type FragmentFacts, type InitFacts } from './media-facts.ts'
import { parsePlaylist, tagsNamed, tagValue, type Playlist, type PlaylistTag } from './playlist-text.ts'

/** A file as a client got it. `headers` have lower-case names; without them nothing is said of transport. */
export interface Fetched {
  /** After content decoding. */
  readonly bytes: Buffer
  readonly headers?: Readonly<Record<string, string>>
  readonly wasRedirected?: boolean
}

/** Fetches a path relative to the folder of the master playlist; throws when there is no such file. */
export type Fetch = (path: string) => Fetched | Promise<Fetched>

/** A rule that is broken. `rule` is a section of Apple's HLS authoring specification, `RFC 8216` or `house`. */
export interface Violation {
  readonly rule: string
  readonly where: string
  readonly detail: string
}

/** What a presentation cannot help. */
interface HlsExpectations {
  /** The source is too small for more than one rung (9.9). Default false. */
  readonly singleVariant?: boolean
  /** The ladder does not go down to 192 kbit/s (9.21). Default false. */
  readonly noCellular?: boolean
}

/** A media playlist with what its files say. */
interface Rendition {
  readonly path: string
  readonly playlist: Playlist
  readonly init: InitFacts
  readonly segments: readonly { readonly sizeBytes: number; readonly fragments: readonly FragmentFacts[] }[]
}

type Report = (rule: string, where: string, holds: boolean, detail: string) => void

/**
 * Reads a finished (VOD) presentation as a client would, playlists, boxes and NAL units, and tells every rule of Apple's
 * HLS authoring specification that it breaks; empty when none. Nothing is taken from the code under test but its reader
 * of boxes and parameter sets.
 */
export async function hlsViolations(
  fetch: Fetch,
  masterPath: string,
  expectations: HlsExpectations = {},
): Promise<Violation[]> {
  const violations: Violation[] = []
  const report: Report = (rule, where, holds, detail) => {
    if (!holds) violations.push({ rule, where, detail })
  }
  const get = async (path: string): Promise<Buffer> => {
    const { bytes, headers, wasRedirected } = await fetch(path)
    report('8.18', path, wasRedirected !== true, 'media is redirected')
    if (headers !== undefined) checkTransport(path, headers, report)
    return bytes
  }
  try {
    await checkPresentation(get, masterPath, expectations, report)
  } catch (error) {
    report('RFC 8216', masterPath, false, `unreadable: ${error instanceof Error ? error.message : String(error)}`)
  }
  return violations
}

async function checkPresentation(
  get: (path: string) => Promise<Buffer>,
  masterPath: string,
  expectations: HlsExpectations,
  report: Report,
): Promise<void> {
  const master = parsePlaylist((await get(masterPath)).toString())
  const streams = tagsNamed(master, 'EXT-X-STREAM-INF')
  const media = tagsNamed(master, 'EXT-X-MEDIA')
  checkMaster(master, masterPath, streams, media, expectations, report)
  const load = async (uri: string): Promise<Rendition> => loadRendition(get, beside(masterPath, uri))
  const video = new Map<PlaylistTag, Rendition>()
  for (const stream of streams) if (stream.attributes.has('RESOLUTION')) video.set(stream, await load(stream.uri))
  const audio = new Map<PlaylistTag, Rendition>()
  const alone = new Map<PlaylistTag, Rendition>()
  for (const stream of streams) if (!video.has(stream)) alone.set(stream, await load(stream.uri))
  for (const tag of media) audio.set(tag, await load(tag.attributes.get('URI') ?? ''))
  const all = [...video.values(), ...audio.values(), ...alone.values()]
  for (const rendition of all) checkMediaPlaylist(rendition, report)
  checkTogether(all, report)
  for (const [stream, rendition] of video) {
    checkPicture(rendition, report)
    const sounds = [...audio].filter(([tag]) => tag.attributes.get('GROUP-ID') === stream.attributes.get('AUDIO'))
    checkVariant(
      stream,
      rendition,
      sounds.map(([, sound]) => sound),
      report,
    )
  }
  for (const [stream, sound] of alone) checkSoundAlone(stream, sound, report)
  const stereo = [...audio.values()].some(({ init }) => init.codecs === 'mp4a.40.2' && init.channels === 2)
  report('2.3', masterPath, audio.size === 0 || stereo, 'no stereo AAC')
  await checkTrickPlay(get, masterPath, master, video, report)
}

function checkTransport(path: string, headers: Readonly<Record<string, string>>, report: Report): void {
  const isPlaylist = path.endsWith('.m3u8')
  const type = headers['content-type']?.split(';')[0] ?? ''
  const types = isPlaylist ? ['application/vnd.apple.mpegurl'] : ['video/mp4', 'audio/mp4', 'video/iso.segment']
  report('10.4', path, types.includes(type), `served as ${JSON.stringify(type)}`)
  report('10.1', path, !isPlaylist || headers['content-encoding'] === 'gzip', 'playlist is not gzip-encoded')
}

function checkMaster(
  master: Playlist,
  path: string,
  streams: readonly PlaylistTag[],
  media: readonly PlaylistTag[],
  { singleVariant = false, noCellular = false }: HlsExpectations,
  report: Report,
): void {
  report('9.12', path, tagValue(master, 'EXT-X-INDEPENDENT-SEGMENTS') !== undefined, 'no INDEPENDENT-SEGMENTS')
  report('RFC 8216', path, streams.length > 0, 'no variants')
  report('9.9', path, singleVariant || streams.length > 1, 'a single bit rate')
  const peaks = streams.map(({ attributes }) => Number(attributes.get('BANDWIDTH')))
  report('9.21', path, noCellular || Math.min(...peaks) <= 192_000, `lowest peak is ${Math.min(...peaks)}`)
  for (const { attributes, uri } of streams) {
    const hasPicture = attributes.get('CODECS')?.includes('avc1') !== false
    for (const [rule, name, isWanted] of [
      ['9.1', 'CODECS', true],
      ['9.2', 'RESOLUTION', hasPicture],
      ['9.14', 'AVERAGE-BANDWIDTH', true],
      ['9.15', 'FRAME-RATE', hasPicture],
    ] as const) {
      report(rule, uri, attributes.has(name) === isWanted, `${name} is ${isWanted ? 'missing' : 'too much'}`)
    }
    report('1.24', uri, !hasPicture || attributes.get('VIDEO-RANGE') === 'SDR', 'not told to be SDR')
    const group = attributes.get('AUDIO')
    const exists = media.some((tag) => tag.attributes.get('GROUP-ID') === group)
    report('RFC 8216', uri, group === undefined || exists, `audio group ${group} does not exist`)
  }
  const pictures = streams.filter(({ attributes }) => attributes.has('RESOLUTION'))
  report('9.9', path, singleVariant || pictures.length > 1, 'a single picture')
  // RFC 8216 §4.3.4.1.1: groups of one type have the same members, alike in everything but where and how they are coded.
  const members = Map.groupBy(media, ({ attributes }) => attributes.get('GROUP-ID'))
  const described = [...members.values()].map((tags) => tags.map(({ attributes }) => attributes.get('NAME')).join())
  report('RFC 8216', path, new Set(described).size <= 1, 'groups of sound have other members')
  const distances = pictures.map(({ attributes }) =>
    Math.abs(Math.log(Number(attributes.get('AVERAGE-BANDWIDTH')) / 2e6)),
  )
  report(
    '1.32',
    path,
    distances[0] === Math.min(...distances),
    'the first variant is not the one nearest to 2000 kbit/s',
  )
  for (const { attributes } of media) {
    const name = attributes.get('NAME') ?? ''
    report('RFC 8216', path, name !== '' && attributes.has('GROUP-ID'), 'EXT-X-MEDIA without NAME or GROUP-ID')
    report('8.10', path, /^[A-Za-z]{2,8}(-\w+)*$/.test(attributes.get('LANGUAGE') ?? ''), `no LANGUAGE on ${name}`)
    report('RFC 8216', path, /^\d+$/.test(attributes.get('CHANNELS') ?? ''), `no CHANNELS on ${name}`)
  }
}

async function loadRendition(get: (path: string) => Promise<Buffer>, path: string): Promise<Rendition> {
  const playlist = parsePlaylist((await get(path)).toString())
  const map = tagsNamed(playlist, 'EXT-X-MAP')[0]?.attributes.get('URI')
  if (map === undefined) throw new Error(`8.20: no EXT-X-MAP in ${path}`)
  const init = initFacts(await get(beside(path, map)))
  const segments = []
  for (const { uri } of playlist.segments) {
    const bytes = await get(beside(path, uri))
    segments.push({ sizeBytes: bytes.length, fragments: segmentFacts(bytes) })
  }
  return { path, playlist, init, segments }
}

function checkMediaPlaylist({ path, playlist, init, segments }: Rendition, report: Report): void {
  const target = Number(tagValue(playlist, 'EXT-X-TARGETDURATION'))
  report('8.6', path, tagValue(playlist, 'EXT-X-PLAYLIST-TYPE') === 'VOD', 'not PLAYLIST-TYPE:VOD')
  report('8.6', path, tagValue(playlist, 'EXT-X-ENDLIST') !== undefined, 'no ENDLIST')
  report('RFC 8216', path, Number(tagValue(playlist, 'EXT-X-VERSION')) >= 6, 'EXT-X-MAP needs version 6')
  report('7.5', path, target <= 6, `target duration is ${target}`)
  report('2.17', path, init.trackCount === 1, `${init.trackCount} tracks`)
  // Sums of EXTINF against what the segments say, over every run: the spread of the differences (8.1).
  let [told, real] = [0, 0]
  const drift = [0]
  let expected = 0
  let sequence = 0
  for (const [index, { fragments }] of segments.entries()) {
    const where = `${path} segment ${index}`
    const seconds = playlist.segments[index]?.seconds ?? 0
    const rounded = Math.round(seconds) <= target
    report('7.7', where, seconds <= target + 0.5 && rounded, `${seconds} s beside a target of ${target}`)
    for (const fragment of fragments) {
      report('house', where, fragment.decodeTicks === expected, `decode time ${fragment.decodeTicks}, not ${expected}`)
      report('house', where, fragment.sequenceNumber > sequence, `sequence number ${fragment.sequenceNumber}`)
      expected = fragment.decodeTicks + fragment.durationTicks
      sequence = fragment.sequenceNumber
      real += fragment.durationTicks / init.timescale
    }
    told += seconds
    drift.push(told - real)
  }
  const frame = (segments[0]?.fragments[0]?.firstSampleTicks ?? 0) / init.timescale
  const spread = Math.max(...drift) - Math.min(...drift)
  report('8.1', path, spread <= frame, `a sum of EXTINF is ${spread} s off, a frame lasts ${frame} s`)
}

function checkPicture({ path, init, segments }: Rendition, report: Report): void {
  report('1.5', path, init.entry === 'avc1', `sample entry ${init.entry}`)
  report(
    '1.3b',
    path,
    [66, 77, 100].includes(init.profile) && init.level <= 52,
    `profile ${init.profile} level ${init.level}`,
  )
  report('1.14', path, init.isProgressive, 'may be interlaced')
  const frame = segments[0]?.fragments[0]?.firstSampleTicks ?? 0
  report('1.19', path, init.timescale / frame <= 60, `${init.timescale / frame} frames a second`)
  const keys = segments.flatMap(({ fragments }) => fragments.filter(({ beginsWithIdr }) => beginsWithIdr))
  const last = segments.at(-1)?.fragments.at(-1)
  const ends = [
    ...keys.slice(1).map(({ decodeTicks }) => decodeTicks),
    (last?.decodeTicks ?? 0) + (last?.durationTicks ?? 0),
  ]
  const longest = Math.max(...keys.map(({ decodeTicks }, index) => (ends[index] ?? 0) - decodeTicks))
  report('1.13', path, longest <= 2 * init.timescale + frame, `${longest / init.timescale} s between IDR pictures`)
  for (const [index, { fragments }] of segments.entries()) {
    report(
      '7.4',
      `${path} segment ${index}`,
      fragments[0]?.beginsWithIdr === true,
      'does not begin with an IDR picture',
    )
  }
}

/** What must be equal among all renditions. */
function checkTogether(all: readonly Rendition[], report: Report): void {
  const [first] = all
  if (first === undefined) return
  const begins = ({ init, segments }: Rendition): number =>
    ((segments[0]?.fragments[0]?.presentationTicks ?? Number.NaN) - init.editTicks) / init.timescale
  const lasts = ({ init, segments }: Rendition): number =>
    sum(segments.flatMap(({ fragments }) => fragments.map(({ durationTicks }) => durationTicks))) / init.timescale
  for (const other of all) {
    const [target, wanted] = [other, first].map(({ playlist }) => tagValue(playlist, 'EXT-X-TARGETDURATION'))
    report('8.2', other.path, target === wanted, `target duration ${target}, not ${wanted}`)
    const [length, picture] = [lasts(other), lasts(first)]
    report('8.7', other.path, Math.abs(length - picture) < 0.001, `lasts ${length} s, not ${picture}`)
    report('house', other.path, Math.abs(begins(other) - begins(first)) < 1e-6, `is shown from ${begins(other)} s on`)
    if (other.init.kind !== first.init.kind) continue
    const cuts = [other, first].map(({ segments }) => segments.map(({ fragments }) => fragments[0]?.decodeTicks).join())
    report('RFC 8216', other.path, cuts[0] === cuts[1], 'segments are not aligned with those of another variant')
  }
}

function checkSoundAlone({ attributes, uri }: PlaylistTag, sound: Rendition, report: Report): void {
  const { codecs } = sound.init
  report('9.1', uri, attributes.get('CODECS') === codecs, `CODECS is not ${codecs}`)
  checkRates(attributes, uri, measured(sound), report)
}

function checkVariant(stream: PlaylistTag, picture: Rendition, sounds: readonly Rendition[], report: Report): void {
  const { attributes, uri } = stream
  const { init } = picture
  const codecs = (attributes.get('CODECS') ?? '').split(',').toSorted().join()
  const real = [...new Set([init.codecs, ...sounds.map((sound) => sound.init.codecs)])].toSorted().join()
  report('9.1', uri, codecs === real, `CODECS says ${codecs}, the media ${real}`)
  const size = `${init.width}x${init.height}`
  report('9.2', uri, attributes.get('RESOLUTION') === size, `RESOLUTION is not ${size}`)
  const rate = init.timescale / (picture.segments[0]?.fragments[0]?.firstSampleTicks ?? 0)
  report('9.15', uri, Math.abs(Number(attributes.get('FRAME-RATE')) - rate) < 0.001, `FRAME-RATE is not ${rate}`)
  const own = measured(picture)
  const loudest = sounds.map(measured)
  const average = own.average + Math.max(0, ...loudest.map((each) => each.average))
  const peak = own.peak + Math.max(0, ...loudest.map((each) => each.peak))
  checkRates(attributes, uri, { average, peak }, report)
  report('1.30', uri, own.peak <= 2 * own.average, `peak ${own.peak} is more than twice the average ${own.average}`)
}

function checkRates(
  attributes: ReadonlyMap<string, string>,
  where: string,
  real: { readonly average: number; readonly peak: number },
  report: Report,
): void {
  const [average, peak] = [Number(attributes.get('AVERAGE-BANDWIDTH')), Number(attributes.get('BANDWIDTH'))]
  report(
    '1.26',
    where,
    Math.abs(average / real.average - 1) <= 0.1,
    `AVERAGE-BANDWIDTH ${average}, not ${real.average}`,
  )
  report('1.27', where, Math.abs(peak / real.peak - 1) <= 0.1, `BANDWIDTH ${peak}, measured ${real.peak}`)
}

function measured({ playlist, segments }: Rendition): { average: number; peak: number } {
  return ratesOf(
    segments.map(({ sizeBytes }) => sizeBytes),
    playlist,
  )
}

/** Average, and the largest rate of a run of 0.5 to 1.5 target durations (RFC 8216bis §4.4.6.2), in bits a second. */
function ratesOf(sizesBytes: readonly number[], playlist: Playlist): { average: number; peak: number } {
  const target = Number(tagValue(playlist, 'EXT-X-TARGETDURATION'))
  const lengths = playlist.segments.map(({ seconds }) => seconds)
  const rates: number[] = []
  for (let first = 0; first < lengths.length; first += 1) {
    let [bytes, seconds] = [0, 0]
    for (let last = first; last < lengths.length; last += 1) {
      bytes += sizesBytes[last] ?? 0
      seconds += lengths[last] ?? 0
      if (seconds > 1.5 * target) break
      if (seconds >= 0.5 * target) rates.push((bytes * 8) / seconds)
    }
  }
  const average = (sum(sizesBytes) * 8) / sum(lengths)
  return { average, peak: rates.length === 0 ? average : Math.max(...rates) }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

async function checkTrickPlay(
  get: (path: string) => Promise<Buffer>,
  masterPath: string,
  master: Playlist,
  video: ReadonlyMap<PlaylistTag, Rendition>,
  report: Report,
): Promise<void> {
  const streams = tagsNamed(master, 'EXT-X-I-FRAME-STREAM-INF')
  report('6.1', masterPath, streams.length >= video.size, `${streams.length} I-frame streams`)
  for (const { attributes } of streams) {
    const path = beside(masterPath, attributes.get('URI') ?? '')
    report('6.10', path, attributes.get('VIDEO-RANGE') === 'SDR', 'not told to be SDR')
    const playlist = parsePlaylist((await get(path)).toString())
    report('6.8', path, tagValue(playlist, 'EXT-X-I-FRAMES-ONLY') !== undefined, 'no I-FRAMES-ONLY')
    report('8.20', path, tagsNamed(playlist, 'EXT-X-MAP').length === 1, 'no EXT-X-MAP')
    const twin = [...video.values()].find((rendition) => posix.dirname(rendition.path) === posix.dirname(path))
    report('9.1', path, twin?.init.codecs === attributes.get('CODECS'), 'CODECS differs from the variant')
    for (const { uri, range } of playlist.segments) {
      const bytes = await get(beside(path, uri))
      const where = `${path} ${range?.sizeBytes}@${range?.offset}`
      report('6.16', where, range !== undefined && holdsKeyframe(bytes, range), 'is no moof with a whole IDR picture')
    }
    const [seconds, length] = [playlist, twin?.playlist].map((each) =>
      sum(each?.segments.map((one) => one.seconds) ?? []),
    )
    const isWhole = Math.abs((seconds ?? 0) - (length ?? 0)) < 0.001
    report('6.8', path, isWhole, `key frames last ${seconds} s, the picture ${length} s`)
    const real = ratesOf(
      playlist.segments.map(({ range }) => range?.sizeBytes ?? 0),
      playlist,
    )
    checkRates(attributes, path, real, report)
  }
}

/** True when the range is exactly one `moof` and its `mdat`, beginning with an IDR picture. */
function holdsKeyframe(segment: Buffer, { offset, sizeBytes }: { offset: number; sizeBytes: number }): boolean {
  try {
    const fragments = segmentFacts(segment.subarray(offset, offset + sizeBytes))
    const [first] = fragments
    return fragments.length === 1 && first?.beginsWithIdr === true && first.offset === 0
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

function beside(from: string, uri: string): string {
  return posix.join(posix.dirname(from), uri)
}
