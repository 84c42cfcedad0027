import type { SKRSContext2D } from '@napi-rs/canvas'
import { chanceOf } from '../direction/chance.ts'
import { easeInOut } from './easing.ts'
import type { Look } from './look.ts'
import { HEIGHT, WIDTH } from './scene.ts'

const KINDS = ['iris', 'wipe', 'blinds', 'fade', 'iris', 'wipe'] as const

/**
 * Draws the next scene over the one before it, `share` (0..1) of the way: through a circle that grows, an edge that passes,
 * blinds that open, or light. `draw` draws the whole of the next scene.
 */
export function reveal(canvas: SKRSContext2D, look: Look, next: number, share: number, draw: () => void): void {
  const chance = chanceOf(look.seed, `transition/${next}`)
  const kind = chance.pick(KINDS)
  const way = easeInOut(share)
  canvas.save()
  canvas.beginPath()
  switch (kind) {
    case 'iris': {
      const [x, y] = [chance.between(0.2, 0.8) * WIDTH, chance.between(0.25, 0.65) * HEIGHT]
      const farthest = Math.hypot(Math.max(x, WIDTH - x), Math.max(y, HEIGHT - y))
      canvas.arc(x, y, Math.max(0.01, farthest * way), 0, 2 * Math.PI)
      break
    }
    case 'wipe': {
      const lean = chance.pick([-180, 180, 0] as const)
      const edge = way * (WIDTH + 2 * Math.abs(lean)) - Math.abs(lean)
      canvas.moveTo(-400, 0)
      canvas.lineTo(edge + lean, 0)
      canvas.lineTo(edge - lean, HEIGHT)
      canvas.lineTo(-400, HEIGHT)
      canvas.closePath()
      break
    }
    case 'blinds': {
      const count = 6
      const wide = WIDTH / count
      for (let blind = 0; blind < count; blind += 1) {
        const own = easeInOut(share * 1.6 - (0.6 * blind) / (count - 1))
        canvas.rect(blind * wide, 0, wide * own + (own > 0.999 ? 1 : 0), HEIGHT)
      }
      break
    }
    case 'fade':
      canvas.restore()
      return faded(canvas, way, draw)
  }
  canvas.clip()
  draw()
  canvas.restore()
}

function faded(canvas: SKRSContext2D, way: number, draw: () => void): void {
  // The canvas is its own buffer: what is there is kept as a picture and laid over the new one, less and less.
  const before = canvas.canvas
  const kept = canvas.getImageData(0, 0, before.width, before.height)
  draw()
  const now = canvas.getImageData(0, 0, before.width, before.height)
  for (let at = 0; at < now.data.length; at += 1) {
    now.data[at] = (kept.data[at] ?? 0) + ((now.data[at] ?? 0) - (kept.data[at] ?? 0)) * way
  }
  canvas.putImageData(now, 0, 0)
}
