import fc from 'fast-check'
import { expect, test } from 'vitest'
import { box, boxHeader, fieldsOf, fullBox, MalformedMedia, readBoxes, readFullBox, u16, u32, u64 } from './boxes.ts'

const boxType = fc.stringMatching(/^[a-z0-9]{4}$/)
const body = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes))

test('boxes that are written are read back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(boxType, body), { maxLength: 8 }), (boxes) => {
      const read = readBoxes(Buffer.concat(boxes.map(([type, bytes]) => box(type, bytes))))
      expect(read.map(({ type, body: bytes }) => [type, Buffer.from(bytes)])).toEqual(boxes)
    }),
  )
})

test('version, flags and fields of a full box are read back', () => {
  const word = fc.integer({ min: 0, max: 0xffffffff })
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 0xffffff }),
      word,
      fc.maxSafeNat(),
      (version, flags, short, long) => {
        const [read] = readBoxes(fullBox('test', version, flags, u16(short & 0xffff), u32(short), u64(long)))
        if (read === undefined) throw new Error('Nothing read')
        const { fields, ...told } = readFullBox(read)
        expect(told).toEqual({ version, flags })
        expect([fields.u16(), fields.u32(), fields.u64(), fields.left()]).toEqual([short & 0xffff, short, long, 0])
      },
    ),
  )
})

test('any bytes are read to boxes that fill them, or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let boxes
      try {
        boxes = readBoxes(Buffer.from(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMedia)
        return
      }
      expect(boxes.reduce((sum, { size }) => sum + size, 0)).toBe(bytes.length)
    }),
  )
})

test('a box cut short anywhere is refused', () => {
  const whole = box('moov', box('trak', Buffer.alloc(20)), box('free', Buffer.alloc(3)))
  for (let length = 1; length < whole.length; length += 1) {
    expect(() => readBoxes(whole.subarray(0, length))).toThrow(MalformedMedia)
  }
})

test('the 64-bit form of a size is read, and written when the size asks for it', () => {
  const long = Buffer.concat([u32(1), Buffer.from('mdat'), u64(19), Buffer.from('abc')])
  expect(readBoxes(long)).toMatchObject([{ type: 'mdat', size: 19, body: Buffer.from('abc') }])
  expect(boxHeader('mdat', 2 ** 32)).toEqual(Buffer.concat([u32(1), Buffer.from('mdat'), u64(2 ** 32 + 16)]))
  expect(() => readBoxes(Buffer.concat([u32(1), Buffer.from('mdat'), u64(9)]))).toThrow(MalformedMedia)
  expect(() => readBoxes(Buffer.concat([u32(1), Buffer.from('mdat'), Buffer.alloc(8, 0xff)]))).toThrow(MalformedMedia)
})

test('a size of 0, to the end of the file, is refused', () => {
  expect(() => readBoxes(Buffer.concat([u32(0), Buffer.from('mdat')]))).toThrow(MalformedMedia)
})

test('fields never reach past the end', () => {
  const fields = fieldsOf(Buffer.from([1, 2, 3]), 'three bytes')
  expect(fields.u16()).toBe(0x0102)
  expect(() => fields.u16()).toThrow(MalformedMedia)
  expect(() => fields.bytes(-1)).toThrow(MalformedMedia)
  expect(fields.u8()).toBe(3)
})
