import { type Canvas, type SKRSContext2D, createCanvas } from '@napi-rs/canvas'
import { chanceOf } from '../direction/chance.ts'
import { css } from './colour.ts'
import { wander } from './easing.ts'
import { type Draw, HEIGHT, LEAST_HEIGHT, type Stage, WIDTH } from './scene.ts'

/** The ground is soft: a quarter of the size is drawn and enlarged. */
const SHRINK = 4
/**
 * And it drifts by less than a step of colour in a frame: it is drawn ten times a second. To enlarge it in each frame would
 * take a third of the painting's time.
 */
const STEPS_PER_SECOND = 10

/** A breath of grain hides the steps that soft colours have in eight bits. It stands still: moving grain is costly to encode. */
const MOST_GRAIN = 3

/** One tile of grain, laid over the whole picture: so faint, nobody sees that it repeats. */
function grainOf({ chance, palette }: Stage): Canvas {
  const tile = createCanvas(WIDTH / SHRINK, HEIGHT / SHRINK)
  const pixels = tile.getContext('2d').createImageData(tile.width, tile.height)
  const colour = palette.ground === 'dark' ? 0x00ff_ffff : 0
  const each = chanceOf(chance.whole(0, 1_000_000), 'grain')
  const rgba = new DataView(pixels.data.buffer)
  for (let at = 0; at < rgba.byteLength; at += 4) rgba.setUint32(at, colour + each.whole(0, MOST_GRAIN) * 2 ** 24, true)
  tile.getContext('2d').putImageData(pixels, 0, 0)
  const grain = createCanvas(WIDTH, HEIGHT)
  for (let x = 0; x < WIDTH; x += tile.width) {
    for (let y = 0; y < HEIGHT; y += tile.height) grain.getContext('2d').drawImage(tile, x, y)
  }
  return grain
}

/** Draws a canvas as large as it is, at whole pixels: nothing has to be smoothed, which takes half the time. */
export function overlay(canvas: SKRSContext2D, layer: Canvas, x = 0, y = 0): void {
  canvas.imageSmoothingEnabled = false
  canvas.drawImage(layer, x, y)
  canvas.imageSmoothingEnabled = true
}

/** Colours that drift into one another behind everything. */
export function groundOf(stage: Stage): Draw {
  const small = createCanvas(WIDTH / SHRINK, HEIGHT / SHRINK)
  const clouds = cloudsOf(stage, small)
  const grain = grainOf(stage)
  let drawn: Canvas | null = null
  let drawnStep = Number.NaN
  const draw = (step: number, { width, height }: Canvas): Canvas => {
    if (drawn === null) {
      drawn = createCanvas(width, height)
      drawn.getContext('2d').scale(width / WIDTH, height / HEIGHT)
    }
    if (step === drawnStep) return drawn
    clouds(step / STEPS_PER_SECOND)
    enlarge(drawn.getContext('2d'), small)
    overlay(drawn.getContext('2d'), grain)
    drawnStep = step
    return drawn
  }
  return (canvas, { seconds }) => {
    if (canvas.canvas.height < LEAST_HEIGHT) {
      // A sketch of the picture: what is drawn small need not be made large before.
      clouds(seconds)
      return enlarge(canvas, small)
    }
    const step = Math.floor(seconds * STEPS_PER_SECOND + 1e-6)
    const ground = draw(step, canvas.canvas)
    canvas.imageSmoothingEnabled = false
    canvas.drawImage(ground, 0, 0, WIDTH, HEIGHT)
    canvas.imageSmoothingEnabled = true
  }
}

/** Draws the clouds as they are at a moment, on a canvas of their own. */
function cloudsOf({ palette, chance }: Stage, small: Canvas): (seconds: number) => void {
  const inside = small.getContext('2d')
  const clouds = Array.from({ length: 5 }, (_, index) => ({
    colour: palette.drift[index % 3] ?? palette.base,
    x: chance.between(0.05, 0.95) * small.width,
    y: chance.between(0, 1) * small.height,
    radius: chance.between(0.42, 0.72) * small.width,
    phase: chance.between(0, 40),
    speed: chance.between(0.1, 0.22),
  }))
  return (seconds) => {
    inside.fillStyle = css(palette.base)
    inside.fillRect(0, 0, small.width, small.height)
    for (const cloud of clouds) {
      const x = cloud.x + 60 * wander(seconds * cloud.speed, cloud.phase)
      const y = cloud.y + 34 * wander(seconds * cloud.speed, cloud.phase + 11)
      const fill = inside.createRadialGradient(x, y, 0, x, y, cloud.radius)
      // Four steps of a bell: a straight ramp shows its edge.
      for (const [stop, alpha] of [
        [0, 0.9],
        [0.35, 0.6],
        [0.7, 0.16],
        [1, 0],
      ] as const)
        fill.addColorStop(stop, css(cloud.colour, alpha))
      inside.fillStyle = fill
      inside.fillRect(0, 0, small.width, small.height)
    }
  }
}

/** Draws a small canvas over the whole picture. */
function enlarge(canvas: SKRSContext2D, small: Canvas): void {
  canvas.imageSmoothingEnabled = true
  canvas.imageSmoothingQuality = 'low'
  canvas.drawImage(small, 0, 0, WIDTH, HEIGHT)
}
