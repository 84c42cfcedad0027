import { type Canvas, createCanvas } from '@napi-rs/canvas'
import { type Cue, type CueWord, textOf } from '../captions/cues.ts'
import { FRAMES_PER_SECOND } from '../direction/mood.ts'
import { css } from './colour.ts'
import { clamp01, easeInOut } from './easing.ts'
import { LAYER_MARGIN, type Setting, lineLayer, setText, widthOf } from './lettering.ts'
import { CAPTION_HEIGHT, CAPTION_TOP, type Look } from './look.ts'
import { paletteIn } from './painter.ts'
import { HEIGHT, WIDTH } from './scene.ts'

const LINE_HEIGHT = 48
/** Of the last line's baseline: the foot of the picture stays free by a twentieth. */
const LAST_BASELINE = HEIGHT - 56 - CAPTION_TOP
const FADE_FRAMES = 4
const GLIDE_FRAMES = 4

interface SetWord {
  readonly startFrame: number
  readonly endFrame: number
  readonly x: number
  readonly width: number
  /** Of the line under it. */
  readonly y: number
}

interface SetCue {
  readonly startFrame: number
  readonly endFrame: number
  readonly layers: readonly { layer: Canvas; x: number; y: number }[]
  readonly words: readonly SetWord[]
  readonly colour: string
}

const frameAt = (ms: number): number => Math.round((ms * FRAMES_PER_SECOND) / 1000)

/** Draws captions on a clear strip: calm lines of letters, and under the word that is spoken a stroke that glides along. */
export class CaptionPainter {
  /** What was painted last; it belongs at the foot of the picture. */
  readonly strip: Canvas = createCanvas(WIDTH, CAPTION_HEIGHT)
  readonly #canvas = this.strip.getContext('2d')
  readonly #look: Look
  readonly #cues: readonly Cue[]
  #set: { readonly cue: Cue; readonly drawn: SetCue } | null = null
  #shown = ''

  constructor(look: Look, cues: readonly Cue[]) {
    this.#look = look
    this.#cues = cues
  }

  /** Draws the strip of a frame; nothing is drawn anew while nothing changes. */
  paint(frame: number): void {
    const cue = this.#cues.find((one) => frameAt(one.startMs) <= frame && frame < frameAt(one.endMs))
    const drawn = cue === undefined ? null : this.#setCue(cue)
    const stroke = drawn === null ? null : strokeAt(drawn.words, frame)
    const alpha =
      drawn === null
        ? 0
        : clamp01((frame - drawn.startFrame + 1) / FADE_FRAMES) * clamp01((drawn.endFrame - frame) / FADE_FRAMES)
    const shown = drawn === null ? '' : `${drawn.startFrame}/${alpha}/${stroke?.x}/${stroke?.width}/${stroke?.y}`
    if (shown === this.#shown) return
    this.#shown = shown
    const canvas = this.#canvas
    canvas.clearRect(0, 0, WIDTH, CAPTION_HEIGHT)
    if (drawn === null) return
    canvas.globalAlpha = alpha
    if (stroke !== null) {
      canvas.fillStyle = drawn.colour
      canvas.beginPath()
      canvas.roundRect(stroke.x, stroke.y, stroke.width, 4, 2)
      canvas.fill()
    }
    for (const { layer, x, y } of drawn.layers) canvas.drawImage(layer, x, y)
    canvas.globalAlpha = 1
  }

  #setCue(cue: Cue): SetCue {
    if (this.#set?.cue !== cue) this.#set = { cue, drawn: setCue(cue, this.#look) }
    return this.#set.drawn
  }
}

function settingOf(look: Look): Setting {
  return {
    ...{ face: 'text', weight: 600, sizes: [36, 18], maxWidth: WIDTH - 200, maxLines: 1, leading: 1.3 },
    ...{ direction: look.direction, language: look.language },
  }
}

function setCue(cue: Cue, look: Look): SetCue {
  const startFrame = frameAt(cue.startMs)
  const scene = look.scenes.findLast((one) => one.startFrame <= startFrame)
  const palette = paletteIn(look, scene?.index ?? 0)
  const setting = settingOf(look)
  const layers: SetCue['layers'][number][] = []
  const words: SetWord[] = []
  // Both lines have the size of the longer one.
  const sizePx = Math.min(...cue.lines.map((line) => setText(textOf(line), setting).sizePx))
  for (const [index, line] of cue.lines.entries()) {
    const text = textOf(line)
    const width = widthOf(text, setting, sizePx)
    const left = (WIDTH - width) / 2
    const y = LAST_BASELINE - (cue.lines.length - 1 - index) * LINE_HEIGHT
    const { layer, baseline } = lineLayer(text, width, setting, sizePx, css(palette.ink))
    layers.push({ layer, x: left - LAYER_MARGIN, y: y - baseline })
    words.push(...setWords(line, setting, sizePx, look.direction === 'rtl' ? left + width : left, y + 10))
  }
  const colour = css(palette.ground === 'dark' ? palette.accent : palette.second)
  return { startFrame, endFrame: frameAt(cue.endMs), layers, words, colour }
}

function setWords(line: readonly CueWord[], setting: Setting, sizePx: number, origin: number, y: number): SetWord[] {
  return line.map((word, index) => {
    const before = widthOf(textOf([...line.slice(0, index), { ...word, text: '' }]), setting, sizePx)
    const width = widthOf(word.text, setting, sizePx)
    const x = setting.direction === 'rtl' ? origin - before - width : origin + before
    return { startFrame: frameAt(word.startMs), endFrame: frameAt(word.endMs), x, width, y }
  })
}

/** Where the stroke is: under the word that is spoken, on its way to it for a few frames. */
function strokeAt(words: readonly SetWord[], frame: number): { x: number; width: number; y: number } | null {
  const index = words.findLastIndex((word) => word.startFrame <= frame)
  const [word, before] = [words[index], words[index - 1]]
  if (word === undefined) return null
  const way = easeInOut((frame - word.startFrame + 1) / GLIDE_FRAMES)
  if (before === undefined || before.y !== word.y || way >= 1) return { x: word.x, width: word.width, y: word.y }
  return { x: before.x + (word.x - before.x) * way, width: before.width + (word.width - before.width) * way, y: word.y }
}
