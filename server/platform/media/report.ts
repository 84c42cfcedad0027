import { parseRational, rational, toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'

/** One stream of ffprobe's report, read field by field: what is missing or out of range is null, zero or false. */
export interface ReportStream {
  readonly index: number
  readonly type: string
  readonly codec: string | null
  readonly isAttachment: boolean
  readonly isDefault: boolean
  readonly width: number
  readonly height: number
  readonly pixelAspect: Rational | null
  readonly rotation: number
  readonly pixelFormat: string | null
  readonly bitsPerSample: number
  readonly fieldOrder: string | null
  readonly realFrameRate: Rational | null
  readonly averageFrameRate: Rational | null
  readonly timeBase: Rational
  readonly frameCount: number | null
  readonly channels: number
  readonly sampleRateHz: number
  readonly colorTransfer: string | null
  readonly colorPrimaries: string | null
  readonly colorMatrix: string | null
}

export interface Report {
  readonly startSeconds: number
  /** The longest claim of the container and its streams; 0 when none is made. */
  readonly durationSeconds: number
  readonly streams: readonly ReportStream[]
}

/** Reads ffprobe's JSON, which repeats what a stranger's file says. */
export function readReport(json: unknown): Report {
  const root = record(json)
  const format = record(root['format'])
  const streams = Array.isArray(root['streams']) ? root['streams'].map(record) : []
  return {
    startSeconds: finite(format['start_time'], 0),
    durationSeconds: Math.max(finite(format['duration'], 0), ...streams.map((stream) => finite(stream['duration'], 0))),
    streams: streams.map(readStream),
  }
}

type Fields = Readonly<Record<string, unknown>>

function readStream(stream: Fields): ReportStream {
  const disposition = record(stream['disposition'])
  const attached = ['attached_pic', 'timed_thumbnails', 'still_image'].some((name) => disposition[name] === 1)
  const frameCount = finite(stream['nb_frames'], 0)
  return {
    index: count(stream['index']),
    type: word(stream['codec_type']) ?? 'unknown',
    codec: word(stream['codec_name']),
    isAttachment: attached,
    isDefault: disposition['default'] === 1,
    width: count(stream['width']),
    height: count(stream['height']),
    pixelAspect: parseRational(text(stream['sample_aspect_ratio']).replace(':', '/')),
    rotation: rotation(stream),
    pixelFormat: word(stream['pix_fmt']),
    bitsPerSample: count(stream['bits_per_raw_sample']),
    fieldOrder: word(stream['field_order']),
    realFrameRate: parseRational(text(stream['r_frame_rate'])),
    averageFrameRate: parseRational(text(stream['avg_frame_rate'])),
    timeBase: parseRational(text(stream['time_base'])) ?? rational(1, 90_000),
    frameCount: frameCount > 0 ? frameCount : null,
    channels: count(stream['channels']),
    sampleRateHz: count(stream['sample_rate']),
    colorTransfer: tag(stream['color_transfer']),
    colorPrimaries: tag(stream['color_primaries']),
    colorMatrix: tag(stream['color_space']),
  }
}

/** The counter-clockwise angle of the display matrix; older files say it clockwise in a tag. */
function rotation(stream: Fields): number {
  const sideData = Array.isArray(stream['side_data_list']) ? stream['side_data_list'].map(record) : []
  const turned = sideData.find((entry) => typeof entry['rotation'] === 'number')
  if (turned !== undefined) return finite(turned['rotation'], 0)
  return -finite(record(stream['tags'])['rotate'], 0)
}

/** The clockwise quarter turns that make the picture upright; other angles are left as they are. */
export function rotationOf(stream: ReportStream): 0 | 90 | 180 | 270 {
  const clockwise = ((Math.round(-stream.rotation) % 360) + 360) % 360
  return ([90, 180, 270] as const).find((quarter) => Math.abs(clockwise - quarter) <= 1) ?? 0
}

/** Pixel aspects beyond 1:4 and 4:1 are nonsense and count as square. */
const MAX_PIXEL_ASPECT = 4

/** Width and height as they are meant to be seen. */
export function displaySize(stream: ReportStream): { readonly width: number; readonly height: number } {
  const aspect = stream.pixelAspect === null ? 1 : toNumber(stream.pixelAspect)
  const sane = aspect >= 1 / MAX_PIXEL_ASPECT && aspect <= MAX_PIXEL_ASPECT ? aspect : 1
  const width = Math.max(1, Math.round(stream.width * sane))
  const turned = rotationOf(stream) % 180 === 90
  return turned ? { width: stream.height, height: width } : { width, height: stream.height }
}

/** Bits of a sample: what the stream says, else what the pixel format's name says, else 8. */
export function bitDepthOf(stream: ReportStream): number {
  if (stream.bitsPerSample >= 8 && stream.bitsPerSample <= 16) return stream.bitsPerSample
  const named = /p0?(9|10|12|14|16)(?:le|be)?$/.exec(stream.pixelFormat ?? '')
  return named === null ? 8 : Number(named[1])
}

/** The transfer functions of ITU-R BT.2100. */
export function hdrOf(stream: ReportStream): 'pq' | 'hlg' | null {
  if (stream.colorTransfer === 'smpte2084') return 'pq'
  return stream.colorTransfer === 'arib-std-b67' ? 'hlg' : null
}

export function isOneOf(words: readonly string[], value: string | null): boolean {
  return value !== null && words.includes(value)
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 64) : ''
}

/** A name that FFmpeg itself gives to a codec, format or tag. */
function word(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.-]{1,40}$/.test(value) && value !== 'unknown' ? value : null
}

/** A colour tag; FFmpeg calls the numbers that no standard knows "unknown" or "reserved". */
function tag(value: unknown): string | null {
  const name = word(value)
  return name === 'reserved' || name === 'unspecified' ? null : name
}

function finite(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : otherwise
}

function count(value: unknown): number {
  const number = finite(value, 0)
  return Number.isSafeInteger(number) && number >= 0 ? number : 0
}
