import type { SKRSContext2D } from '@napi-rs/canvas'
import { css, mixed } from '../colour.ts'
import { clamp01, easeInOut, easeOut, wander } from '../easing.ts'
import type { Motif } from '../scene.ts'

/** Quarter circles on tiles that turn with the beat, a few at a time, and join to ever new ways. */
export const tiles: Motif = ({ palette, chance }) => {
  const side = 160
  const cells = Array.from({ length: 9 * 6 }, (_, index) => ({
    x: (index % 9) * side - 80,
    y: Math.floor(index / 9) * side - 120,
    turn: chance.whole(0, 3),
    every: chance.whole(4, 8),
    offset: chance.whole(0, 7),
    colour: chance.pick([palette.quiet, palette.quiet, palette.second, palette.accent] as const),
  }))
  return (canvas, { beats, seconds, share }) => {
    canvas.save()
    canvas.translate(-14 * Math.sin(seconds * 0.2), -10 * seconds)
    canvas.lineWidth = 30
    canvas.globalAlpha = easeOut(share * 5)
    for (const cell of cells) {
      const since = (beats + cell.offset) / cell.every
      const turns = cell.turn + Math.floor(since) + easeInOut((since - Math.floor(since)) * cell.every * 0.9)
      canvas.save()
      canvas.translate(cell.x + side / 2, cell.y + side / 2)
      canvas.rotate((turns * Math.PI) / 2)
      canvas.strokeStyle = css(cell.colour, 0.88)
      canvas.beginPath()
      canvas.arc(-side / 2, -side / 2, side / 2, 0, Math.PI / 2)
      canvas.moveTo(side / 2, 0)
      canvas.arc(side / 2, side / 2, side / 2, 1.5 * Math.PI, Math.PI, true)
      canvas.stroke()
      canvas.restore()
    }
    canvas.restore()
    canvas.globalAlpha = 1
  }
}

/** A few large shapes that find their places and keep turning a little, as on a poster of the twenties. */
export const poster: Motif = ({ palette, chance, focus }) => {
  const kinds = chance.shuffled(['disc', 'half', 'ring', 'quarter', 'bars', 'disc', 'square'] as const).slice(0, 6)
  const colours = [palette.accent, palette.second, palette.quiet, palette.ink, palette.accent, palette.second]
  const shapes = kinds.map((kind, index) => {
    const angle = (index / kinds.length) * 2 * Math.PI + chance.between(-0.3, 0.3)
    return {
      kind,
      colour: colours[index] ?? palette.accent,
      x: focus.x + 205 * Math.cos(angle) * chance.between(0.7, 1.25),
      y: focus.y + 165 * Math.sin(angle) * chance.between(0.7, 1.2),
      size: chance.between(66, 148) * (kind === 'half' ? 1.2 : 1),
      turn: (chance.whole(0, 7) * Math.PI) / 4,
      speed: chance.between(-0.22, 0.22),
      phase: chance.between(0, 30),
    }
  })
  return (canvas, { seconds, share }) => {
    for (const [index, shape] of shapes.entries()) {
      const comes = easeOut(share * 5 - index * 0.12)
      if (comes <= 0) continue
      canvas.save()
      canvas.translate(
        shape.x + 14 * wander(seconds * 0.45, shape.phase),
        shape.y + 14 * wander(seconds * 0.4, shape.phase + 9) + 46 * (1 - comes),
      )
      canvas.rotate(shape.turn + seconds * shape.speed + 0.7 * (1 - comes))
      canvas.globalAlpha = comes * (shape.colour === palette.ink ? 0.85 : 0.94)
      drawShape(canvas, shape.kind, shape.size * (0.7 + 0.3 * comes), css(shape.colour))
      canvas.restore()
    }
    canvas.globalAlpha = 1
  }
}

type Shape = 'disc' | 'half' | 'ring' | 'quarter' | 'bars' | 'square'

function drawShape(canvas: SKRSContext2D, kind: Shape, size: number, colour: string): void {
  canvas.fillStyle = colour
  canvas.strokeStyle = colour
  canvas.beginPath()
  switch (kind) {
    case 'disc':
      canvas.arc(0, 0, size * 0.72, 0, 2 * Math.PI)
      return canvas.fill()
    case 'half':
      canvas.arc(0, 0, size * 0.8, 0, Math.PI)
      return canvas.fill()
    case 'ring':
      canvas.lineWidth = size * 0.2
      canvas.arc(0, 0, size * 0.8, 0, 2 * Math.PI)
      return canvas.stroke()
    case 'quarter':
      canvas.moveTo(-size / 2, -size / 2)
      canvas.arc(-size / 2, -size / 2, size * 1.25, 0, Math.PI / 2)
      return canvas.fill()
    case 'bars':
      for (let bar = -2; bar <= 2; bar += 1) canvas.roundRect(-size, bar * size * 0.3 - 6, 2 * size, 12, 6)
      return canvas.fill()
    case 'square':
      canvas.roundRect(-size * 0.6, -size * 0.6, size * 1.2, size * 1.2, size * 0.16)
      return canvas.fill()
  }
}

/** A globe of points with threads between neighbours, turning. */
export const globe: Motif = ({ palette, chance, focus, energy }) => {
  const count = 210
  const points = Array.from({ length: count }, (_, index) => {
    const y = 1 - (2 * (index + 0.5)) / count
    const round = Math.sqrt(1 - y * y)
    const angle = index * Math.PI * (3 - Math.sqrt(5))
    return { x: round * Math.cos(angle), y, z: round * Math.sin(angle), size: chance.between(1.6, 4.4) }
  })
  const links = points.flatMap((a, from) =>
    points.flatMap((b, to) =>
      to > from && Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) < 0.285 ? [[from, to] as const] : [],
    ),
  )
  const speed = 0.16 + 0.16 * energy
  const tilt = chance.between(-0.5, 0.5)
  return (canvas, { seconds, share }) => {
    const radius = 292 * (0.8 + 0.2 * easeOut(share * 3)) * (1 + 0.05 * share)
    const [sine, cosine] = [Math.sin(seconds * speed), Math.cos(seconds * speed)]
    const placed = points.map(({ x, y, z }) => {
      const [turnedX, turnedZ] = [x * cosine + z * sine, z * cosine - x * sine]
      const [leanY, leanZ] = [
        y * Math.cos(tilt) - turnedZ * Math.sin(tilt),
        y * Math.sin(tilt) + turnedZ * Math.cos(tilt),
      ]
      const near = 1 / (1.9 - leanZ * 0.62)
      return {
        x: focus.x + turnedX * radius * near * 1.9,
        y: focus.y + leanY * radius * near * 1.9,
        depth: clamp01((leanZ + 1) / 2),
      }
    })
    for (const layer of [0.25, 0.75]) {
      canvas.strokeStyle = css(layer < 0.5 ? palette.quiet : palette.second, layer < 0.5 ? 0.4 : 0.75)
      canvas.lineWidth = 0.8 + layer
      canvas.beginPath()
      for (const [from, to] of links) {
        const [a, b] = [placed[from], placed[to]]
        if (a === undefined || b === undefined || Math.abs((a.depth + b.depth) / 2 - layer) > 0.25) continue
        canvas.moveTo(a.x, a.y)
        canvas.lineTo(b.x, b.y)
      }
      canvas.stroke()
    }
    for (const [index, point] of placed.entries()) {
      canvas.fillStyle = css(mixed(palette.quiet, palette.accent, point.depth), 0.35 + 0.65 * point.depth)
      canvas.beginPath()
      canvas.arc(point.x, point.y, (points[index]?.size ?? 2) * (0.5 + 1.2 * point.depth), 0, 7)
      canvas.fill()
    }
  }
}
