import { box, bytesOf, fullBox, u16, u32, zeros } from './boxes.ts'
import { TRACK_ID } from './fragments.ts'

/** What a CMAF header (initialisation segment) says of its only track. */
interface TrackHeader {
  readonly kind: 'video' | 'audio'
  /** Ticks in a second. */
  readonly timescale: number
  /** A whole sample entry: `avc1` or `mp4a` with its children. */
  readonly sampleEntry: Buffer
  /** Pixels as displayed; 0 for audio. */
  readonly width: number
  readonly height: number
  /** From decoding to showing; the edit list takes it away. 0: no edit list. */
  readonly delayTicks: number
  /** Brands beside those of CMAF itself, such as `caac`. Four characters each. */
  readonly brands: readonly string[]
}

const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
// "und", three letters of five bits each (ISO/IEC 14496-12 §8.4.2.3). Manifests carry the language.
const UNDETERMINED = 0x55c4

/**
 * `ftyp` + `moov` of one track without samples. The same header gives the same bytes: no time of making, no name of an
 * encoder. Brands: CMAF with an offset edit list (`cmfc`, ISO/IEC 23000-19 §7.2 and §7.5.13), DASH.
 */
export function writeInit(track: TrackHeader): Buffer {
  const brands = ['cmfc', 'iso6', 'dash', ...track.brands]
  return Buffer.concat([
    box('ftyp', Buffer.from('cmfc'), u32(0), Buffer.from(brands.join(''), 'latin1')),
    box('moov', movieHeader(track.timescale), trackBox(track), box('mvex', trackExtends())),
  ])
}

function movieHeader(timescale: number): Buffer {
  // Created and modified 0, duration unknown (fragments), rate 1, volume 1.
  return fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, timescale, 0, 0x10000),
    u16(0x100),
    zeros(10),
    UNITY_MATRIX,
    zeros(24),
    u32(TRACK_ID + 1),
  )
}

function trackBox(track: TrackHeader): Buffer {
  const isVideo = track.kind === 'video'
  const header = fullBox(
    'tkhd',
    0,
    // Enabled, in the movie, in the preview.
    7,
    u32(0, 0, TRACK_ID, 0, 0),
    zeros(8),
    u16(0, 0, isVideo ? 0 : 0x100, 0),
    UNITY_MATRIX,
    u32(track.width * 0x10000, track.height * 0x10000),
  )
  const mediaHeader = fullBox('mdhd', 0, 0, u32(0, 0, track.timescale, 0), u16(UNDETERMINED, 0))
  const handler = fullBox('hdlr', 0, 0, u32(0), Buffer.from(isVideo ? 'vide' : 'soun'), zeros(12), zeros(1))
  const kindHeader = isVideo ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4))
  const dataInformation = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)))
  const sampleTable = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), track.sampleEntry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  )
  const mediaInformation = box('minf', kindHeader, dataInformation, sampleTable)
  // One edit from `delayTicks` on; duration 0 means "to the end of the fragments" (§8.6.6.1).
  const edits = track.delayTicks === 0 ? [] : [box('edts', fullBox('elst', 0, 0, u32(1, 0, track.delayTicks, 0x10000)))]
  return box('trak', header, ...edits, box('mdia', mediaHeader, handler, mediaInformation))
}

function trackExtends(): Buffer {
  return fullBox('trex', 0, 0, u32(TRACK_ID, 1, 0, 0, 0))
}

/** An `avc1` sample entry (ISO/IEC 14496-15 §5.4.2); `children` are whole boxes, `avcC` first. */
export function avcSampleEntry(width: number, height: number, children: readonly Buffer[]): Buffer {
  return box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(width, height),
    // 72 dpi both ways, one frame in a sample, no compressor's name, 24 bits deep.
    u32(0x480000, 0x480000, 0),
    u16(1),
    zeros(32),
    u16(24, 0xffff),
    ...children,
  )
}

/**
 * An `mp4a` sample entry with its `esds` (ISO/IEC 14496-14 §5.6, 14496-1 §7.2.6): AAC-LC, one frame of 1,024 samples in
 * a sample. `audioConfig` is the AudioSpecificConfig (14496-3 §1.6.2.1), at most 100 bytes.
 */
export function aacSampleEntry(channels: number, sampleRateHz: number, audioConfig: Buffer): Buffer {
  const decoderSpecific = descriptor(0x05, audioConfig)
  // 0x40 = MPEG-4 audio, 0x15 = audio stream; buffer size and rates 0: unknown.
  const decoderConfig = descriptor(0x04, bytesOf('40 15'), zeros(3), u32(0, 0), decoderSpecific)
  const elementary = descriptor(0x03, u16(0), zeros(1), decoderConfig, descriptor(0x06, bytesOf('02')))
  return box(
    'mp4a',
    zeros(6),
    u16(1),
    zeros(8),
    u16(channels, 16, 0, 0),
    u32(sampleRateHz * 0x10000),
    fullBox('esds', 0, 0, elementary),
  )
}

function descriptor(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length > 0x7f) throw new RangeError(`A descriptor of ${body.length} bytes`)
  return Buffer.concat([Buffer.from([tag, body.length]), body])
}
