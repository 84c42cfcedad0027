import type { Mood } from '../direction/mood.ts'
import type { LineRole } from '../scripts/schema.ts'
import { HEIGHT } from './scene.ts'

/** Large letters in a scene: fully there from soon after `startFrame` until shortly before `endFrame`. */
export interface Heading {
  readonly kind: 'title' | 'word' | 'emoji' | 'farewell'
  readonly text: string
  /** A word or two above it in small letters. */
  readonly eyebrow: string | null
  readonly scene: number
  readonly startFrame: number
  readonly endFrame: number
}

/** All that the painter knows of a film. JSON. */
export interface Look {
  readonly seed: number
  readonly mood: Mood
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly totalFrames: number
  readonly scenes: readonly {
    readonly index: number
    readonly role: LineRole
    readonly startFrame: number
    readonly endFrame: number
  }[]
  readonly headings: readonly Heading[]
}

/** Frames that a transition takes; its middle is the cut. */
export const TRANSITION_FRAMES = 16
/** The lower part of the picture is kept free for captions: everything below this line. */
export const CAPTION_TOP = 556
/** Rows of the strip that captions are drawn on; it lies at the foot of the picture. */
export const CAPTION_HEIGHT = HEIGHT - CAPTION_TOP
/** Nothing that must be read comes nearer to the edges than this. */
export const MARGIN = 84
