import { type Canvas, type SKRSContext2D, createCanvas } from '@napi-rs/canvas'
import { type Face, fontOf } from './fonts.ts'

/** How a text is set. Sizes are pixels of the film. */
export interface Setting {
  readonly face: Face
  readonly weight?: number
  /** The largest and the smallest size to try. */
  readonly sizes: readonly [largest: number, smallest: number]
  readonly maxWidth: number
  readonly maxLines: number
  /** Of the size: distance of lines, and what is added between letters. */
  readonly leading: number
  readonly tracking?: number
  readonly direction: 'ltr' | 'rtl'
  readonly language: string
}

/** A text broken into lines at a size at which it fits. */
export interface SetText {
  readonly lines: readonly string[]
  readonly widths: readonly number[]
  readonly sizePx: number
  readonly lineHeight: number
}

const ruler = createCanvas(8, 8).getContext('2d')

function applyFont(canvas: SKRSContext2D, setting: Setting, sizePx: number): void {
  canvas.font = fontOf(setting.face, sizePx, setting.weight)
  canvas.letterSpacing = `${((setting.tracking ?? 0) * sizePx).toFixed(2)}px`
  canvas.direction = setting.direction
}

/** Width of a text on one line. */
export function widthOf(text: string, setting: Setting, sizePx: number): number {
  applyFont(ruler, setting, sizePx)
  return ruler.measureText(text).width
}

/**
 * Sets a text as large as it fits, in lines that are as alike in width as they can be. What does not fit at the smallest
 * size loses its end to an ellipsis.
 */
export function setText(text: string, setting: Setting): SetText {
  const [largest, smallest] = setting.sizes
  const pieces = piecesOf(text, setting.language)
  for (let sizePx = largest; sizePx >= smallest; sizePx = Math.floor(sizePx * 0.94)) {
    const lines = broken(pieces, setting, sizePx, setting.maxWidth)
    if (lines.length <= setting.maxLines && lines.every((line) => widthOf(line, setting, sizePx) <= setting.maxWidth)) {
      return finished(balanced(pieces, setting, sizePx, lines.length), setting, sizePx)
    }
  }
  const kept = broken(pieces, setting, smallest, setting.maxWidth).slice(0, setting.maxLines)
  return finished(
    kept.map((line, index) => fitted(line, setting, smallest, index === kept.length - 1)),
    setting,
    smallest,
  )
}

function finished(lines: readonly string[], setting: Setting, sizePx: number): SetText {
  const widths = lines.map((line) => widthOf(line, setting, sizePx))
  return { lines, widths, sizePx, lineHeight: Math.round(sizePx * setting.leading) }
}

/** Where lines may end: behind words, as the language counts them; blanks and marks stay with the word before them. */
function piecesOf(text: string, language: string): string[] {
  const pieces: string[] = []
  const segmenter = new Intl.Segmenter(language, { granularity: 'word' })
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    const last = pieces.at(-1)
    // An opening mark belongs to what follows it.
    const joins =
      last !== undefined &&
      (isWordLike !== true ||
        !/[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}。、，！？]$/u.test(last))
    if (joins && !(isWordLike !== true && /^[([{“‘«¿¡<]/u.test(segment) && /\s$/u.test(last)))
      pieces[pieces.length - 1] = last + segment
    else pieces.push(segment)
  }
  return pieces
}

function broken(pieces: readonly string[], setting: Setting, sizePx: number, maxWidth: number): string[] {
  applyFont(ruler, setting, sizePx)
  const lines: string[] = []
  for (const piece of pieces) {
    const line = lines.at(-1)
    if (line !== undefined && ruler.measureText((line + piece).trimEnd()).width <= maxWidth)
      lines[lines.length - 1] = line + piece
    else lines.push(piece)
  }
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

/** The narrowest column that takes no more lines: then no line is much shorter than the others. */
function balanced(pieces: readonly string[], setting: Setting, sizePx: number, count: number): string[] {
  let [low, high] = [setting.maxWidth / (count + 1), setting.maxWidth]
  let best = broken(pieces, setting, sizePx, setting.maxWidth)
  for (let turn = 0; turn < 9; turn += 1) {
    const width = (low + high) / 2
    const lines = broken(pieces, setting, sizePx, width)
    if (lines.length <= count && lines.every((line) => widthOf(line, setting, sizePx) <= width + 1))
      [high, best] = [width, lines]
    else low = width
  }
  return best
}

function fitted(line: string, setting: Setting, sizePx: number, isLast: boolean): string {
  if (!isLast && widthOf(line, setting, sizePx) <= setting.maxWidth) return line
  const letters = [...new Intl.Segmenter(setting.language, { granularity: 'grapheme' }).segment(line)].map(
    (one) => one.segment,
  )
  let [low, high] = [1, letters.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (widthOf(`${letters.slice(0, middle).join('')}…`, setting, sizePx) <= setting.maxWidth) low = middle
    else high = middle - 1
  }
  return `${letters.slice(0, low).join('').trimEnd()}…`
}

/** Room round a layer's line, so that nothing that stands out of it is cut. */
export const LAYER_MARGIN = 24

/** Draws one line on a layer of its own: its text begins LAYER_MARGIN from the left, its baseline is told. */
export function lineLayer(
  line: string,
  width: number,
  setting: Setting,
  sizePx: number,
  ink: string,
): { layer: Canvas; baseline: number } {
  const height = Math.ceil(sizePx * 1.5) + 2 * LAYER_MARGIN
  const layer = createCanvas(Math.ceil(width) + 2 * LAYER_MARGIN, height)
  const canvas = layer.getContext('2d')
  applyFont(canvas, setting, sizePx)
  canvas.textBaseline = 'alphabetic'
  canvas.textAlign = 'left'
  canvas.fillStyle = ink
  const baseline = LAYER_MARGIN + Math.round(sizePx * 1.08)
  canvas.fillText(line, LAYER_MARGIN, baseline)
  return { layer, baseline }
}
