import { css, mixed } from '../colour.ts'
import { easeOut, wander } from '../easing.ts'
import { HEIGHT, type Motif, WIDTH } from '../scene.ts'

/** Rings round a centre, open at places that turn, with a bead on each of some. */
export const orbits: Motif = ({ palette, chance, focus, energy }) => {
  const rings = Array.from({ length: 10 }, (_, index) => ({
    radius: 56 + index * 40,
    width: chance.pick([1.5, 2, 3, 8, 14] as const),
    from: chance.between(0, 2 * Math.PI),
    arc: chance.between(0.9, 1.75) * Math.PI,
    speed: chance.between(0.1, 0.3) * (index % 2 === 0 ? 1 : -1) * (0.5 + energy),
    colour: chance.pick([palette.accent, palette.second, palette.quiet] as const),
    bead: chance.next() < 0.6,
  }))
  return (canvas, { seconds, share }) => {
    const glow = canvas.createRadialGradient(focus.x, focus.y, 0, focus.x, focus.y, 300)
    glow.addColorStop(0, css(palette.second, 0.5))
    glow.addColorStop(1, css(palette.second, 0))
    canvas.fillStyle = glow
    canvas.fillRect(focus.x - 300, focus.y - 300, 600, 600)
    canvas.lineCap = 'round'
    for (const [index, ring] of rings.entries()) {
      const comes = easeOut(share * 4 - index * 0.09)
      if (comes <= 0) continue
      const turn = ring.from + seconds * ring.speed
      canvas.strokeStyle = css(ring.colour, 0.85 - index * 0.05)
      canvas.lineWidth = ring.width
      canvas.beginPath()
      canvas.arc(focus.x, focus.y, ring.radius, turn, turn + ring.arc * comes)
      canvas.stroke()
      if (!ring.bead) continue
      const end = turn + ring.arc * comes
      canvas.fillStyle = css(palette.accent)
      canvas.beginPath()
      canvas.arc(focus.x + ring.radius * Math.cos(end), focus.y + ring.radius * Math.sin(end), 7 + ring.width / 2, 0, 7)
      canvas.fill()
    }
  }
}

/** The seeds of a sunflower, opening and turning. */
export const seeds: Motif = ({ palette, chance, focus }) => {
  const count = 330
  const golden = Math.PI * (3 - Math.sqrt(5))
  const direction = chance.next() < 0.5 ? 1 : -1
  const colours = Array.from({ length: 12 }, (_, step) => css(mixed(palette.accent, palette.second, step / 11), 0.95))
  return (canvas, { seconds, share, beats }) => {
    const opens = easeOut(share * 2.2)
    for (let seed = 0; seed < count; seed += 1) {
      const out = Math.sqrt(seed / count)
      const angle = seed * golden + direction * seconds * (0.16 - 0.07 * out)
      const radius = 470 * out * (0.55 + 0.45 * opens)
      const breath = 0.75 + 0.25 * Math.sin(beats * Math.PI * 0.5 - out * 7)
      const size = (1.5 + 9.5 * out) * breath * easeOut(opens * 2.4 - out)
      if (size <= 0.2) continue
      canvas.fillStyle = colours[Math.min(11, Math.floor(out * 12))] ?? ''
      canvas.beginPath()
      canvas.arc(focus.x + radius * Math.cos(angle), focus.y + radius * Math.sin(angle), size, 0, 7)
      canvas.fill()
    }
  }
}

/** A field of dots through which a wave runs. */
export const ripple: Motif = ({ palette, chance, focus, energy }) => {
  const gap = 44
  const speed = chance.between(1.6, 2.2) * (0.6 + energy * 0.8)
  const long = chance.between(0.012, 0.018)
  const steps = 16
  const colours = Array.from({ length: steps }, (_, step) =>
    css(mixed(palette.quiet, palette.accent, step / (steps - 1))),
  )
  return (canvas, { seconds, share }) => {
    const shown = easeOut(share * 5) * 1600
    const byColour: [number, number, number][][] = Array.from({ length: steps }, () => [])
    for (let row = -1; row <= HEIGHT / gap + 1; row += 1) {
      for (let column = -1; column <= WIDTH / gap + 1; column += 1) {
        const x = column * gap + (row % 2 === 0 ? 0 : gap / 2)
        const y = row * gap
        const far = Math.hypot(x - focus.x, y - focus.y)
        if (far > shown) continue
        const wave = 0.5 + 0.5 * Math.sin(far * long - seconds * speed)
        byColour[Math.min(steps - 1, Math.floor(wave * steps))]?.push([x, y, 1.6 + 12 * wave ** 2 * (1 - far / 1900)])
      }
    }
    for (const [step, dots] of byColour.entries()) {
      canvas.fillStyle = colours[step] ?? ''
      // Each by itself: the edges of a path with hundreds of discs take half as long again to sort.
      for (const [x, y, radius] of dots) {
        canvas.beginPath()
        canvas.arc(x, y, radius, 0, 2 * Math.PI)
        canvas.fill()
      }
    }
  }
}

/** Soft discs that rise slowly at different depths. */
export const bokeh: Motif = ({ palette, chance, energy }) => {
  const discs = Array.from({ length: 34 }, () => {
    const depth = chance.next() ** 1.4
    return {
      x: chance.between(-60, WIDTH + 60),
      y: chance.between(0, HEIGHT + 260),
      radius: 16 + 104 * depth,
      rise: (9 + 40 * depth) * (0.5 + energy),
      sway: chance.between(10, 36),
      phase: chance.between(0, 30),
      alpha: 0.5 - 0.34 * depth,
      colour: chance.pick([palette.accent, palette.second, palette.drift[2], palette.quiet] as const),
    }
  })
  return (canvas, { seconds, share }) => {
    for (const disc of discs) {
      const span = HEIGHT + 2 * disc.radius + 40
      const y = HEIGHT + disc.radius - ((seconds * disc.rise + HEIGHT - disc.y + 4 * span) % span)
      const x = disc.x + disc.sway * wander(seconds * 0.5, disc.phase)
      const fill = canvas.createRadialGradient(x, y, disc.radius * 0.2, x, y, disc.radius)
      fill.addColorStop(0, css(disc.colour, disc.alpha * 0.75))
      fill.addColorStop(0.86, css(disc.colour, disc.alpha))
      fill.addColorStop(1, css(disc.colour, 0))
      canvas.fillStyle = fill
      canvas.globalAlpha = easeOut(share * 6)
      canvas.fillRect(x - disc.radius, y - disc.radius, 2 * disc.radius, 2 * disc.radius)
    }
    canvas.globalAlpha = 1
  }
}
