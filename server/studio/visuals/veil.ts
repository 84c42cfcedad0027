import { type Canvas, type SKRSContext2D, createCanvas } from '@napi-rs/canvas'
import { type Rgb, contrastOf, css, luminanceOf, mixed } from './colour.ts'
import { CAPTION_TOP } from './look.ts'
import type { Palette } from './palette.ts'
import { HEIGHT, WIDTH } from './scene.ts'

/** A part of the picture, in its own pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * Letters keep at least this contrast to what lies behind them: WCAG's AA is 4.5 for the letters of captions and 3 for
 * those of headings, the rest is for the encoder.
 */
const LEAST_CONTRAST = { captions: 5.2, headings: 3.7 } as const
/** Where captions stand. */
export const CAPTION_BOX: Box = { x: 120, y: CAPTION_TOP, width: WIDTH - 240, height: 124 }
/** Where the veil behind captions begins to rise; a little of nothing is kept above. */
const RISE_TOP = CAPTION_TOP - 150
const VEIL_TOP = RISE_TOP - 6
/** Even where nothing is in the way the veil is a little there, so that captions have their place. */
const LEAST_VEIL = 0.34
const MOST_VEIL = 0.97
export const SAMPLE_SHRINK = 8

/** A picture made small, to be looked at: RGBA, `WIDTH / SAMPLE_SHRINK` wide. */
export type Sample = Uint8ClampedArray

/** How opaque the veil has to be in a box, so that letters of the palette's ink can be read in all samples. */
export function veilFor(
  box: Box,
  palette: Palette,
  samples: readonly Sample[],
  letters: keyof typeof LEAST_CONTRAST,
): number {
  const worst = worstIn(box, palette, samples)
  for (let alpha = 0; alpha < MOST_VEIL; alpha += 0.02) {
    if (contrastOf(palette.ink, mixed(worst, palette.veil, alpha)) >= LEAST_CONTRAST[letters]) return alpha
  }
  return MOST_VEIL
}

/** The colour in a box that is nearest to the ink in lightness, leaving out one pixel in two hundred. */
function worstIn(box: Box, palette: Palette, samples: readonly Sample[]): Rgb {
  const across = WIDTH / SAMPLE_SHRINK
  const colours: Rgb[] = []
  for (const sample of samples) {
    for (
      let y = Math.max(0, Math.floor(box.y / SAMPLE_SHRINK));
      y < Math.min(HEIGHT, box.y + box.height) / SAMPLE_SHRINK;
      y += 1
    ) {
      for (
        let x = Math.max(0, Math.floor(box.x / SAMPLE_SHRINK));
        x < Math.min(WIDTH, box.x + box.width) / SAMPLE_SHRINK;
        x += 1
      ) {
        const at = 4 * (y * across + x)
        colours.push([sample[at] ?? 0, sample[at + 1] ?? 0, sample[at + 2] ?? 0])
      }
    }
  }
  const towardsInk = palette.ground === 'dark' ? -1 : 1
  const sorted = colours.toSorted((a, b) => towardsInk * (luminanceOf(a) - luminanceOf(b)))
  return sorted[Math.floor(sorted.length / 200)] ?? palette.base
}

/** Something soft that is laid over the picture, its corner at `x`, `y`. */
export interface Layer {
  readonly canvas: Canvas
  readonly x: number
  readonly y: number
}

/** The veil behind captions, which rises from the foot of the picture. */
export function captionVeil(palette: Palette, strength: number): Layer {
  const alpha = Math.max(LEAST_VEIL, strength)
  return soft({ x: 0, y: VEIL_TOP, width: WIDTH, height: HEIGHT - VEIL_TOP }, (canvas) => {
    const rising = canvas.createLinearGradient(0, RISE_TOP, 0, HEIGHT)
    for (const [stop, share] of [
      [0, 0],
      [0.25, 0.3],
      [0.47, 1],
      [1, 1],
    ] as const)
      rising.addColorStop(stop, css(palette.veil, alpha * share))
    canvas.fillStyle = rising
    canvas.fillRect(0, RISE_TOP, WIDTH, HEIGHT - RISE_TOP)
  })
}

/** A soft cushion behind a heading: full under its box, and gone at about one and a half times its size. */
export function cushionOf(palette: Palette, box: Box, strength: number): Layer {
  const [middleX, middleY] = [box.x + box.width / 2, box.y + box.height / 2]
  const [scaleX, scaleY] = [(box.width / 2 + 130) / 100, (box.height / 2 + 110) / 100]
  const [left, top] = [Math.max(0, middleX - 150 * scaleX), Math.max(0, middleY - 150 * scaleY)].map(Math.floor)
  const place = {
    ...{ x: left ?? 0, y: top ?? 0 },
    width: Math.min(WIDTH, middleX + 150 * scaleX) - (left ?? 0),
    height: Math.min(HEIGHT, middleY + 150 * scaleY) - (top ?? 0),
  }
  return soft(place, (canvas) => {
    canvas.translate(middleX, middleY)
    canvas.scale(scaleX, scaleY)
    const cushion = canvas.createRadialGradient(0, 0, 0, 0, 0, 142)
    for (const [stop, share] of [
      [0, 1],
      [0.62, 1],
      [0.82, 0.5],
      [1, 0],
    ] as const)
      cushion.addColorStop(stop, css(palette.veil, strength * share))
    canvas.fillStyle = cushion
    canvas.fillRect(-150, -150, 300, 300)
  })
}

/** Draws a quarter as large and enlarges that once: to do so in each frame would take a quarter of the painting's time. */
function soft(place: Box, draw: (canvas: SKRSContext2D) => void): Layer {
  const shrink = 4
  const small = createCanvas(Math.ceil(place.width / shrink), Math.ceil(place.height / shrink))
  const inside = small.getContext('2d')
  inside.scale(1 / shrink, 1 / shrink)
  inside.translate(-place.x, -place.y)
  draw(inside)
  const canvas = createCanvas(small.width * shrink, small.height * shrink)
  canvas.getContext('2d').drawImage(small, 0, 0, canvas.width, canvas.height)
  return { canvas, x: place.x, y: place.y }
}
