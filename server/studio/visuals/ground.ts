import { type Canvas, type SKRSContext2D, createCanvas } from '@napi-rs/canvas'
import { css } from './colour.ts'
import { wander } from './easing.ts'
import { type Draw, HEIGHT, type Stage, WIDTH } from './scene.ts'

/** The ground is soft: a quarter of the size is drawn and enlarged. */
const SHRINK = 4

/** Colours that drift into one another behind everything. */
export function groundOf({ palette, chance }: Stage): Draw {
  const small = createCanvas(WIDTH / SHRINK, HEIGHT / SHRINK)
  const inside = small.getContext('2d')
  const clouds = Array.from({ length: 5 }, (_, index) => ({
    colour: palette.drift[index % 3] ?? palette.base,
    x: chance.between(0.05, 0.95) * small.width,
    y: chance.between(0, 1) * small.height,
    radius: chance.between(0.42, 0.72) * small.width,
    phase: chance.between(0, 40),
    speed: chance.between(0.1, 0.22),
  }))
  return (canvas, { seconds }) => {
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
    enlarge(canvas, small)
  }
}

/** Draws a small canvas over the whole picture. */
export function enlarge(canvas: SKRSContext2D, small: Canvas): void {
  canvas.imageSmoothingEnabled = true
  canvas.imageSmoothingQuality = 'low'
  canvas.drawImage(small, 0, 0, WIDTH, HEIGHT)
}
