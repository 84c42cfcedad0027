import { box, descend, fieldsOf, MalformedMedia, onlyBox, readBoxes, readFullBox, type Box } from './boxes.ts'
import { readFragments, readSampleDefaults, SEGMENT_TYPE, writeFragment, type ReadSample } from './fragments.ts'
import { avcSampleEntry, writeInit } from './init.ts'
import { readSequence } from './sps.ts'

/** Where a chunk of an encoded rung stands in its video. */
interface VideoChunk {
  /** Ticks that a frame lasts; an exact integer by the encoding plan. */
  readonly frameTicks: number
  /** Number of the chunk's first frame, counted from the video's start. */
  readonly startFrame: number
  /** How many frames the chunk must hold. */
  readonly frameCount: number
  /** Index of the chunk's first segment in the video, from 0. */
  readonly firstSegment: number
  readonly keyframesPerSegment: number
  /** Only the video's last chunk may end in a short key-frame interval or a short segment. */
  readonly isLast: boolean
}

/** An independently decodable frame: `size` bytes at `offset` of its segment are a whole fragment with that frame alone. */
interface PackedKeyframe {
  readonly offset: number
  readonly size: number
  /** From the video's start. */
  readonly startTicks: number
  /** Until the next key frame, or the video's end. */
  readonly durationTicks: number
}

/** A CMAF segment, as stored and served. */
export interface PackedVideoSegment {
  /** Counted from the video's start, from 0. */
  readonly index: number
  readonly bytes: Buffer
  readonly startTicks: number
  readonly durationTicks: number
  readonly frameCount: number
  readonly keyframes: readonly PackedKeyframe[]
}

/** A chunk cut to segments. Everything in ticks counts in `timescale`. */
interface PackedVideo {
  /** Initialisation segment; the same bytes for every chunk of a rung (the caller compares, see `sameInit`). */
  readonly init: Buffer
  /** RFC 6381, such as `avc1.64001f`. */
  readonly codecs: string
  readonly width: number
  readonly height: number
  readonly timescale: number
  readonly frameCount: number
  readonly segments: readonly PackedVideoSegment[]
}

/** Boxes of a file at top level that carry nothing we need. */
const IGNORED = new Set(['ftyp', 'styp', 'sidx', 'free', 'mfra'])
/** Reordering delays the first picture by at most this many frames (H.264 §A.3.1: max_dec_frame_buffering ≤ 16). */
const REORDERING_MAX_FRAMES = 16

/**
 * Cuts one fragmented MP4 of FFmpeg (one H.264 track, one fragment for each key-frame interval) to CMAF segments that
 * continue those of the chunk before.
 *
 * Every time is computed from the frame's number: decode times (`tfdt`) have no gap and equal the playlist's times.
 * With B-frames pictures are shown later than decoded, by as much as the parameter sets allow; FFmpeg's empty `moov` does
 * not say so, our initialisation segment does, in an edit list that takes the delay away. So the first picture is shown
 * at 0, where the sound begins. Signed composition offsets without an edit list (`cmf2`) say the same and browsers
 * agree, but FFmpeg, and mpv with it, then delays the picture by the largest negative offset (libavformat/mov.c,
 * `dts_shift`).
 *
 * Each interval becomes two fragments, the key frame and the rest, so that the byte range of an I-frame playlist
 * (RFC 8216bis §4.4.3.6) is valid by itself: one `moof` for the whole interval would promise data beyond the range, at
 * which demuxers stumble. This costs about 110 bytes an interval.
 * @throws MalformedMedia when a frame is missing, doubled or at a wrong time, when an interval does not begin with an IDR
 *   picture, or when anything but one `avc1` track is in the file
 */
export function packVideoChunk(file: Buffer, chunk: VideoChunk): PackedVideo {
  const top = readBoxes(file)
  const stray = top.find(({ type }) => !IGNORED.has(type) && !['moov', 'moof', 'mdat'].includes(type))
  if (stray !== undefined) throw new MalformedMedia(`Unexpected ${JSON.stringify(stray.type)} box`)
  const moov = readBoxes(onlyBox(top, 'moov').body)
  const track = readVideoTrack(moov, chunk.frameTicks)
  const intervals = readFragments(file, top, readSampleDefaults(moov))
  checkIntervals(intervals, chunk)
  for (const interval of intervals) checkPictures(interval, track.nalLengthBytes)
  const { nalLengthBytes: _, delayFrames, ...described } = track
  const placed = placeFrames(intervals, chunk, delayFrames)
  return { ...described, frameCount: chunk.frameCount, segments: cutSegments(placed, chunk) }
}

/**
 * Checks that two chunks of one rung can share an initialisation segment.
 * @throws MalformedMedia when they differ: the encoder changed its parameter sets between chunks
 */
export function sameInit(stored: Buffer, made: Buffer): void {
  if (!stored.equals(made)) throw new MalformedMedia('The initialisation segment differs from the one of another chunk')
}

interface VideoTrack extends Pick<PackedVideo, 'init' | 'codecs' | 'width' | 'height' | 'timescale'> {
  readonly nalLengthBytes: number
  /** From decoding to showing, by the parameter sets. */
  readonly delayFrames: number
}

function readVideoTrack(moov: readonly Box[], frameTicks: number): VideoTrack {
  const media = descend(moov, 'trak', 'mdia')
  const mediaHeader = readFullBox(onlyBox(media, 'mdhd'))
  mediaHeader.fields.bytes(mediaHeader.version === 1 ? 16 : 8)
  const timescale = mediaHeader.fields.u32()
  const description = readFullBox(onlyBox(descend(media, 'minf', 'stbl'), 'stsd')).fields
  if (description.u32() !== 1) throw new MalformedMedia('Not exactly one sample description')
  const entry = onlyBox(readBoxes(description.bytes(description.left())), 'avc1')
  const fields = fieldsOf(entry.body, 'avc1')
  fields.bytes(24)
  const [width, height] = [fields.u16(), fields.u16()]
  fields.bytes(50)
  const children = readBoxes(fields.bytes(fields.left()))
  const avcC = onlyBox(children, 'avcC')
  const config = fieldsOf(avcC.body, 'avcC')
  if (config.u8() !== 1) throw new MalformedMedia('Unknown version of avcC')
  const codecs = `avc1.${config.bytes(3).toString('hex')}`
  const nalLengthBytes = (config.u8() & 3) + 1
  // Colour and pixel shape describe the picture; bit rates and the like are the encoder's guesses.
  const kept = [avcC, ...children.filter(({ type }) => type === 'colr' || type === 'pasp')]
  const sampleEntry = avcSampleEntry(
    width,
    height,
    kept.map(({ type, body }) => box(type, body)),
  )
  const delayFrames = readSequence(avcC.body).reorderFrames
  const delayTicks = delayFrames * frameTicks
  const init = writeInit({ kind: 'video', timescale, sampleEntry, width, height, delayTicks, brands: [] })
  return { init, codecs, width, height, timescale, nalLengthBytes, delayFrames }
}

/** Every interval but the video's last holds the same number of frames, and segments are whole. */
function checkIntervals(intervals: readonly (readonly ReadSample[])[], chunk: VideoChunk): void {
  const frames = intervals.reduce((sum, interval) => sum + interval.length, 0)
  if (frames !== chunk.frameCount) throw new MalformedMedia(`${frames} frames instead of ${chunk.frameCount}`)
  const length = intervals[0]?.length ?? 0
  for (const [index, interval] of intervals.entries()) {
    const mayBeShort = chunk.isLast && index === intervals.length - 1
    if (interval.length !== length && !(mayBeShort && interval.length < length)) {
      throw new MalformedMedia(`Key-frame interval ${index} has ${interval.length} frames, the first ${length}`)
    }
  }
  if (!chunk.isLast && intervals.length % chunk.keyframesPerSegment !== 0) {
    throw new MalformedMedia(`${intervals.length} key-frame intervals are no whole segments`)
  }
}

/** The first sample is an IDR picture and no other is; every sample holds a picture, and its NAL units fill it exactly. */
function checkPictures(interval: readonly ReadSample[], nalLengthBytes: number): void {
  for (const [index, sample] of interval.entries()) {
    const isIdr = pictureType(sample.data, nalLengthBytes) === 'idr'
    if (isIdr !== (index === 0) || sample.isSync !== isIdr) {
      throw new MalformedMedia(`Frame ${index} of a key-frame interval is ${isIdr ? 'an' : 'no'} IDR picture`)
    }
  }
}

/**
 * Says whether a sample's coded picture is an IDR picture (NAL unit type 5, H.264 §7.4.1.2.4) or another (1 to 4).
 * @throws MalformedMedia when NAL units do not fill the sample, or there is no picture, or a mix
 */
function pictureType(sample: Buffer, nalLengthBytes: number): 'idr' | 'other' {
  let found: 'idr' | 'other' | undefined
  for (let position = 0; position < sample.length;) {
    const start = position + nalLengthBytes
    if (start >= sample.length) throw new MalformedMedia('A sample ends inside a NAL unit')
    const end = start + sample.readUIntBE(position, nalLengthBytes)
    if (end <= start || end > sample.length) throw new MalformedMedia('A NAL unit is empty or leaves its sample')
    const nalType = sample.readUInt8(start) & 0x1f
    if (nalType >= 1 && nalType <= 5) {
      const type = nalType === 5 ? 'idr' : 'other'
      if (found !== undefined && found !== type) throw new MalformedMedia('A sample mixes IDR and other slices')
      found = type
    }
    position = end
  }
  if (found === undefined) throw new MalformedMedia('A sample holds no picture')
  return found
}

interface PlacedFrame {
  readonly data: Buffer
  readonly durationTicks: number
  readonly compositionTicks: number
}

/** Gives every frame its exact place, and proves that the pictures of each interval are a gapless run. */
function placeFrames(
  intervals: readonly (readonly ReadSample[])[],
  chunk: VideoChunk,
  delayFrames: number,
): PlacedFrame[][] {
  const { frameTicks } = chunk
  const earliest = Math.min(...(intervals[0] ?? []).map((sample) => sample.presentationTicks))
  const shift = chunk.startFrame * frameTicks - earliest
  if (!(Math.abs(shift) <= REORDERING_MAX_FRAMES * frameTicks)) {
    throw new MalformedMedia(`The chunk of frame ${chunk.startFrame} begins ${shift} ticks away from it`)
  }
  let frame = chunk.startFrame
  return intervals.map((interval) => {
    const base = frame
    const shown = new Set<number>()
    const placed = interval.map((sample) => {
      const picture = (sample.presentationTicks + shift) / frameTicks
      if (!Number.isInteger(picture) || picture < base || picture >= base + interval.length || shown.has(picture)) {
        throw new MalformedMedia(`A picture at frame ${picture} in the interval of frame ${base}`)
      }
      shown.add(picture)
      const waitsFrames = picture - frame + delayFrames
      if (waitsFrames < 0) throw new MalformedMedia(`Frame ${picture} is shown before it can be decoded`)
      if (frame === base && picture !== base) throw new MalformedMedia(`Key frame ${base} is not the first one shown`)
      frame += 1
      return { data: sample.data, durationTicks: frameTicks, compositionTicks: waitsFrames * frameTicks }
    })
    return placed
  })
}

function cutSegments(intervals: readonly (readonly PlacedFrame[])[], chunk: VideoChunk): PackedVideoSegment[] {
  const segments: PackedVideoSegment[] = []
  let frame = chunk.startFrame
  for (let first = 0; first < intervals.length; first += chunk.keyframesPerSegment) {
    const index = chunk.firstSegment + segments.length
    const startFrame = frame
    const parts: Buffer[] = [SEGMENT_TYPE]
    const keyframes: PackedKeyframe[] = []
    let offset = SEGMENT_TYPE.length
    for (const [order, interval] of intervals.slice(first, first + chunk.keyframesPerSegment).entries()) {
      const keyframeIndex = index * chunk.keyframesPerSegment + order
      const written = writeInterval(interval, keyframeIndex, frame * chunk.frameTicks, chunk.frameTicks)
      keyframes.push({
        offset,
        size: written[0].length,
        startTicks: frame * chunk.frameTicks,
        durationTicks: interval.length * chunk.frameTicks,
      })
      parts.push(...written)
      offset += written.reduce((sum, part) => sum + part.length, 0)
      frame += interval.length
    }
    segments.push({
      index,
      bytes: Buffer.concat(parts),
      startTicks: startFrame * chunk.frameTicks,
      durationTicks: (frame - startFrame) * chunk.frameTicks,
      frameCount: frame - startFrame,
      keyframes,
    })
  }
  return segments
}

/** The key frame's fragment, then that of the other frames when there are any. Two sequence numbers for each interval. */
function writeInterval(
  interval: readonly PlacedFrame[],
  keyframeIndex: number,
  baseTicks: number,
  frameTicks: number,
): [Buffer, ...Buffer[]] {
  const sequenceNumber = 2 * keyframeIndex + 1
  const keyframe = writeFragment({ sequenceNumber, baseTicks, samples: interval.slice(0, 1), isSync: true })
  if (interval.length === 1) return [keyframe]
  return [
    keyframe,
    writeFragment({
      sequenceNumber: sequenceNumber + 1,
      baseTicks: baseTicks + frameTicks,
      samples: interval.slice(1),
      isSync: false,
    }),
  ]
}
