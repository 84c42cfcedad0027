import { descend, fieldsOf, onlyBox, readBoxes, readFullBox, type Box } from '../../server/stream/packaging/boxes.ts'
import { readSequence } from '../../server/stream/packaging/sps.ts'

/** What an initialisation segment says, read apart from the code that writes it. */
export interface InitFacts {
  readonly kind: 'video' | 'audio'
  readonly trackCount: number
  readonly timescale: number
  /** Type of the sample entry: `avc1`, `avc3`, `mp4a` … */
  readonly entry: string
  /** RFC 6381, from `avcC` or `esds`. */
  readonly codecs: string
  readonly width: number
  readonly height: number
  readonly channels: number
  /** Where the edit list begins in the media, in ticks; 0 without one. */
  readonly editTicks: number
  readonly profile: number
  readonly level: number
  readonly isProgressive: boolean
}

/** One `moof` with its `mdat`. */
export interface FragmentFacts {
  readonly offset: number
  readonly sizeBytes: number
  readonly decodeTicks: number
  readonly durationTicks: number
  /** Earliest presentation time before the edit list. */
  readonly presentationTicks: number
  readonly sampleCount: number
  readonly firstSampleTicks: number
  /** True when the first sample is an H.264 IDR picture. */
  readonly beginsWithIdr: boolean
  readonly sequenceNumber: number
}

/** Reads `ftyp` + `moov`. @throws MalformedMedia */
export function initFacts(bytes: Buffer): InitFacts {
  const top = readBoxes(bytes)
  onlyBox(top, 'ftyp')
  const moov = readBoxes(onlyBox(top, 'moov').body)
  const tracks = moov.filter(({ type }) => type === 'trak')
  const trak = readBoxes(tracks[0]?.body ?? Buffer.alloc(0))
  const media = descend(trak, 'mdia')
  const mediaHeader = readFullBox(onlyBox(media, 'mdhd'))
  mediaHeader.fields.bytes(mediaHeader.version === 1 ? 16 : 8)
  const handler = onlyBox(media, 'hdlr').body.subarray(8, 12).toString()
  const stsd = onlyBox(descend(media, 'minf', 'stbl'), 'stsd').body.subarray(8)
  const [entry] = readBoxes(stsd)
  if (entry === undefined) throw new Error('No sample entry')
  return {
    kind: handler === 'vide' ? 'video' : 'audio',
    trackCount: tracks.length,
    timescale: mediaHeader.fields.u32(),
    entry: entry.type,
    editTicks: editTicks(trak),
    ...(handler === 'vide' ? videoEntry(entry.body) : audioEntry(entry)),
  }
}

function editTicks(trak: readonly Box[]): number {
  if (!trak.some(({ type }) => type === 'edts')) return 0
  const { version, fields } = readFullBox(onlyBox(descend(trak, 'edts'), 'elst'))
  if (version !== 0 || fields.u32() !== 1) throw new Error('Not one edit of 32 bits')
  fields.u32()
  return fields.i32()
}

type EntryFacts = Pick<InitFacts, 'codecs' | 'width' | 'height' | 'channels' | 'profile' | 'level' | 'isProgressive'>

function videoEntry(body: Buffer): EntryFacts {
  const fields = fieldsOf(body, 'video entry')
  fields.bytes(24)
  const [width, height] = [fields.u16(), fields.u16()]
  fields.bytes(50)
  const avcC = onlyBox(readBoxes(fields.bytes(fields.left())), 'avcC').body
  const [profile, level] = [avcC.readUInt8(1), avcC.readUInt8(3)]
  const { isProgressive } = readSequence(avcC)
  const codecs = `avc1.${avcC.subarray(1, 4).toString('hex')}`
  return { codecs, width, height, channels: 0, profile, level, isProgressive }
}

function audioEntry(entry: Box): EntryFacts {
  const channels = entry.body.readUInt16BE(16)
  const esds = onlyBox(readBoxes(entry.body.subarray(28)), 'esds').body
  // Decoder configuration descriptor: 0x40 is MPEG-4 audio; decoder specific info: five bits of object type.
  const config = esds.indexOf(Buffer.from([0x05]), esds.indexOf(Buffer.from([0x04, 0x11, 0x40])) + 14)
  const codecs = `mp4a.40.${esds.readUInt8(config + 2) >> 3}`
  return { codecs, width: 0, height: 0, channels, profile: 0, level: 0, isProgressive: true }
}

/** The fragments of a media segment, or of a byte range of one, in order. @throws MalformedMedia */
export function segmentFacts(bytes: Buffer): FragmentFacts[] {
  const top = readBoxes(bytes)
  return top.flatMap((moof, index) => {
    if (moof.type !== 'moof') return []
    const mdat = top[index + 1]
    if (mdat?.type !== 'mdat') throw new Error('A moof without its mdat')
    return [fragmentFacts(bytes, moof, mdat)]
  })
}

function fragmentFacts(bytes: Buffer, moof: Box, mdat: Box): FragmentFacts {
  const children = readBoxes(moof.body)
  const traf = descend(children, 'traf')
  const tfhd = readFullBox(onlyBox(traf, 'tfhd'))
  tfhd.fields.u32()
  const defaultTicks = tfhd.flags & 0x8 ? tfhd.fields.u32() : 0
  const decodeTicks = readFullBox(onlyBox(traf, 'tfdt')).fields.u64()
  const { flags, fields } = readFullBox(onlyBox(traf, 'trun'))
  const sampleCount = fields.u32()
  const dataOffset = fields.i32()
  let [ticks, dataBytes, earliest, firstBytes, firstTicks] = [0, 0, Number.POSITIVE_INFINITY, 0, 0]
  for (let index = 0; index < sampleCount; index += 1) {
    const duration = flags & 0x100 ? fields.u32() : defaultTicks
    const size = fields.u32()
    const composition = flags & 0x800 ? fields.u32() : 0
    if (index === 0) [firstBytes, firstTicks] = [size, duration]
    earliest = Math.min(earliest, decodeTicks + ticks + composition)
    ticks += duration
    dataBytes += size
  }
  if (dataBytes !== mdat.body.length || moof.offset + dataOffset !== mdat.offset + 8) {
    throw new Error('Samples do not fill their mdat')
  }
  return {
    offset: moof.offset,
    sizeBytes: moof.size + mdat.size,
    decodeTicks,
    durationTicks: ticks,
    presentationTicks: earliest,
    sampleCount,
    firstSampleTicks: firstTicks,
    beginsWithIdr: hasIdr(bytes.subarray(mdat.offset + 8, mdat.offset + 8 + firstBytes)),
    sequenceNumber: readFullBox(onlyBox(children, 'mfhd')).fields.u32(),
  }
}

/** Looks for a NAL unit of type 5 among units with lengths of four bytes. */
function hasIdr(sample: Buffer): boolean {
  for (let at = 0; at + 4 < sample.length; at += 4 + sample.readUInt32BE(at)) {
    if ((sample.readUInt8(at + 4) & 0x1f) === 5) return true
  }
  return false
}
