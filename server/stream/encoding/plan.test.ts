import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rational, toNumber } from '#kernel/rational.ts'
import type { MediaProbe, VideoStream } from '#platform/media/probe.ts'
import { STANDARD_RATES } from '#platform/media/timing.ts'
import { outputRate, planChunks, planEncoding } from './plan.ts'

const video: VideoStream = {
  index: 0,
  codec: 'h264',
  codedWidth: 1920,
  codedHeight: 1080,
  displayWidth: 1920,
  displayHeight: 1080,
  rotationDegrees: 0,
  pixelAspect: rational(1),
  timeBase: rational(1, 90_000),
  startTicks: 0,
  endTicks: 60 * 90_000,
  frameCount: 1800,
  frameRate: rational(30),
  isVariable: false,
  interlaced: false,
  pixelFormat: 'yuv420p',
  bitDepth: 8,
  colorTransfer: null,
  colorPrimaries: null,
  colorMatrix: null,
  hdr: null,
  keyFrameSeconds: [0],
}

function probeOf(changes: Partial<VideoStream> = {}, channels: number | null = 2): MediaProbe {
  const audio = channels === null ? null : { index: 1, codec: 'aac', channels, sampleRateHz: 44_100 }
  return { demuxer: 'mov', startSeconds: 0, durationMs: 60_000, video: { ...video, ...changes }, audio, streamCount: 2 }
}

const lengths = fc.record({
  firstSegments: fc.integer({ min: 1, max: 10 }),
  maxSegments: fc.integer({ min: 1, max: 12 }),
})

test('chunks tile the frames exactly, in whole segments, whatever the lengths', () => {
  const sizes = fc.record({ segmentFrames: fc.integer({ min: 1, max: 400 }), whole: fc.integer({ min: 0, max: 200 }) })
  fc.assert(
    fc.property(sizes, fc.nat(399), lengths, ({ segmentFrames, whole }, rest, chunkLengths) => {
      const frameCount = Math.max(1, whole * segmentFrames + (rest % segmentFrames))
      const chunks = planChunks(frameCount, segmentFrames, chunkLengths)
      let [frame, segments] = [0, 0]
      for (const [index, chunk] of chunks.entries()) {
        expect(chunk).toMatchObject({ index, startFrame: frame, firstSegment: segments })
        expect(chunk.startFrame % segmentFrames).toBe(0)
        expect(Math.ceil(chunk.frameCount / segmentFrames)).toBe(chunk.segmentCount)
        if (index < chunks.length - 1) expect(chunk.frameCount).toBe(chunk.segmentCount * segmentFrames)
        if (index > 0) expect(chunk.frameCount).toBeGreaterThanOrEqual(segmentFrames)
        expect(chunk.segmentCount).toBeLessThanOrEqual(
          (index === 0 ? chunkLengths.firstSegments : chunkLengths.maxSegments) + 1,
        )
        frame += chunk.frameCount
        segments += chunk.segmentCount
      }
      expect(frame).toBe(frameCount)
    }),
  )
})

test('an hour at 30 frames a second begins with 12 s and goes on in chunks of 30 to 60 s', () => {
  const plan = planEncoding(probeOf({ endTicks: 3600 * 90_000, frameCount: 108_000 }))
  expect(plan).toMatchObject({ frameCount: 108_000, keyframeFrames: 60, segmentFrames: 180 })
  expect(plan.chunks[0]).toMatchObject({ frameCount: 360, segmentCount: 2 })
  for (const chunk of plan.chunks.slice(1)) {
    expect(chunk.frameCount / 30).toBeGreaterThanOrEqual(30)
    expect(chunk.frameCount / 30).toBeLessThanOrEqual(60)
  }
})

test('what follows the first chunk is at least two chunks, the longer first, so that two processors end together', () => {
  const framesOf = (seconds: number) =>
    planEncoding(probeOf({ endTicks: seconds * 90_000, frameCount: seconds * 30 })).chunks.map(
      (chunk) => chunk.frameCount,
    )
  expect(framesOf(31)).toEqual([360, 360, 210])
  expect(framesOf(66)).toEqual([360, 900, 720])
  expect(framesOf(18)).toEqual([360, 180])
})

test('a frame is a whole number of ticks of the timescale at every rate', () => {
  const rates = fc.oneof(
    fc.constantFrom(...STANDARD_RATES),
    fc
      .tuple(fc.integer({ min: 1, max: 2_000_000 }), fc.integer({ min: 1, max: 20_000 }))
      .map(([a, b]) => rational(a, b)),
  )
  fc.assert(
    fc.property(rates, (frameRate) => {
      const plan = planEncoding(probeOf({ frameRate }))
      const ticks = (plan.timescale * plan.frameRate.den) / plan.frameRate.num
      expect(Number.isInteger(ticks)).toBe(true)
      expect(plan.timescale).toBeGreaterThanOrEqual(10_000)
      expect(plan.timescale).toBeLessThan(2 ** 31)
      expect(toNumber(plan.frameRate)).toBeLessThanOrEqual(60)
      expect(toNumber(plan.frameRate)).toBeGreaterThanOrEqual(9.9)
    }),
  )
})

test.each([
  [rational(30_000, 1001), rational(30_000, 1001)],
  [rational(15), rational(15)],
  [rational(120), rational(60)],
  [rational(120_000, 1001), rational(60_000, 1001)],
  [rational(240), rational(60)],
  [rational(100), rational(50)],
  [rational(90), rational(45)],
  [rational(6002, 100), rational(60)],
  [rational(1), rational(10)],
  [rational(1, 5), rational(10)],
  [rational(4), rational(12)],
])('a source at %o is shown at %o', (frameRate, shown) => {
  expect(outputRate({ frameRate })).toEqual(shown)
})

test('a silent source has no sound rungs, every other gets two of two channels', () => {
  expect(planEncoding(probeOf({}, null)).audio).toEqual([])
  expect(planEncoding(probeOf({}, 1)).audio.map((rung) => rung.channels)).toEqual([2, 2])
  expect(planEncoding(probeOf({}, 6)).audio.map((rung) => rung.channels)).toEqual([2, 2])
})

test('a single frame makes one chunk of one frame', () => {
  const plan = planEncoding(probeOf({ endTicks: 3000, frameCount: 1 }))
  expect(plan.chunks).toEqual([{ index: 0, startFrame: 0, frameCount: 1, firstSegment: 0, segmentCount: 1 }])
})
