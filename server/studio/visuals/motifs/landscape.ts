import type { SKRSContext2D } from '@napi-rs/canvas'
import { css, mixed } from '../colour.ts'
import { easeOut, wander } from '../easing.ts'
import { HEIGHT, type Motif, WIDTH } from '../scene.ts'

/** Hills one behind the other, in front of a disc that rises. The near ones pass faster. */
export const ridges: Motif = ({ palette, chance, focus }) => {
  const count = 6
  const hills = Array.from({ length: count }, (_, index) => {
    const near = index / (count - 1)
    return {
      top: 330 + 62 * index + chance.between(-14, 14),
      height: 46 + 34 * near,
      width: 1 / chance.between(150, 230),
      speed: 8 + 34 * near,
      phase: chance.between(0, 40),
      colour: mixed(mixed(palette.drift[2], palette.second, 0.35), palette.veil, 0.12 + 0.8 * near),
    }
  })
  const disc = { x: focus.x, y: 300 + chance.between(-20, 30), radius: chance.between(96, 132) }
  return (canvas, { seconds, share }) => {
    const y = disc.y + 90 * (1 - easeOut(share * 1.4)) - 26 * share
    const glow = canvas.createRadialGradient(disc.x, y, disc.radius * 0.6, disc.x, y, disc.radius * 3.2)
    glow.addColorStop(0, css(palette.accent, 0.4))
    glow.addColorStop(1, css(palette.accent, 0))
    canvas.fillStyle = glow
    canvas.fillRect(disc.x - 440, y - 440, 880, 880)
    const face = canvas.createLinearGradient(0, y - disc.radius, 0, y + disc.radius)
    face.addColorStop(0, css(mixed(palette.accent, palette.ink, palette.ground === 'dark' ? 0.3 : 0)))
    face.addColorStop(1, css(mixed(palette.accent, palette.second, 0.6)))
    canvas.fillStyle = face
    canvas.beginPath()
    canvas.arc(disc.x, y, disc.radius, 0, 2 * Math.PI)
    canvas.fill()
    for (const hill of hills) {
      hillPath(canvas, (x) => hill.top - hill.height * wander((x + seconds * hill.speed) * hill.width, hill.phase))
      const fill = canvas.createLinearGradient(0, hill.top - 80, 0, hill.top + 190)
      fill.addColorStop(0, css(hill.colour))
      fill.addColorStop(1, css(mixed(hill.colour, palette.drift[0], 0.45)))
      canvas.fillStyle = fill
      canvas.fill()
    }
  }
}

function hillPath(canvas: SKRSContext2D, heightAt: (x: number) => number): void {
  canvas.beginPath()
  canvas.moveTo(-20, HEIGHT + 20)
  for (let x = -20; x <= WIDTH + 20; x += 16) canvas.lineTo(x, heightAt(x))
  canvas.lineTo(WIDTH + 20, HEIGHT + 20)
  canvas.closePath()
}

/** Threads of silk: one wave drawn many times, each time a little later. */
export const silk: Motif = ({ palette, chance, energy }) => {
  const threads = 42
  const [slow, wide] = [chance.between(0.22, 0.34) * (0.7 + energy), 1 / chance.between(210, 300)]
  const [tilt, middle] = [chance.between(-0.16, 0.16), chance.between(330, 400)]
  const phase = chance.between(0, 20)
  return (canvas, { seconds }) => {
    const stroke = canvas.createLinearGradient(0, 0, WIDTH, 0)
    stroke.addColorStop(0, css(palette.second, 0))
    stroke.addColorStop(0.25, css(palette.second, 0.75))
    stroke.addColorStop(0.7, css(palette.accent, 0.85))
    stroke.addColorStop(1, css(palette.accent, 0))
    canvas.strokeStyle = stroke
    // Under a pixel even when the camera is nearest: broader lines take twice the time, and look like wire.
    canvas.lineWidth = 0.9
    for (let thread = 0; thread < threads; thread += 1) {
      const own = thread / threads
      canvas.globalAlpha = 0.2 + 0.8 * Math.sin(Math.PI * own) ** 2
      canvas.beginPath()
      for (let x = -32; x <= WIDTH + 32; x += 32) {
        const spread = (own - 0.5) * 300 * (0.25 + 0.75 * Math.sin(x * wide * 0.8 + seconds * slow + phase) ** 2)
        const y = middle + (x - 640) * tilt + 130 * wander(x * wide + seconds * slow + own * 0.9, phase) + spread
        if (x < 0) canvas.moveTo(x, y)
        else canvas.lineTo(x, y)
      }
      canvas.stroke()
    }
    canvas.globalAlpha = 1
  }
}

/** Bars that breathe like a slow equaliser, and a little with the beat. */
export const columns: Motif = ({ palette, chance, energy }) => {
  const count = 27
  const bars = Array.from({ length: count }, (_, index) => ({
    phase: chance.between(0, 30),
    speed: chance.between(0.5, 0.9) * (0.6 + energy),
    bend: Math.sin((index / (count - 1)) * Math.PI),
  }))
  const step = WIDTH / count
  return (canvas, { seconds, beats, share }) => {
    const fill = canvas.createLinearGradient(0, 120, 0, 620)
    fill.addColorStop(0, css(palette.accent, 0.95))
    fill.addColorStop(0.5, css(palette.second, 0.75))
    fill.addColorStop(1, css(palette.quiet, 0.1))
    canvas.fillStyle = fill
    const beat = 0.5 + 0.5 * Math.cos(2 * Math.PI * beats)
    canvas.beginPath()
    for (const [index, bar] of bars.entries()) {
      const comes = easeOut(share * 5 - index * 0.045)
      const swing = 0.55 + 0.45 * wander(seconds * bar.speed, bar.phase) + 0.07 * beat * energy
      const half = comes * (24 + 200 * bar.bend * swing)
      canvas.roundRect(index * step + step * 0.24, 360 - half, step * 0.52, 2 * half, step * 0.26)
    }
    canvas.fill()
  }
}
