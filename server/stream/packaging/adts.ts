import { MalformedMedia } from './boxes.ts'

/** What every frame of an ADTS stream says of itself, and must say alike (ISO/IEC 14496-3 §1.A.2.2). */
export interface AdtsFormat {
  readonly sampleRateHz: number
  readonly channels: 1 | 2
}

/** One AAC-LC frame of 1,024 samples, without its ADTS header. */
export interface AdtsFrame {
  readonly format: AdtsFormat
  readonly data: Buffer
}

/** By sampling_frequency_index (§1.6.3.4). */
export const SAMPLE_RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
] as const

const HEADER_BYTES = 7

/**
 * The frames of an ADTS stream that comes in pieces of any size. At most one frame (8 KiB) is carried from piece to piece.
 * @throws MalformedMedia when a header is wrong, is not AAC-LC in one or two channels, differs from the first one, or
 *   when the stream ends inside a frame
 */
export async function* adtsFrames(source: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<AdtsFrame> {
  let rest: Buffer = Buffer.alloc(0)
  let format: AdtsFormat | undefined
  for await (const piece of source) {
    let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    for (;;) {
      const header = bytes.length < HEADER_BYTES ? undefined : readHeader(bytes)
      if (header === undefined || bytes.length < header.frameBytes) break
      format ??= header.format
      if (header.format.channels !== format.channels || header.format.sampleRateHz !== format.sampleRateHz) {
        throw new MalformedMedia('The sound changes its format')
      }
      yield { format, data: bytes.subarray(header.headerBytes, header.frameBytes) }
      bytes = bytes.subarray(header.frameBytes)
    }
    rest = bytes
  }
  if (rest.length > 0) throw new MalformedMedia(`The sound ends inside a frame, ${rest.length} bytes over`)
}

function readHeader(bytes: Buffer): { format: AdtsFormat; headerBytes: number; frameBytes: number } {
  const sync = bytes.readUInt16BE(0)
  // Twelve sync bits, then MPEG version (either), layer 0, protection absent (either).
  if ((sync & 0xfff6) !== 0xfff0) throw new MalformedMedia('No ADTS frame where one should begin')
  const headerBytes = (sync & 1) === 1 ? HEADER_BYTES : HEADER_BYTES + 2
  const word = bytes.readUInt32BE(2)
  const sampleRateHz = SAMPLE_RATES_HZ[(word >>> 26) & 0xf]
  const channels = (word >>> 22) & 7
  const frameBytes = (word >>> 5) & 0x1fff
  const blocks = bytes.readUInt8(6) & 3
  const isLowComplexity = word >>> 30 === 1
  if (!isLowComplexity || sampleRateHz === undefined || (channels !== 1 && channels !== 2) || blocks !== 0) {
    throw new MalformedMedia('Not AAC-LC in one or two channels, one block in a frame')
  }
  if (frameBytes <= headerBytes) throw new MalformedMedia(`An ADTS frame of ${frameBytes} bytes`)
  return { format: { sampleRateHz, channels }, headerBytes, frameBytes }
}
