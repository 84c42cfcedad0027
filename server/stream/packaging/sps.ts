import { fieldsOf, MalformedMedia } from './boxes.ts'

/** Profiles whose parameter sets carry the chroma format (H.264 §7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
/** aspect_ratio_idc that is followed by a width and a height (H.264 table E-1). */
const EXTENDED_SAR = 255
const BASELINE_PROFILE = 66

/** What the sequence parameter set of a stream says that a packager needs. */
interface VideoSequence {
  /**
   * How many frames a picture may wait for others before it is shown, `max_num_reorder_frames`; 0 in a stream without
   * B-frames.
   */
  readonly reorderFrames: number
  /** False when pictures may be coded as fields, which is to say interlaced. */
  readonly isProgressive: boolean
}

/**
 * Reads the first sequence parameter set in an `avcC` body (ISO/IEC 14496-15 §5.3.3.1, H.264 §7.3.2.1 and §E.1.1).
 * @throws MalformedMedia when it is truncated, or does not tell how far pictures are reordered (x264 always does)
 */
export function readSequence(avcC: Buffer): VideoSequence {
  const fields = fieldsOf(avcC, 'avcC')
  fields.bytes(5)
  if ((fields.u8() & 0x1f) === 0) throw new MalformedMedia('avcC holds no sequence parameter set')
  const bits = bitsOf(unescape(fields.bytes(fields.u16()).subarray(1)))
  const profile = bits.u(8)
  bits.u(16)
  bits.ue()
  if (HIGH_PROFILES.has(profile)) skipChroma(bits)
  bits.ue()
  skipPictureOrder(bits)
  bits.ue()
  bits.u(1)
  bits.ue()
  bits.ue()
  const isProgressive = bits.u(1) === 1
  if (!isProgressive) bits.u(1)
  bits.u(1)
  if (bits.u(1) === 1) for (let side = 0; side < 4; side += 1) bits.ue()
  const told = bits.u(1) === 1 ? readReorder(bits) : undefined
  const reorderFrames = told ?? (profile === BASELINE_PROFILE ? 0 : undefined)
  if (reorderFrames === undefined)
    throw new MalformedMedia('The parameter set does not say how far pictures are reordered')
  return { reorderFrames, isProgressive }
}

interface Bits {
  /** The next `count` bits, 1 to 32, as an unsigned number. */
  u(count: number): number
  /** An unsigned Exp-Golomb code (H.264 §9.1). */
  ue(): number
}

function bitsOf(bytes: Buffer): Bits {
  let position = 0
  const u = (count: number): number => {
    let value = 0
    for (let taken = 0; taken < count; taken += 1) {
      const byte = bytes[position >> 3]
      if (byte === undefined) throw new MalformedMedia('A sequence parameter set ends too early')
      value = value * 2 + ((byte >> (7 - (position & 7))) & 1)
      position += 1
    }
    return value
  }
  const ue = (): number => {
    let zeroBits = 0
    while (u(1) === 0) zeroBits += 1
    if (zeroBits > 31) throw new MalformedMedia('An Exp-Golomb code is too long')
    return 2 ** zeroBits - 1 + u(zeroBits)
  }
  return { u, ue }
}

/** Removes the emulation prevention bytes (H.264 §7.4.1). */
function unescape(nal: Buffer): Buffer {
  return Buffer.from(nal.filter((byte, index) => !(byte === 3 && nal[index - 1] === 0 && nal[index - 2] === 0)))
}

function skipChroma(bits: Bits): void {
  if (bits.ue() === 3) bits.u(1)
  bits.ue()
  bits.ue()
  bits.u(1)
  if (bits.u(1) === 1) throw new MalformedMedia('Scaling matrices are not supported')
}

function skipPictureOrder(bits: Bits): void {
  const type = bits.ue()
  if (type === 0) bits.ue()
  if (type !== 1) return
  bits.u(1)
  bits.ue()
  bits.ue()
  const cycle = bits.ue()
  if (cycle > 255) throw new MalformedMedia('A picture order cycle is too long')
  for (let index = 0; index < cycle; index += 1) bits.ue()
}

/** Reads the usability information (§E.1.1) up to `max_num_reorder_frames`; undefined when it is absent. */
function readReorder(bits: Bits): number | undefined {
  if (bits.u(1) === 1 && bits.u(8) === EXTENDED_SAR) bits.u(32)
  if (bits.u(1) === 1) bits.u(1)
  if (bits.u(1) === 1) {
    bits.u(4)
    if (bits.u(1) === 1) bits.u(24)
  }
  if (bits.u(1) === 1) {
    bits.ue()
    bits.ue()
  }
  if (bits.u(1) === 1) {
    bits.u(32)
    bits.u(32)
    bits.u(1)
  }
  const nalHrd = bits.u(1) === 1
  if (nalHrd) skipHrd(bits)
  const vclHrd = bits.u(1) === 1
  if (vclHrd) skipHrd(bits)
  if (nalHrd || vclHrd) bits.u(1)
  bits.u(1)
  if (bits.u(1) === 0) return undefined
  bits.u(1)
  for (let field = 0; field < 4; field += 1) bits.ue()
  return bits.ue()
}

function skipHrd(bits: Bits): void {
  const count = bits.ue() + 1
  if (count > 32) throw new MalformedMedia('Too many buffer schedules')
  bits.u(8)
  for (let index = 0; index < count; index += 1) {
    bits.ue()
    bits.ue()
    bits.u(1)
  }
  bits.u(20)
}
