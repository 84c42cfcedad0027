/** Bytes that are not what their format asks: a truncated box, a missing frame, a wrong codec. `message` says what and where. */
export class MalformedMedia extends Error {
  override readonly name = 'MalformedMedia'
}

/** One ISO base media box (ISO/IEC 14496-12 §4.2). Offsets count from the start of the buffer that was read. */
export interface Box {
  /** Four characters, each one byte (Latin-1). */
  readonly type: string
  readonly offset: number
  /** Header and body together, in bytes. */
  readonly size: number
  /** A view, not a copy. */
  readonly body: Buffer
}

/** The fields of a box, read in order. Reading past the end throws; nothing is ever guessed. */
export interface Fields {
  u8(): number
  u16(): number
  u32(): number
  i32(): number
  /** @throws MalformedMedia beyond 2^53 - 1 */
  u64(): number
  /** The next `count` bytes, a view. */
  bytes(count: number): Buffer
  /** How many bytes are left. */
  left(): number
}

/** What every full box begins with (§4.2), and the reader of what follows. */
interface FullBox {
  readonly version: number
  readonly flags: number
  readonly fields: Fields
}

const HEADER_BYTES = 8

/**
 * The boxes that fill `bytes` exactly, in their order; empty for an empty buffer. 64-bit sizes are read; the form "until
 * the end of the file" (size 0) is refused, since no packager of fragments writes it.
 * @throws MalformedMedia when a box is shorter than its header or longer than what is left
 */
export function readBoxes(bytes: Buffer): Box[] {
  const boxes: Box[] = []
  let offset = 0
  while (offset < bytes.length) {
    const header = fieldsOf(bytes.subarray(offset), `box at ${offset}`)
    const shortSize = header.u32()
    const type = header.bytes(4).toString('latin1')
    const headerBytes = shortSize === 1 ? 2 * HEADER_BYTES : HEADER_BYTES
    const size = shortSize === 1 ? header.u64() : shortSize
    if (size < headerBytes || size > bytes.length - offset) {
      throw new MalformedMedia(
        `Box ${JSON.stringify(type)} at ${offset} claims ${size} of ${bytes.length - offset} bytes`,
      )
    }
    boxes.push({ type, offset, size, body: bytes.subarray(offset + headerBytes, offset + size) })
    offset += size
  }
  return boxes
}

/** The only box of this type. @throws MalformedMedia when there is none, or more than one */
export function onlyBox(boxes: readonly Box[], type: string): Box {
  const [found, second] = boxes.filter((candidate) => candidate.type === type)
  if (found === undefined || second !== undefined) {
    throw new MalformedMedia(`Expected one ${type} box, found ${found === undefined ? 'none' : 'several'}`)
  }
  return found
}

/** Walks down containers, each of which is the only one of its type: `descend(boxes, 'moov', 'trak')`. */
export function descend(boxes: readonly Box[], ...path: readonly string[]): Box[] {
  return path.reduce<Box[]>((level, type) => readBoxes(onlyBox(level, type).body), [...boxes])
}

/** Reads version and flags, and hands out the rest. @throws MalformedMedia when the body is shorter than four bytes */
export function readFullBox({ body, type }: Box): FullBox {
  const fields = fieldsOf(body, type)
  const word = fields.u32()
  return { version: word >>> 24, flags: word & 0xffffff, fields }
}

/** A bounded reader over `bytes`; `what` names it in errors. */
export function fieldsOf(bytes: Buffer, what: string): Fields {
  let position = 0
  const take = (count: number): number => {
    if (!Number.isSafeInteger(count) || count < 0 || count > bytes.length - position) {
      throw new MalformedMedia(`${what}: ${count} bytes wanted at ${position} of ${bytes.length}`)
    }
    position += count
    return position - count
  }
  return {
    u8: () => bytes.readUInt8(take(1)),
    u16: () => bytes.readUInt16BE(take(2)),
    u32: () => bytes.readUInt32BE(take(4)),
    i32: () => bytes.readInt32BE(take(4)),
    u64: () => {
      const value = bytes.readBigUInt64BE(take(8))
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new MalformedMedia(`${what}: ${value} is beyond 2^53`)
      return Number(value)
    },
    bytes: (count) => {
      const start = take(count)
      return bytes.subarray(start, start + count)
    },
    left: () => bytes.length - position,
  }
}

/** A box around `parts`. The 64-bit form is used when the size asks for it. */
export function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const header = boxHeader(
    type,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  return Buffer.concat([header, ...parts])
}

/** The header alone, for a body of `bodyBytes` that is written apart. `type` is four Latin-1 characters. */
export function boxHeader(type: string, bodyBytes: number): Buffer {
  const name = Buffer.from(type, 'latin1')
  if (name.length !== 4) throw new RangeError(`A box type has four bytes: ${JSON.stringify(type)}`)
  const size = HEADER_BYTES + bodyBytes
  return size <= 0xffffffff ? Buffer.concat([u32(size), name]) : Buffer.concat([u32(1), name, u64(size + HEADER_BYTES)])
}

/** A box that begins with version (0 to 255) and flags (24 bits). */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, u32(version * 0x1000000 + flags), ...parts)
}

/** Bytes written in hexadecimal; spaces are for the reader. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}

/** Big-endian 16-bit numbers, each 0 to 65,535. */
export function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index)
  return bytes
}

/** Big-endian 32-bit numbers, each 0 to 2^32 - 1. */
export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index)
  return bytes
}

/** One big-endian 64-bit number, a safe integer of 0 or more. */
export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** `count` zero bytes. */
export function zeros(count: number): Buffer {
  return Buffer.alloc(count)
}
