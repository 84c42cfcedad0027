/** A piece of a line's shown text with its time, in milliseconds from the line's first sample. */
export interface SpokenWord {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

/** A line as it was recorded. */
export interface SpokenLine {
  /** How long it is heard, or seen when it is not heard. */
  readonly durationMs: number
  /** False when there is nothing that a voice could say. */
  readonly heard: boolean
  /** In order, not overlapping; joined by blanks where the text has them they are the shown text. */
  readonly words: readonly SpokenWord[]
}

/** A recorded narration. The lines are those of the script. */
export interface Voice {
  /** The voice's own name, and the language that it speaks. */
  readonly voice: string
  readonly language: string
  /** False when no voice speaks the text's own language, and another reads it. */
  readonly speaksLanguage: boolean
  readonly lines: readonly SpokenLine[]
  /** The narration on the film's time: 22,050 samples in a second, one channel. */
  readonly storageKey: string
}

/** Samples of a second of the narration: 735 of a frame, exact. */
export const VOICE_RATE = 22_050
export const VOICE_SAMPLES_PER_FRAME = VOICE_RATE / 30
