/** The FFmpeg demuxers that a file from outside may reach. Playlists, scripts and image readers are not among them. */
export const Demuxer = [
  'mov',
  'matroska',
  'mpegts',
  'mpeg',
  'avi',
  'flv',
  'ogg',
  'asf',
  'mxf',
  'flac',
  'wav',
  'mp3',
  'aac',
] as const
export type Demuxer = (typeof Demuxer)[number]

/** What the first bytes say: something with a timeline and the demuxer that reads it, or a still image. */
export type Sniffed = { readonly kind: 'media'; readonly demuxer: Demuxer } | { readonly kind: 'still' }

/** How many of a file's first bytes `sniff` wants; fewer are fine when the file is shorter. */
export const SNIFF_BYTES = 4096

const STILL: Sniffed = { kind: 'still' }
const media = (demuxer: Demuxer): Sniffed => ({ kind: 'media', demuxer })

/** Signatures at offset 0 that decide alone. */
const SIGNATURES: readonly (readonly [string, Sniffed])[] = [
  ['89504e470d0a1a0a', STILL], // PNG
  ['ffd8ff', STILL], // JPEG
  ['474946383761', STILL], // GIF87a
  ['474946383961', STILL], // GIF89a
  ['0000000c4a584c200d0a870a', STILL], // JPEG XL in a container
  ['0000000c6a502020', STILL], // JPEG 2000
  ['3026b2758e66cf11a6d900aa0062ce6c', media('asf')], // ASF header object GUID
  ['060e2b34020501010d010201010', media('mxf')], // SMPTE 377 header partition pack
  ['464c5601', media('flv')],
  ['4f67675300', media('ogg')], // capture pattern, stream structure version 0
  ['664c6143', media('flac')],
  ['000001ba', media('mpeg')], // ISO/IEC 13818-1 pack header
]

/**
 * Names the kind of a file by its first bytes alone; null when it is none that we take. Nothing is decoded and no name
 * or extension is asked: text such as a playlist, an `ffconcat` script, SVG or SDP never reaches a demuxer.
 */
export function sniff(head: Uint8Array): Sniffed | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, SNIFF_BYTES))
  const hex = bytes.toString('hex', 0, 16)
  const known = SIGNATURES.find(([signature]) => hex.startsWith(signature))
  if (known !== undefined) return known[1]
  return riff(bytes) ?? ebml(bytes) ?? isoMedia(bytes) ?? transportStream(bytes) ?? audioFrames(bytes)
}

const ascii = (bytes: Buffer, start: number, length: number): string => bytes.toString('latin1', start, start + length)

function riff(bytes: Buffer): Sniffed | null {
  const outer = ascii(bytes, 0, 4)
  if (outer !== 'RIFF' && outer !== 'RF64') return null
  switch (ascii(bytes, 8, 4)) {
    case 'AVI ':
      return outer === 'RIFF' ? media('avi') : null
    case 'WAVE':
      return media('wav')
    case 'WEBP':
      return STILL
    default:
      return null
  }
}

/** Matroska and WebM: an EBML header whose DocType (element 0x4282) is one of the two (RFC 8794 §11.2, RFC 9559). */
function ebml(bytes: Buffer): Sniffed | null {
  if (bytes.toString('hex', 0, 4) !== '1a45dfa3') return null
  const at = bytes.subarray(0, 128).indexOf(Buffer.from('4282', 'hex'))
  if (at < 0) return null
  const docType = ascii(bytes, at + 3, 8)
  return docType.startsWith('webm') || docType.startsWith('matroska') ? media('matroska') : null
}

const STILL_BRANDS = new Set(['avif', 'avis', 'heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1', 'jp2 '])
const FIRST_BOXES = new Set(['ftyp', 'styp', 'moov', 'moof', 'mdat', 'free', 'skip', 'wide', 'pnot'])
const LATER_BOXES = new Set([...FIRST_BOXES, 'uuid', 'sidx', 'meta', 'prft', 'emsg', 'pdin'])

/**
 * ISO base media and QuickTime (ISO/IEC 14496-12 §4.2). A file that begins with `ftyp` is taken at its word; an older
 * one needs a first box of a known type and, where the head reaches so far, a second.
 */
function isoMedia(bytes: Buffer): Sniffed | null {
  if (bytes.length < 16) return null
  const type = ascii(bytes, 4, 4)
  if (!FIRST_BOXES.has(type)) return null
  const sizeBytes = bytes.readUInt32BE(0)
  if (sizeBytes !== 0 && sizeBytes !== 1 && sizeBytes < 8) return null
  if (type === 'ftyp') return STILL_BRANDS.has(ascii(bytes, 8, 4)) ? STILL : media('mov')
  const next = sizeBytes > 1 ? sizeBytes : bytes.length
  if (next + 8 > bytes.length) return media('mov')
  return LATER_BOXES.has(ascii(bytes, next + 4, 4)) ? media('mov') : null
}

/** MPEG-TS: the sync byte 0x47 five times in a row at 188, 192 (M2TS) or 204 bytes; all there are in a shorter head. */
function transportStream(bytes: Buffer): Sniffed | null {
  for (const [packetBytes, offset] of [
    [188, 0],
    [192, 4],
    [204, 0],
  ] as const) {
    let syncs = 0
    for (let at = offset; at < bytes.length && syncs < 5 && bytes[at] === 0x47; at += packetBytes) syncs += 1
    if (syncs === 5) return media('mpegts')
  }
  return null
}

/** MP3 and ADTS: an ID3v2 tag, or a frame header that is followed by another where its length says. */
function audioFrames(bytes: Buffer): Sniffed | null {
  if (ascii(bytes, 0, 3) === 'ID3' && (bytes[3] ?? 0xff) < 0x10) return media('mp3')
  if (bytes.length < 8 || bytes[0] !== 0xff) return null
  const second = bytes.readUInt8(1)
  if ((second & 0xf6) === 0xf0) {
    const frameBytes = ((bytes.readUInt8(3) & 3) << 11) | (bytes.readUInt8(4) << 3) | (bytes.readUInt8(5) >> 5)
    return frameBytes >= 7 && sameSync(bytes, frameBytes, 0xf6) ? media('aac') : null
  }
  if ((second & 0xe6) !== 0xe2) return null
  const frameBytes = mp3FrameBytes(bytes)
  return frameBytes !== null && sameSync(bytes, frameBytes, 0xfe) ? media('mp3') : null
}

function sameSync(bytes: Buffer, at: number, mask: number): boolean {
  return bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & mask) === (bytes.readUInt8(1) & mask)
}

const MP3_KBPS = {
  mpeg1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  mpeg2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const

/** The length of an MPEG layer III frame (ISO/IEC 11172-3 §2.4.2.3); null when its header is not one. */
function mp3FrameBytes(bytes: Buffer): number | null {
  const version = (bytes.readUInt8(1) >> 3) & 3 // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5
  const kbps = MP3_KBPS[version === 3 ? 'mpeg1' : 'mpeg2'][bytes.readUInt8(2) >> 4]
  const baseHz = [44_100, 48_000, 32_000][(bytes.readUInt8(2) >> 2) & 3]
  if (version === 1 || kbps === undefined || kbps === 0 || baseHz === undefined) return null
  const sampleRateHz = baseHz / (version === 3 ? 1 : version === 2 ? 2 : 4)
  const padding = (bytes.readUInt8(2) >> 1) & 1
  return Math.floor(((version === 3 ? 144 : 72) * kbps * 1000) / sampleRateHz) + padding
}
