import type { Canvas, SKRSContext2D } from '@napi-rs/canvas'
import { chanceOf } from '../direction/chance.ts'
import { css } from './colour.ts'
import { clamp01, easeInOut, easeOut } from './easing.ts'
import type { Face } from './fonts.ts'
import { LAYER_MARGIN, type Setting, lineLayer, setText } from './lettering.ts'
import { CAPTION_TOP, type Heading, type Look, MARGIN } from './look.ts'
import { type MotifName, motifOf } from './motifs/index.ts'
import type { Palette } from './palette.ts'
import { WIDTH } from './scene.ts'

/** Where letters stand in a scene. */
export type Anchor = 'start' | 'middle' | 'end'

interface Line {
  readonly layer: Canvas
  readonly x: number
  /** Of the baseline. */
  readonly y: number
  readonly baseline: number
}

/** A heading that is ready to be drawn, and the rectangle that it covers. */
export interface SetHeading {
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  draw(canvas: SKRSContext2D, frame: number): void
  /** How much of what helps to read it should be there, 0..1: a little before the letters, and until a little after them. */
  presence(frame: number): number
}

const ENTER_FRAMES = 16
const STAGGER_FRAMES = 4
const LEAVE_FRAMES = 9
/** What is behind the letters comes so much earlier and goes so much later. */
const BEHIND_FRAMES = 10

/** Which family a film's large letters are of. */
export function displayFace(look: Look): Face {
  return chanceOf(look.seed, 'face').next() < (look.mood.energy > 0.55 ? 0.3 : 0.65) ? 'serif' : 'grotesque'
}

/** Motifs that have a middle: letters stand beside them. */
const CENTRED: ReadonlySet<MotifName> = new Set(['orbits', 'seeds', 'poster', 'globe', 'contours'])

/** Where the letters of a scene stand: titles where the film has them, words where they leave the motif room. */
export function anchorOf(look: Look, sceneIndex: number): Anchor {
  const chance = chanceOf(look.seed, `anchor/${sceneIndex}`)
  const leading: Anchor = look.direction === 'rtl' ? 'end' : 'start'
  if (CENTRED.has(motifOf(look, sceneIndex))) return leading
  if (sceneIndex === 0) return chanceOf(look.seed, 'anchor').next() < 0.6 ? leading : 'middle'
  return chance.pick([leading, leading, 'middle'] as const)
}

/** Sets a heading in the colours of its scene. */
export function setHeading(heading: Heading, look: Look, palette: Palette, anchor: Anchor): SetHeading {
  const setting = settingOf(heading, look, anchor)
  const { lines, widths, sizePx, lineHeight } = setText(heading.text, setting)
  const eyebrow = heading.eyebrow === null ? null : setEyebrow(heading.eyebrow, look)
  const gap = eyebrow === null ? 0 : 64
  const height = gap + lineHeight * lines.length
  // The optical middle of what the captions leave, a little above the true one.
  const top = Math.max(MARGIN - 20, Math.round((CAPTION_TOP - 24 - height) * 0.52))
  const widest = Math.max(...widths, eyebrow?.width ?? 0)
  const xOf = (width: number): number =>
    anchor === 'start' ? MARGIN : anchor === 'end' ? WIDTH - MARGIN - width : (WIDTH - width) / 2
  const ink = css(palette.ink)
  const set: Line[] = lines.map((line, index) => {
    const { layer, baseline } = lineLayer(line, widths[index] ?? 0, setting, sizePx, ink)
    return { layer, baseline, x: xOf(widths[index] ?? 0), y: top + gap + Math.round(lineHeight * (index + 0.78)) }
  })
  const small: Line[] = []
  if (eyebrow !== null) {
    const { layer, baseline } = lineLayer(eyebrow.text, eyebrow.width, eyebrow.setting, eyebrow.sizePx, ink)
    small.push({ layer, baseline, x: xOf(eyebrow.width), y: top + 26 })
  }
  const rule =
    eyebrow === null
      ? null
      : { x: xOf(72), y: top + 46, colour: css(palette.ground === 'dark' ? palette.accent : palette.ink) }
  return {
    box: { x: xOf(widest), y: top, width: widest, height },
    presence: (frame) =>
      easeInOut((frame - heading.startFrame) / BEHIND_FRAMES + 1) *
      easeInOut((heading.endFrame - frame) / BEHIND_FRAMES + 1),
    draw: (canvas, frame) => {
      const since = frame - heading.startFrame
      if (since < 0 || frame >= heading.endFrame) return
      const leaving = 1 - clamp01((heading.endFrame - frame) / LEAVE_FRAMES)
      for (const [index, line] of [...small, ...set].entries())
        drawLine(canvas, line, since - index * STAGGER_FRAMES, leaving)
      if (rule !== null) {
        const grown = 72 * easeInOut((since - 6) / 18)
        canvas.globalAlpha = 1 - leaving
        canvas.fillStyle = rule.colour
        canvas.fillRect(
          anchor === 'middle' ? WIDTH / 2 - grown / 2 : anchor === 'end' ? WIDTH - MARGIN - grown : rule.x,
          rule.y,
          grown,
          3,
        )
        canvas.globalAlpha = 1
      }
    },
  }
}

/** A line rises from behind its own foot, and sinks away in place. */
function drawLine(canvas: SKRSContext2D, line: Line, since: number, leaving: number): void {
  const comes = easeOut(since / ENTER_FRAMES)
  if (comes <= 0) return
  const y = line.y - line.baseline
  const foot = y + line.layer.height - LAYER_MARGIN
  canvas.save()
  canvas.beginPath()
  canvas.rect(0, y, WIDTH, foot - y)
  canvas.clip()
  canvas.globalAlpha = clamp01(since / 7) * (1 - leaving)
  canvas.drawImage(line.layer, line.x - LAYER_MARGIN, y + (1 - comes) * line.layer.height * 0.55 - 8 * leaving)
  canvas.restore()
}

function settingOf({ kind }: Heading, look: Look, anchor: Anchor): Setting {
  const face = displayFace(look)
  const common = {
    face,
    direction: look.direction,
    language: look.language,
    tracking: look.direction === 'rtl' ? 0 : -0.018,
  }
  const wide = anchor === 'middle' ? 1_000 : 780
  switch (kind) {
    case 'title':
      return { ...common, sizes: [96, 40], maxWidth: wide, maxLines: 4, leading: 1.1 }
    case 'farewell':
      return { ...common, sizes: [84, 44], maxWidth: wide, maxLines: 2, leading: 1.12 }
    case 'word':
      return { ...common, sizes: [136, 56], maxWidth: wide, maxLines: 1, leading: 1.15 }
    case 'emoji':
      return { ...common, tracking: 0, sizes: [190, 90], maxWidth: wide, maxLines: 1, leading: 1.2 }
  }
}

function setEyebrow(text: string, look: Look): { text: string; width: number; sizePx: number; setting: Setting } {
  const setting: Setting = {
    ...{ face: 'text', weight: 600, sizes: [24, 24], maxWidth: 900, maxLines: 1, leading: 1.2 },
    ...{ direction: look.direction, language: look.language, tracking: look.direction === 'rtl' ? 0 : 0.09 },
  }
  const shown = look.direction === 'rtl' ? text : text.toLocaleUpperCase(look.language === 'und' ? 'en' : look.language)
  const { lines, widths, sizePx } = setText(shown, setting)
  return { text: lines[0] ?? '', width: widths[0] ?? 0, sizePx, setting }
}
