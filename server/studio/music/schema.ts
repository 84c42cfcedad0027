import type { Mood } from '../direction/mood.ts'

/** What a composer is told: the film in time, and where someone speaks. */
export interface MusicRequest {
  readonly seed: number
  readonly mood: Mood
  readonly totalFrames: number
  /** First frames of the scenes; each begins on a beat. */
  readonly sceneStarts: readonly number[]
  /** Where the bed makes room: begin and end of speech, in order, in frames. */
  readonly speech: readonly (readonly [startFrame: number, endFrame: number])[]
}
