import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { probeMedia } from '#platform/media/probe.ts'
import { emptyFolder, ffmpeg, frameNumbers, headOf, makeMedia, numberedVideo } from '#tests/support/media.ts'
import { makePoster, makeStoryboard } from './images.ts'
import type { ImageInput } from './images.ts'
import { planStoryboard } from './storyboard.ts'

async function inputOf(sourcePath: string): Promise<ImageInput> {
  const probe = await probeMedia({ path: sourcePath, head: headOf(sourcePath), cwd: emptyFolder() })
  return { sourcePath, probe, outDir: emptyFolder() }
}

test('a storyboard covers the time without a gap, has at most a hundred tiles and none outside the image', () => {
  const side = fc.integer({ min: 1, max: 8192 })
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 12 * 3_600_000 }), (width, height, durationMs) => {
      const { tiles, columns, rows, tileWidth, tileHeight, intervalMs } = planStoryboard(width, height, durationMs)
      expect(tiles.length).toBeLessThanOrEqual(100)
      expect(tiles.length).toBeGreaterThan(columns * (rows - 1))
      expect(intervalMs).toBeGreaterThanOrEqual(2000)
      let endMs = 0
      for (const tile of tiles) {
        expect(tile.startMs).toBe(endMs)
        expect(tile.endMs).toBeGreaterThan(tile.startMs)
        expect(tile.x + tile.width).toBeLessThanOrEqual(columns * tileWidth)
        expect(tile.y + tile.height).toBeLessThanOrEqual(rows * tileHeight)
        endMs = tile.endMs
      }
      expect(endMs).toBe(durationMs)
    }),
  )
})

test.each([
  [50, 'key frames'],
  [1000, 'all frames where key frames are rare'],
])('the tiles of a film with a key frame every %i frames show its times, from %s', async (keyframeFrames) => {
  const input = await inputOf(await numberedVideo({ frames: 606, rate: rational(25), keyframeFrames }))
  const { path, tiles, columns, rows, tileWidth, tileHeight } = await makeStoryboard(input)
  expect([tiles.length, columns, rows]).toEqual([13, 10, 2])
  const shown = await frameNumbers(path, [`untile=${columns}x${rows}`])
  for (const [index, tile] of tiles.entries()) {
    expect([tile.x, tile.y]).toEqual([(index % columns) * tileWidth, Math.floor(index / columns) * tileHeight])
    expect(Math.abs((shown[index] ?? -1) - (tile.startMs * 25) / 1000)).toBeLessThanOrEqual(1)
  }
})

test('a poster is no larger than the film and not its black beginning', async () => {
  const source = await makeMedia('fade.mp4', [
    ...['-f', 'lavfi', '-i', 'testsrc=size=1600x900:rate=2:duration=8', '-vf', 'fade=in:st=0:d=5'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '2', '-pix_fmt', 'yuv420p'],
  ])
  const poster = await makePoster(await inputOf(source))
  expect(poster).toMatchObject({ width: 1280, height: 720 })
  const pixels = await ffmpeg(['-i', poster.path, '-vf', 'scale=8:8:flags=area,format=gray', '-f', 'rawvideo', '-'])
  expect(pixels.reduce((sum, value) => sum + value, 0) / pixels.length).toBeGreaterThan(50)
})

test('a film of one frame has a poster and a storyboard', async () => {
  const input = await inputOf(await numberedVideo({ frames: 1, rate: rational(25) }))
  expect(await makePoster(input)).toMatchObject({ width: 304, height: 172 })
  expect((await makeStoryboard(input)).tiles.length).toBe(1)
})
