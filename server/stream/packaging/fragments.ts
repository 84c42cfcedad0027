import {
  box,
  boxHeader,
  descend,
  fullBox,
  MalformedMedia,
  onlyBox,
  readBoxes,
  readFullBox,
  u32,
  u64,
  type Box,
} from './boxes.ts'

/** A sample as a fragment of somebody else holds it. Times are ticks of the track's timescale. */
export interface ReadSample {
  readonly data: Buffer
  readonly decodeTicks: number
  readonly presentationTicks: number
  readonly isSync: boolean
}

/** A sample to be written. `compositionTicks`, 0 or more, is presentation minus decode time before the edit list. */
export interface Sample {
  readonly data: Buffer
  readonly durationTicks: number
  readonly compositionTicks: number
}

/** One movie fragment of one track: a CMAF chunk (ISO/IEC 23000-19 §7.3.2.3). */
interface Fragment {
  /** 1 and up, rising through the track. */
  readonly sequenceNumber: number
  /** Decode time of the first sample; the track's timeline starts at 0. */
  readonly baseTicks: number
  readonly samples: readonly Sample[]
  /** True: all samples can be decoded by themselves. False: none can. */
  readonly isSync: boolean
}

/** What a track declares for samples whose fragments say nothing (trex, ISO/IEC 14496-12 §8.8.3). */
interface SampleDefaults {
  readonly durationTicks: number
  readonly sizeBytes: number
  readonly flags: number
}

/** The only track of what this house writes. */
export const TRACK_ID = 1

// Sample flags (§8.8.3.1): "depends on no other sample", and "depends on others" + "is not a sync sample".
const SYNC_FLAGS = 0x02000000
const DELTA_FLAGS = 0x01010000
const NON_SYNC_BIT = 0x00010000

const TFHD = { baseDataOffset: 0x1, description: 0x2, duration: 0x8, size: 0x10, flags: 0x20, baseIsMoof: 0x20000 }
const TRUN = { dataOffset: 0x1, firstFlags: 0x4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 }

/** Segment type box of our media segments: CMAF segment, DASH media segment (ISO/IEC 23000-19 §7.3.3.1, 23009-1 §6.3.4.2). */
export const SEGMENT_TYPE = box('styp', Buffer.from('msdh'), u32(0), Buffer.from('msdhcmfsiso6'))

/**
 * `moof` and `mdat` of one fragment. Sizes are told for each sample, durations only where they differ from the first,
 * composition offsets only when one is not zero.
 */
export function writeFragment(fragment: Fragment): Buffer {
  const [first] = fragment.samples
  if (first === undefined) throw new RangeError('A fragment has at least one sample')
  // The offset of the data is relative to the moof and therefore needs its size, which does not depend on the value.
  const dataOffset = movieFragment(fragment, first.durationTicks, 0).length + 8
  const header = movieFragment(fragment, first.durationTicks, dataOffset)
  const data = fragment.samples.map((sample) => sample.data)
  const dataBytes = data.reduce((sum, bytes) => sum + bytes.length, 0)
  if (dataBytes > 0xfffffff0) throw new RangeError(`A fragment of ${dataBytes} bytes`)
  return Buffer.concat([header, boxHeader('mdat', dataBytes), ...data])
}

function movieFragment(fragment: Fragment, durationTicks: number, dataOffset: number): Buffer {
  const { samples } = fragment
  const withDuration = samples.some((sample) => sample.durationTicks !== durationTicks)
  const withComposition = samples.some((sample) => sample.compositionTicks !== 0)
  const fieldsPerSample = 1 + Number(withDuration) + Number(withComposition)
  const table = Buffer.alloc(4 * fieldsPerSample * samples.length)
  let position = 0
  for (const sample of samples) {
    if (withDuration) position = table.writeUInt32BE(sample.durationTicks, position)
    position = table.writeUInt32BE(sample.data.length, position)
    if (withComposition) position = table.writeUInt32BE(sample.compositionTicks, position)
  }
  const runFlags =
    TRUN.dataOffset | TRUN.size | (withDuration ? TRUN.duration : 0) | (withComposition ? TRUN.composition : 0)
  return box(
    'moof',
    fullBox('mfhd', 0, 0, u32(fragment.sequenceNumber)),
    box(
      'traf',
      fullBox(
        'tfhd',
        0,
        TFHD.baseIsMoof | TFHD.duration | TFHD.flags,
        u32(TRACK_ID, durationTicks, fragment.isSync ? SYNC_FLAGS : DELTA_FLAGS),
      ),
      fullBox('tfdt', 1, 0, u64(fragment.baseTicks)),
      fullBox('trun', 0, runFlags, u32(samples.length, dataOffset), table),
    ),
  )
}

/** The defaults that a `moov` declares for its only track. @throws MalformedMedia */
export function readSampleDefaults(moov: readonly Box[]): SampleDefaults {
  const { fields } = readFullBox(onlyBox(descend(moov, 'mvex'), 'trex'))
  fields.bytes(8)
  return { durationTicks: fields.u32(), sizeBytes: fields.u32(), flags: fields.u32() }
}

/**
 * The samples of each `moof` + `mdat` pair of a fragmented file of one track, fragment by fragment.
 * @throws MalformedMedia when a sample lies outside the `mdat` that follows its `moof`, or on a layout we do not ask FFmpeg for
 */
export function readFragments(file: Buffer, top: readonly Box[], defaults: SampleDefaults): ReadSample[][] {
  const fragments: ReadSample[][] = []
  for (const [index, moof] of top.entries()) {
    if (moof.type !== 'moof') continue
    const mdat = top[index + 1]
    if (mdat?.type !== 'mdat') throw new MalformedMedia(`The moof at ${moof.offset} is not followed by its mdat`)
    fragments.push(readTrackFragment(file, moof, mdat, defaults))
  }
  return fragments
}

function readTrackFragment(file: Buffer, moof: Box, mdat: Box, defaults: SampleDefaults): ReadSample[] {
  const traf = descend(readBoxes(moof.body), 'traf')
  const header = readTrackHeader(onlyBox(traf, 'tfhd'), defaults)
  const tfdt = readFullBox(onlyBox(traf, 'tfdt'))
  let decodeTicks = tfdt.version === 1 ? tfdt.fields.u64() : tfdt.fields.u32()
  let position = mdat.offset + mdat.size - mdat.body.length
  const [dataStart, dataEnd] = [position, mdat.offset + mdat.size]

  const samples: ReadSample[] = []
  for (const trun of traf.filter((child) => child.type === 'trun')) {
    const { version, flags, fields } = readFullBox(trun)
    const count = fields.u32()
    if (flags & TRUN.dataOffset) position = moof.offset + fields.i32()
    const firstFlags = flags & TRUN.firstFlags ? fields.u32() : undefined
    // A forged count cannot make us allocate: each turn reads from the box, or advances through the data.
    for (let index = 0; index < count; index += 1) {
      const duration = flags & TRUN.duration ? fields.u32() : header.durationTicks
      const size = flags & TRUN.size ? fields.u32() : header.sizeBytes
      const ownFlags = flags & TRUN.flags ? fields.u32() : header.flags
      const sampleFlags = index === 0 && firstFlags !== undefined ? firstFlags : ownFlags
      const composition = flags & TRUN.composition ? (version === 0 ? fields.u32() : fields.i32()) : 0
      if (size === 0 || position < dataStart || position + size > dataEnd) {
        throw new MalformedMedia(`Sample ${samples.length} of the moof at ${moof.offset} is empty or outside its mdat`)
      }
      samples.push({
        data: file.subarray(position, position + size),
        decodeTicks,
        presentationTicks: decodeTicks + composition,
        isSync: (sampleFlags & NON_SYNC_BIT) === 0,
      })
      position += size
      decodeTicks += duration
    }
  }
  if (samples.length === 0) throw new MalformedMedia(`The moof at ${moof.offset} has no samples`)
  return samples
}

function readTrackHeader(tfhd: Box, defaults: SampleDefaults): SampleDefaults {
  const { flags, fields } = readFullBox(tfhd)
  if (flags & TFHD.baseDataOffset || !(flags & TFHD.baseIsMoof)) {
    throw new MalformedMedia('Data offsets are not relative to the moof')
  }
  fields.u32()
  if (flags & TFHD.description) fields.u32()
  return {
    durationTicks: flags & TFHD.duration ? fields.u32() : defaults.durationTicks,
    sizeBytes: flags & TFHD.size ? fields.u32() : defaults.sizeBytes,
    flags: flags & TFHD.flags ? fields.u32() : defaults.flags,
  }
}
