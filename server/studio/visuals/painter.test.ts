import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { moodOf } from '../direction/mood.ts'
import { cleanText } from '../scripts/text.ts'
import { type Rgb, contrastOf } from './colour.ts'
import { loadFonts } from './fonts.ts'
import { type Look, MARGIN } from './look.ts'
import { MOTIFS, motifOf } from './motifs/index.ts'
import { Painter, paletteIn } from './painter.ts'
import { HEIGHT, WIDTH } from './scene.ts'
import { CAPTION_BOX } from './veil.ts'

function lookWith(seed: number, scenes: number, title = 'A bakery that only opens at night'): Look {
  const mood = moodOf(seed)
  const long = mood.framesPerBeat * 8
  return {
    ...{ seed, mood, language: 'en', direction: 'ltr', totalFrames: scenes * long },
    scenes: Array.from({ length: scenes }, (_, index) => ({
      index,
      role: 'words',
      startFrame: index * long,
      endFrame: (index + 1) * long,
    })),
    headings: [{ kind: 'title', text: title, eyebrow: 'A thought', scene: 0, startFrame: 8, endFrame: long - 8 }],
  }
}

async function painted(look: Look, frame: number): Promise<Buffer> {
  await loadFonts()
  const painter = new Painter(look)
  painter.paint(frame)
  return Buffer.from(painter.pixels())
}

const digest = (pixels: Buffer) => createHash('sha256').update(pixels).digest('hex')

test('the same film and frame give the same picture, whatever was painted before', async () => {
  const look = lookWith(11, 3)
  const frame = (look.scenes[1]?.startFrame ?? 0) + 3
  const alone = digest(await painted(look, frame))
  const painter = new Painter(look)
  for (const other of [0, look.totalFrames - 1, 40]) painter.paint(other)
  painter.paint(frame)
  expect(digest(painter.pixels())).toBe(alone)
  expect(digest(await painted({ ...look, seed: 12 }, frame))).not.toBe(alone)
})

test('a film of fewer lines shows what one of 720 shows', async () => {
  const look = lookWith(11, 2)
  await loadFonts()
  const large = new Painter(look)
  const smaller = [360, 540].map((height) => new Painter(look, height))
  expect(smaller.map(({ canvas }) => [canvas.width, canvas.height])).toEqual([
    [640, 360],
    [960, 540],
  ])
  // Letters, and the middle of a transition.
  for (const frame of [50, look.scenes[1]?.startFrame ?? 0]) {
    large.paint(frame)
    const wanted = shrunk(large)
    for (const painter of smaller) {
      painter.paint(frame)
      const drawn = shrunk(painter)
      const farthest = Math.max(...wanted.map((value, at) => Math.abs(value - (drawn[at] ?? 0))))
      expect(farthest, `frame ${frame} of ${painter.canvas.height} lines`).toBeLessThan(16)
    }
  }
})

const [ACROSS, DOWN] = [32, 18]

/** The mean colours of 32 × 18 parts of a picture, of any size. */
function shrunk(painter: Painter): Float64Array {
  const { width, height } = painter.canvas
  const data = painter.pixels()
  const sums = new Float64Array(ACROSS * DOWN * 3)
  const share = (ACROSS * DOWN) / (width * height)
  for (let at = 0, x = 0, y = 0; at < data.length; at += 4) {
    const part = 3 * (Math.floor((y * DOWN) / height) * ACROSS + Math.floor((x * ACROSS) / width))
    for (let channel = 0; channel < 3; channel += 1) {
      sums[part + channel] = (sums[part + channel] ?? 0) + share * (data[at + channel] ?? 0)
    }
    x += 1
    if (x === width) [x, y] = [0, y + 1]
  }
  return sums
}

test('no motif comes again before all were there, and every one can be painted', async () => {
  const count = Object.keys(MOTIFS).length
  const look = lookWith(21, count)
  expect(new Set(look.scenes.map(({ index }) => motifOf(look, index))).size).toBe(count)
  const seen = new Set<string>()
  for (const { startFrame } of look.scenes) seen.add(digest(await painted(look, startFrame + 60)))
  expect(seen.size).toBe(count)
})

/** The colour of a pixel. */
function colourAt(pixels: Buffer, x: number, y: number): Rgb {
  const at = 4 * (y * WIDTH + x)
  return [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0]
}

test('whatever moves there, the place of captions can be read against', async () => {
  for (const seed of [1, 2, 5]) {
    const look = lookWith(seed, 5)
    for (const { index, startFrame, endFrame } of look.scenes) {
      const { ink } = paletteIn(look, index)
      const pixels = await painted(look, Math.round(startFrame + 12 + (endFrame - startFrame - 24) * 0.6))
      let unread = 0
      let looked = 0
      for (let y = CAPTION_BOX.y; y < CAPTION_BOX.y + CAPTION_BOX.height; y += 6) {
        for (let x = CAPTION_BOX.x; x < CAPTION_BOX.x + CAPTION_BOX.width; x += 10) {
          looked += 1
          if (contrastOf(colourAt(pixels, x, y), ink) < 4.5) unread += 1
        }
      }
      expect(unread / looked, `seed ${seed}, scene ${index}, ${motifOf(look, index)}`).toBeLessThan(0.01)
    }
  }
})

let plainPixels: Promise<Buffer> | undefined
/** A picture without letters: the same whatever the title. */
const plainly = (look: Look): Promise<Buffer> => (plainPixels ??= painted({ ...look, headings: [] }, 50))

test.each([
  ['one letter', 'A'],
  ['a word that is longer than the picture', 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen'.repeat(3)],
  ['half a surrogate pair and control characters', 'a\uD800b\u0000\u0007c'],
  ['markup', '<script>alert(1)</script>'],
  ['Arabic, Hebrew and figures', 'مخبز לילה 24/7 مدينة'],
  ['many marks on one letter', `Z${'\u0301'.repeat(200)}algo`],
  ['pictures', '🌙✨🌊👩‍👩‍👧‍👦🇩🇪'],
])('letters stay within the picture: %s', async (_name, title) => {
  const look = lookWith(4, 2, cleanText(title))
  const [plain, lettered] = [await plainly(look), await painted(look, 50)]
  expect(lettered.length).toBe(WIDTH * HEIGHT * 4)
  expect(lettered.equals(plain)).toBe(false)
  // Nothing that stands out strongly lies in the margins.
  for (let y = 0; y < HEIGHT; y += 9) {
    for (const x of [MARGIN / 3, WIDTH - MARGIN / 3].map(Math.round)) {
      expect(contrastOf(colourAt(plain, x, y), colourAt(lettered, x, y))).toBeLessThan(2.5)
    }
  }
})
