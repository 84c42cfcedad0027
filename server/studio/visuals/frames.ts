import type { Cue } from '../captions/cues.ts'
import { CaptionPainter } from './captions.ts'
import { loadFonts } from './fonts.ts'
import { CAPTION_TOP, type Look } from './look.ts'
import { Painter } from './painter.ts'

/** Which frames of a film are drawn, with what captions burnt in. */
export interface Raster {
  readonly look: Look
  readonly cues: readonly Cue[]
  /** `fromFrame` ≤ f < `toFrame`. */
  readonly fromFrame: number
  readonly toFrame: number
  /** Lines of a frame, which is 16:9. */
  readonly height: number
}

/** Frames in order, each as rows of RGBA from the top. One is to be used before the next is asked for. */
export async function* paintFrames({ look, cues, fromFrame, toFrame, height }: Raster): AsyncIterable<Buffer> {
  await loadFonts()
  const [painter, captions] = [new Painter(look, height), new CaptionPainter(look, cues)]
  const canvas = painter.canvas.getContext('2d')
  for (let frame = fromFrame; frame < toFrame; frame += 1) {
    painter.paint(frame)
    captions.paint(frame)
    canvas.drawImage(captions.strip, 0, CAPTION_TOP)
    yield painter.pixels()
  }
}
