import { type Canvas, type SKRSContext2D, createCanvas } from '@napi-rs/canvas'
import { chanceOf } from '../direction/chance.ts'
import { FRAMES_PER_SECOND } from '../direction/mood.ts'
import { clamp01 } from './easing.ts'
import { groundOf, overlay } from './ground.ts'
import { type Anchor, anchorOf, setHeading } from './headings.ts'
import { type Look, TRANSITION_FRAMES } from './look.ts'
import { MOTIFS, motifOf } from './motifs/index.ts'
import { type Palette, paletteOf } from './palette.ts'
import { type Draw, HEIGHT, type Moment, type Stage, WIDTH, widthAt } from './scene.ts'
import { reveal } from './transitions.ts'
import { CAPTION_BOX, SAMPLE_SHRINK, type Sample, captionVeil, cushionOf, veilFor } from './veil.ts'

/** A scene with everything that is set up once. */
interface SetScene {
  readonly palette: Palette
  readonly draw: (canvas: SKRSContext2D, frame: number) => void
}

const HALF = TRANSITION_FRAMES / 2
const SCENES_KEPT = 3

/** The colours of a scene of a film: also what its captions are drawn in. */
export function paletteIn(look: Look, sceneIndex: number): Palette {
  return paletteOf(look.seed, look.mood, sceneIndex)
}

/** Draws any frame of a film, in any order: the same look and frame give the same picture. Fonts are loaded before. */
export class Painter {
  readonly canvas: Canvas
  readonly #canvas: SKRSContext2D
  readonly #look: Look
  readonly #scenes = new Map<number, SetScene>()

  /** `height`: lines of the picture; default as many as it has units. */
  constructor(look: Look, height: number = HEIGHT) {
    this.#look = look
    this.canvas = createCanvas(widthAt(height), height)
    this.#canvas = this.canvas.getContext('2d')
    this.#canvas.scale(height / HEIGHT, height / HEIGHT)
  }

  /** Draws frame `frame` (0 ≤ frame < totalFrames) onto `canvas`. */
  paint(frame: number): void {
    const { scenes } = this.#look
    const index = Math.max(
      0,
      scenes.findLastIndex((scene) => scene.startFrame <= frame),
    )
    const scene = scenes[index]
    if (scene === undefined) return
    // Around a cut both scenes are there.
    const into = index > 0 && frame < scene.startFrame + HALF ? index : null
    const outOf = index + 1 < scenes.length && frame >= scene.endFrame - HALF ? index + 1 : null
    const next = into ?? outOf
    this.#scene(next === null ? index : next - 1).draw(this.#canvas, frame)
    if (next === null) return
    const share = (frame - (scenes[next]?.startFrame ?? 0) + HALF + 0.5) / TRANSITION_FRAMES
    reveal(this.#canvas, this.#look, next, share, () => this.#scene(next).draw(this.#canvas, frame))
  }

  /** What was painted last, RGBA; a view that the next painting changes. */
  pixels(): Buffer {
    return this.canvas.data()
  }

  #scene(index: number): SetScene {
    const known = this.#scenes.get(index)
    if (known !== undefined) return known
    const made = this.#setUp(index)
    this.#scenes.set(index, made)
    for (const old of this.#scenes.keys()) if (this.#scenes.size > SCENES_KEPT) this.#scenes.delete(old)
    return made
  }

  #setUp(index: number): SetScene {
    const look = this.#look
    const palette = paletteIn(look, index)
    const anchor = anchorOf(look, index)
    const headings = look.headings
      .filter((heading) => heading.scene === index)
      .map((heading) => setHeading(heading, look, palette, anchor))
    const stage = stageOf(look, index, palette, anchor, headings.length > 0)
    const ground = groundOf(stage)
    const motif = MOTIFS[motifOf(look, index)](stage)
    const camera = cameraOf(look, index)
    const picture = (canvas: SKRSContext2D, frame: number): void => {
      const moment = momentOf(look, index, frame)
      ground(canvas, moment)
      canvas.save()
      camera(canvas, moment)
      motif(canvas, moment)
      canvas.restore()
    }
    const samples = this.#samples(index, picture)
    const veil = captionVeil(palette, veilFor(CAPTION_BOX, palette, samples, 'captions'))
    const cushioned = headings.map((heading) => {
      const strength = veilFor(heading.box, palette, samples, 'headings')
      return { heading, cushion: strength > 0 ? cushionOf(palette, heading.box, strength) : null }
    })
    return {
      palette,
      draw: (canvas, frame) => {
        picture(canvas, frame)
        overlay(canvas, veil.canvas, veil.x, veil.y)
        for (const { heading, cushion } of cushioned) {
          canvas.globalAlpha = heading.presence(frame)
          if (cushion !== null && canvas.globalAlpha > 0) overlay(canvas, cushion.canvas, cushion.x, cushion.y)
          canvas.globalAlpha = 1
          heading.draw(canvas, frame)
        }
      },
    }
  }

  /** The scene through its course: letters get as much of a veil as they need in all of it. */
  #samples(index: number, picture: SetScene['draw']): Sample[] {
    const scene = this.#look.scenes[index]
    const [from, to] = [scene?.startFrame ?? 0, scene?.endFrame ?? 0]
    return [0.06, 0.3, 0.55, 0.8, 0.98].map((share) => sampled(picture, Math.round(from + (to - from) * share)))
  }
}

function sampled(picture: SetScene['draw'], frame: number): Sample {
  const small = createCanvas(WIDTH / SAMPLE_SHRINK, HEIGHT / SAMPLE_SHRINK)
  const canvas = small.getContext('2d')
  canvas.scale(1 / SAMPLE_SHRINK, 1 / SAMPLE_SHRINK)
  picture(canvas, frame)
  return canvas.getImageData(0, 0, small.width, small.height).data
}

function momentOf(look: Look, index: number, frame: number): Moment {
  const scene = look.scenes[index]
  const start = (scene?.startFrame ?? 0) - (index === 0 ? 0 : HALF)
  const frames = (scene?.endFrame ?? 0) + HALF - start
  return {
    seconds: (frame - start) / FRAMES_PER_SECOND,
    share: clamp01((frame - start) / frames),
    beats: frame / look.mood.framesPerBeat,
  }
}

function stageOf(look: Look, index: number, palette: Palette, anchor: Anchor, hasLetters: boolean): Stage {
  const chance = chanceOf(look.seed, `stage/${index}`)
  const aside = !hasLetters || anchor === 'middle' ? 640 : anchor === 'start' ? 915 : 365
  return {
    ...{ palette, chance, energy: look.mood.energy },
    focus: { x: aside + chance.between(-30, 30), y: 318 + chance.between(-24, 24) },
  }
}

/** A slow move of the camera: nearer or farther, and a little to one side. */
function cameraOf(look: Look, index: number): Draw {
  const chance = chanceOf(look.seed, `camera/${index}`)
  const nearer = chance.next() < 0.6
  const [acrossBy, downBy] = [chance.between(-22, 22), chance.between(-12, 12)]
  return (canvas, { share }) => {
    const scale = 1.02 + 0.06 * (nearer ? share : 1 - share)
    canvas.translate(WIDTH / 2 + acrossBy * (share - 0.5), HEIGHT / 2 + downBy * (share - 0.5))
    canvas.scale(scale, scale)
    canvas.translate(-WIDTH / 2, -HEIGHT / 2)
  }
}
