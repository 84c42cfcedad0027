import { toNumber } from '#kernel/rational.ts'
import {
  languageTag,
  measureBitrates,
  rungBitrates,
  soundOf,
  targetSeconds,
  type AudioRung,
  type Bitrates,
  type MeasuredSegment,
  type Presentation,
  type VideoRung,
} from './presentation.ts'

/**
 * The version that is needed for, and known of, fragmented MP4 (RFC 8216bis §8: EXT-X-MAP needs 6, Apple's tools write 7
 * with fMP4). One for all playlists of a presentation.
 */
const VERSION = 7

/** The variant to begin with on Wi-Fi, in bits a second (Apple HLS authoring specification 1.32). */
const FIRST_VARIANT_BITS_PER_SECOND = 2_000_000

/** Names are for menus. */
const NAME_MAX_CHARACTERS = 64

/** Without it Safari offers captions that are not there. */
const NO_CAPTIONS = 'CLOSED-CAPTIONS=NONE'

/**
 * The multivariant playlist. The variant nearest to 2,000 kbit/s stands first, the others follow from the lowest rate to
 * the highest, then sound alone for lines too thin for a picture (9.21). I-frame streams are listed once everything is there. URIs are relative.
 */
export function writeMaster(presentation: Presentation): string {
  const { names } = presentation
  const variants = presentation.video.map((rung) => ({ rung, rates: variantBitrates(rung, presentation) }))
  const ascending = variants.toSorted((a, b) => a.rates.average - b.rates.average)
  const first = ascending.toSorted((a, b) => distance(a.rates) - distance(b.rates))[0]
  const ordered = first === undefined ? [] : [first, ...ascending.filter((variant) => variant !== first)]
  const used = presentation.audio.filter(({ id }) => presentation.video.some(({ audioId }) => audioId === id))
  const streams = ordered.flatMap(({ rung, rates }) => [
    tag('EXT-X-STREAM-INF', [
      ...streamAttributes(rates, [rung.codecs, soundOf(rung, presentation)?.codecs], rung),
      `FRAME-RATE=${toNumber(rung.frameRate).toFixed(3)}`,
      NO_CAPTIONS,
      ...(rung.audioId === null ? [] : [`AUDIO=${quoted(rung.audioId)}`]),
    ]),
    uri(names.playlist(rung.id)),
  ])
  const alone = presentation.audio
    .filter((rung) => streams.length > 0 && !used.includes(rung))
    .flatMap((rung) => [
      tag('EXT-X-STREAM-INF', [...rateAttributes(rungBitrates(rung, presentation), [rung.codecs]), NO_CAPTIONS]),
      uri(names.playlist(rung.id)),
    ])
  const trickPlay = presentation.isComplete ? ordered.map(({ rung }) => iframeStream(rung, presentation)) : []
  return lines([
    ...preamble(),
    ...used.map((rung) => mediaTag(rung, names.playlist(rung.id))),
    ...streams,
    ...alone,
    ...trickPlay,
  ])
}

/**
 * The media playlist of one rung, picture or sound: `VOD` with an end when the presentation is complete, else an `EVENT`
 * playlist of what is there.
 * @throws RangeError when the presentation has no such rung
 */
export function writeMedia(presentation: Presentation, rungId: string): string {
  const { names, isComplete } = presentation
  const rung = [...presentation.video, ...presentation.audio].find(({ id }) => id === rungId)
  if (rung === undefined) throw new RangeError(`No rung ${rungId}`)
  const from = names.playlist(rungId)
  const durations = segmentDurations(rung.segments, rung.timescale)
  return lines([
    ...preamble(),
    `#EXT-X-TARGETDURATION:${targetSeconds(presentation)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${isComplete ? 'VOD' : 'EVENT'}`,
    // Without it players join a growing playlist at its end, as if it were live.
    ...(isComplete ? [] : ['#EXT-X-START:TIME-OFFSET=0']),
    tag('EXT-X-MAP', [`URI=${quoted(relative(from, names.init(rungId)))}`]),
    ...durations.flatMap((seconds, index) => [
      `#EXTINF:${seconds},`,
      uri(relative(from, names.segment(rungId, index))),
    ]),
    ...(isComplete ? ['#EXT-X-ENDLIST'] : []),
  ])
}

/**
 * The I-frame playlist of a picture rung (RFC 8216bis §4.4.3.6): for each key frame the byte range of the fragment that
 * holds it alone, and the time until the next.
 * @throws RangeError when the presentation has no such picture rung
 */
export function writeIFrames(presentation: Presentation, rungId: string): string {
  const { names, isComplete } = presentation
  const rung = presentation.video.find(({ id }) => id === rungId)
  if (rung === undefined) throw new RangeError(`No picture rung ${rungId}`)
  const from = names.iframes(rungId)
  const keyframes = keyframesOf(rung)
  const durations = segmentDurations(keyframes, rung.timescale)
  return lines([
    ...preamble(),
    `#EXT-X-TARGETDURATION:${iframeTargetSeconds(rung)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${isComplete ? 'VOD' : 'EVENT'}`,
    '#EXT-X-I-FRAMES-ONLY',
    tag('EXT-X-MAP', [`URI=${quoted(relative(from, names.init(rungId)))}`]),
    ...keyframes.flatMap((keyframe, index) => [
      `#EXTINF:${durations[index]},`,
      `#EXT-X-BYTERANGE:${keyframe.sizeBytes}@${keyframe.offset}`,
      uri(relative(from, names.segment(rungId, keyframe.segment))),
    ]),
    ...(isComplete ? ['#EXT-X-ENDLIST'] : []),
  ])
}

/** What a variant needs with its sound: a player may meet both peaks at once (RFC 8216bis §4.4.6.2). */
export function variantBitrates(rung: VideoRung, presentation: Presentation): Bitrates {
  const picture = rungBitrates(rung, presentation)
  const audio = soundOf(rung, presentation)
  const sound = audio === undefined ? { average: 0, peak: 0 } : rungBitrates(audio, presentation)
  return { average: picture.average + sound.average, peak: picture.peak + sound.peak }
}

function distance({ average }: Bitrates): number {
  return Math.abs(Math.log(Math.max(1, average) / FIRST_VARIANT_BITS_PER_SECOND))
}

function preamble(): string[] {
  return ['#EXTM3U', `#EXT-X-VERSION:${VERSION}`, '#EXT-X-INDEPENDENT-SEGMENTS']
}

function mediaTag(rung: AudioRung, playlist: string): string {
  return tag('EXT-X-MEDIA', [
    'TYPE=AUDIO',
    `GROUP-ID=${quoted(rung.id)}`,
    `NAME=${quoted(readable(rung.name))}`,
    `LANGUAGE=${quoted(languageTag(rung.language))}`,
    'DEFAULT=YES',
    'AUTOSELECT=YES',
    `CHANNELS=${quoted(String(rung.channels))}`,
    `URI=${quoted(uri(playlist))}`,
  ])
}

function streamAttributes(rates: Bitrates, codecs: readonly (string | undefined)[], rung: VideoRung): string[] {
  return [...rateAttributes(rates, codecs), `RESOLUTION=${rung.width}x${rung.height}`, 'VIDEO-RANGE=SDR']
}

function rateAttributes(rates: Bitrates, codecs: readonly (string | undefined)[]): string[] {
  return [
    `BANDWIDTH=${rates.peak}`,
    `AVERAGE-BANDWIDTH=${rates.average}`,
    `CODECS=${quoted(codecs.filter((codec) => codec !== undefined).join(','))}`,
  ]
}

interface ListedKeyframe extends MeasuredSegment {
  readonly segment: number
  readonly offset: number
}

function keyframesOf(rung: VideoRung): ListedKeyframe[] {
  return rung.segments.flatMap(({ keyframes }, segment) =>
    keyframes.map(({ offset, size, durationTicks }) => ({ segment, offset, sizeBytes: size, durationTicks })),
  )
}

function iframeTargetSeconds(rung: VideoRung): number {
  const longest = keyframesOf(rung).reduce((most, { durationTicks }) => Math.max(most, durationTicks), 0)
  return Math.max(1, Math.round(longest / rung.timescale))
}

function iframeStream(rung: VideoRung, { names }: Presentation): string {
  const rates = measureBitrates(keyframesOf(rung), rung.timescale, iframeTargetSeconds(rung))
  return tag('EXT-X-I-FRAME-STREAM-INF', [
    ...streamAttributes(rates, [rung.codecs], rung),
    `URI=${quoted(uri(names.iframes(rung.id)))}`,
  ])
}

/**
 * EXTINF of each segment in seconds, six decimals. Each is the difference of two rounded instants, so that any run of
 * them is true to a microsecond. Instants are rounded up: a player that takes the playlist's time for a segment's then
 * never computes a negative offset, to which Shaka Player adds a millisecond (media_source_engine.js, setTimestampOffset_).
 */
function segmentDurations(segments: readonly Pick<MeasuredSegment, 'durationTicks'>[], timescale: number): string[] {
  let ticks = 0
  let beforeMicros = 0
  return segments.map(({ durationTicks }) => {
    ticks += durationTicks
    const afterMicros = Number((BigInt(ticks) * 1_000_000n + BigInt(timescale) - 1n) / BigInt(timescale))
    const micros = afterMicros - beforeMicros
    beforeMicros = afterMicros
    return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`
  })
}

/** `to` as seen from the folder of `from`; both relative to the same folder. */
function relative(from: string, to: string): string {
  const [here, there] = [from.split('/').slice(0, -1), to.split('/')]
  let shared = 0
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) shared += 1
  return [...here.slice(shared).map(() => '..'), ...there.slice(shared)].join('/')
}

function tag(name: string, attributes: readonly string[]): string {
  return `#${name}:${attributes.join(',')}`
}

/** A quoted-string (RFC 8216bis §4.2), which knows no escapes. @throws RangeError on what it cannot hold */
function quoted(value: string): string {
  if (/["\r\n]/.test(value)) throw new RangeError(`Not a quoted-string: ${JSON.stringify(value)}`)
  return `"${value}"`
}

/** A URI line. @throws RangeError when it would be read as something else */
function uri(value: string): string {
  if (!/^[\w\-.~%/?=&+:@]+$/.test(value)) throw new RangeError(`Not a URI: ${JSON.stringify(value)}`)
  return value
}

/** A name as people see it, without what a quoted-string cannot hold; never empty. */
function readable(name: string): string {
  const clean = name.replaceAll('"', '\u{201d}').replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ')
  return Array.from(clean.trim()).slice(0, NAME_MAX_CHARACTERS).join('') || 'Audio'
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
