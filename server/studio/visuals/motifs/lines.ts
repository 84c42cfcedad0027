import { css, mixed } from '../colour.ts'
import { easeOut, pulse } from '../easing.ts'
import { HEIGHT, type Motif, WIDTH } from '../scene.ts'

/** Lines of equal height round a form that slowly changes, as on a map. */
export const contours: Motif = ({ palette, chance, focus }) => {
  const lines = 11
  const waves = [2, 3, 5].map((count) => ({
    count,
    depth: chance.between(0.05, 0.17) / (count / 2.2),
    phase: chance.between(0, 7),
    speed: chance.between(0.16, 0.36) * (chance.next() < 0.5 ? 1 : -1),
  }))
  return (canvas, { seconds, share, beats }) => {
    for (let line = lines; line >= 0; line -= 1) {
      const out = line / lines
      const comes = easeOut(share * 4 - out * 0.6)
      if (comes <= 0) continue
      const radius = (38 + 520 * out ** 1.15) * (0.86 + 0.14 * comes) * (1 + 0.012 * pulse(beats))
      canvas.beginPath()
      for (let step = 0; step <= 64; step += 1) {
        const angle = (step / 64) * 2 * Math.PI
        const bent = waves.reduce(
          (sum, wave) =>
            sum + wave.depth * Math.sin(wave.count * angle + wave.phase + seconds * wave.speed + out * 2.2),
          1,
        )
        const [x, y] = [focus.x + radius * bent * 1.12 * Math.cos(angle), focus.y + radius * bent * Math.sin(angle)]
        if (step === 0) canvas.moveTo(x, y)
        else canvas.lineTo(x, y)
      }
      canvas.closePath()
      canvas.fillStyle = css(mixed(palette.second, palette.drift[1], Math.min(1, out * 1.15)), 0.2)
      canvas.fill()
      canvas.strokeStyle = css(mixed(palette.accent, palette.quiet, out), (0.95 - 0.6 * out) * comes)
      canvas.lineWidth = line === 0 ? 3 : 1.8
      canvas.stroke()
    }
  }
}

/** Strokes of light that pass at a slant, near ones faster. */
export const streaks: Motif = ({ palette, chance, energy }) => {
  const slant = chance.pick([-0.42, -0.3, 0.3, 0.42] as const)
  const strokes = Array.from({ length: 46 }, () => {
    const depth = chance.next()
    return {
      lane: chance.between(-620, 620),
      start: chance.between(0, 2400),
      long: 120 + 420 * depth,
      wide: 2 + 22 * depth ** 2,
      speed: (70 + 330 * depth) * (0.45 + 0.7 * energy),
      colour: chance.pick([palette.accent, palette.second, palette.quiet] as const),
      alpha: 0.9 - 0.55 * depth,
    }
  })
  return (canvas, { seconds, share }) => {
    canvas.save()
    canvas.translate(WIDTH / 2, HEIGHT / 2)
    canvas.rotate(slant)
    canvas.globalAlpha = easeOut(share * 6)
    for (const stroke of strokes) {
      const x = ((stroke.start + seconds * stroke.speed) % 2400) - 1200
      const fill = canvas.createLinearGradient(x - stroke.long, 0, x, 0)
      fill.addColorStop(0, css(stroke.colour, 0))
      fill.addColorStop(1, css(stroke.colour, stroke.alpha))
      canvas.fillStyle = fill
      canvas.beginPath()
      canvas.roundRect(x - stroke.long, stroke.lane - stroke.wide / 2, stroke.long, stroke.wide, stroke.wide / 2)
      canvas.fill()
    }
    canvas.restore()
    canvas.globalAlpha = 1
  }
}

/** Broad bands that cross the picture and slide past one another. */
export const bands: Motif = ({ palette, chance }) => {
  const count = 9
  const slant = chance.between(0.35, 0.7) * (chance.next() < 0.5 ? 1 : -1)
  const colours = [palette.drift[2], palette.quiet, palette.second, palette.accent, palette.drift[0]]
  const parts = Array.from({ length: count }, (_, index) => ({
    at: -760 + index * 178,
    wide: chance.between(44, 150),
    phase: chance.between(0, 7),
    speed: chance.between(0.25, 0.5),
    colour: colours[(index + chance.whole(0, 1)) % colours.length] ?? palette.quiet,
    late: chance.between(0, 0.5),
  }))
  return (canvas, { seconds, share }) => {
    canvas.save()
    canvas.translate(WIDTH / 2, HEIGHT / 2)
    canvas.rotate(slant)
    for (const part of parts) {
      const comes = easeOut(share * 3.2 - part.late)
      const from = -900 + 1800 * (1 - comes) * (part.phase > 3.5 ? 1 : -1)
      const x = part.at + 34 * Math.sin(seconds * part.speed + part.phase)
      const fill = canvas.createLinearGradient(0, from, 0, from + 1800)
      fill.addColorStop(0, css(part.colour, 0.9))
      fill.addColorStop(1, css(part.colour, 0.25))
      canvas.fillStyle = fill
      canvas.fillRect(x, from, part.wide * (0.4 + 0.6 * comes), 1800)
    }
    canvas.restore()
  }
}
