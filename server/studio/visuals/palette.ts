import { chanceOf } from '../direction/chance.ts'
import type { Mood } from '../direction/mood.ts'
import { type Rgb, rgbOf } from './colour.ts'

/** The colours of a scene. */
export interface Palette {
  readonly ground: Mood['ground']
  /** What lies behind everything, and three colours that drift in it, none far from it in lightness. */
  readonly base: Rgb
  readonly drift: readonly [Rgb, Rgb, Rgb]
  /** What is drawn: two colours that stand out and a quiet one. */
  readonly accent: Rgb
  readonly second: Rgb
  readonly quiet: Rgb
  /** Letters, and what is laid under them where the picture is too near to them. */
  readonly ink: Rgb
  readonly veil: Rgb
}

/** Ways in which the second hue stands to the first, degrees: complement, split complements, triad, neighbours. */
const HARMONIES = [180, 155, 205, 120, 60, -60] as const

/**
 * The palette of a scene: the film's harmony, turned a little from scene to scene, so that all of them belong together and
 * no two are alike.
 */
export function paletteOf(seed: number, mood: Mood, sceneIndex: number): Palette {
  const film = chanceOf(seed, 'palette')
  const harmony = film.pick(HARMONIES)
  const turn = film.pick([26, -26, 34, -34] as const)
  const scene = chanceOf(seed, `palette/${sceneIndex}`)
  const h = mood.hue + turn * Math.sin(sceneIndex * 1.3) + scene.between(-6, 6)
  const other = h + harmony
  // Every other scene has figure and ground changed round in hue.
  const [ground, figure] = sceneIndex % 3 === 2 ? [other, h] : [h, other]
  return mood.ground === 'dark' ? darkPalette(ground, figure) : lightPalette(ground, figure)
}

/** Dark yellow is mud to the eye: a dark ground of such a hue moves on to the nearest that is clean. */
function cleanHue(hue: number): number {
  const at = ((hue % 360) + 360) % 360
  return at > 42 && at < 96 ? 42 : at >= 96 && at < 152 ? 152 : at
}

function darkPalette(hue: number, figure: number): Palette {
  const ground = cleanHue(hue)
  return {
    ground: 'dark',
    base: rgbOf({ l: 0.21, c: 0.055, h: ground }),
    drift: [
      rgbOf({ l: 0.36, c: 0.12, h: cleanHue(ground + 16) }),
      rgbOf({ l: 0.29, c: 0.1, h: cleanHue(ground - 32) }),
      rgbOf({ l: 0.42, c: 0.13, h: cleanHue(ground + 44) }),
    ],
    accent: rgbOf({ l: 0.78, c: 0.15, h: figure }),
    second: rgbOf({ l: 0.7, c: 0.16, h: ground + 40 }),
    quiet: rgbOf({ l: 0.5, c: 0.11, h: cleanHue(ground + 10) }),
    ink: rgbOf({ l: 0.975, c: 0.012, h: ground }),
    veil: rgbOf({ l: 0.15, c: 0.04, h: ground }),
  }
}

function lightPalette(ground: number, figure: number): Palette {
  return {
    ground: 'light',
    base: rgbOf({ l: 0.955, c: 0.018, h: ground }),
    drift: [
      rgbOf({ l: 0.9, c: 0.055, h: ground + 20 }),
      rgbOf({ l: 0.92, c: 0.045, h: ground - 40 }),
      rgbOf({ l: 0.87, c: 0.07, h: figure }),
    ],
    accent: rgbOf({ l: 0.63, c: 0.17, h: figure }),
    second: rgbOf({ l: 0.72, c: 0.14, h: ground + 30 }),
    quiet: rgbOf({ l: 0.83, c: 0.07, h: ground }),
    ink: rgbOf({ l: 0.24, c: 0.045, h: ground }),
    veil: rgbOf({ l: 0.97, c: 0.012, h: ground }),
  }
}
