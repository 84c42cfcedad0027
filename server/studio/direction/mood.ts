import { chanceOf } from './chance.ts'

/** Frames of every film in a second; its frame rate is 30/1. */
export const FRAMES_PER_SECOND = 30
export const BEATS_PER_BAR = 4

/** How a film feels: what music and picture agree on. */
export interface Mood {
  readonly name: MoodName
  /** A beat is a whole number of frames, so that a cut on the beat is exact: 18 are 100 beats in a minute. */
  readonly framesPerBeat: number
  /** Semitones of the seven tones of its scale above the first. */
  readonly scale: readonly number[]
  /** Roots of its chords, as places in the scale from 0; one for each bar. */
  readonly progression: readonly number[]
  /** The lowest tone, as a MIDI number. */
  readonly keyNote: number
  /** 0 still to 1 lively: how dense rhythm and movement are. */
  readonly energy: number
  readonly ground: 'dark' | 'light'
  /** Hue of the palette's first colour, degrees in OKLCH. */
  readonly hue: number
}

export const MoodName = ['dawn', 'tide', 'ember', 'meadow', 'night', 'paper'] as const
export type MoodName = (typeof MoodName)[number]

const IONIAN = [0, 2, 4, 5, 7, 9, 11]
const LYDIAN = [0, 2, 4, 6, 7, 9, 11]
const MIXOLYDIAN = [0, 2, 4, 5, 7, 9, 10]
const DORIAN = [0, 2, 3, 5, 7, 9, 10]
const AEOLIAN = [0, 2, 3, 5, 7, 8, 10]

interface Kind {
  readonly beats: readonly [number, ...number[]]
  readonly scale: readonly number[]
  readonly progressions: readonly [readonly number[], ...(readonly number[])[]]
  readonly energy: number
  readonly ground: Mood['ground']
  readonly hues: readonly [number, ...number[]]
}

const KINDS: Readonly<Record<MoodName, Kind>> = {
  dawn: {
    beats: [20, 21],
    scale: LYDIAN,
    progressions: [
      [0, 4, 5, 3],
      [0, 2, 3, 4],
    ],
    energy: 0.45,
    ground: 'dark',
    hues: [20, 345, 40],
  },
  tide: {
    beats: [20, 22],
    scale: DORIAN,
    progressions: [
      [0, 3, 6, 3],
      [0, 6, 3, 4],
    ],
    energy: 0.4,
    ground: 'dark',
    hues: [215, 195, 240],
  },
  ember: {
    beats: [18, 17],
    scale: AEOLIAN,
    progressions: [
      [0, 5, 2, 6],
      [0, 3, 5, 6],
    ],
    energy: 0.65,
    ground: 'dark',
    hues: [30, 55, 10],
  },
  meadow: {
    beats: [18, 20],
    scale: IONIAN,
    progressions: [
      [0, 3, 5, 4],
      [0, 5, 3, 4],
    ],
    energy: 0.6,
    ground: 'light',
    hues: [130, 105, 160],
  },
  night: {
    beats: [17, 18],
    scale: DORIAN,
    progressions: [
      [0, 2, 6, 3],
      [0, 5, 6, 3],
    ],
    energy: 0.75,
    ground: 'dark',
    hues: [280, 300, 260],
  },
  paper: {
    beats: [20, 18],
    scale: MIXOLYDIAN,
    progressions: [
      [0, 6, 3, 0],
      [0, 4, 3, 6],
    ],
    energy: 0.5,
    ground: 'light',
    hues: [70, 250, 25],
  },
}

/** The mood of a film, chosen by its seed alone. */
export function moodOf(seed: number): Mood {
  const chance = chanceOf(seed, 'mood')
  const name = chance.pick(MoodName)
  const { beats, scale, progressions, energy, ground, hues } = KINDS[name]
  return {
    ...{ name, scale, energy, ground },
    framesPerBeat: chance.pick(beats),
    progression: chance.pick(progressions),
    keyNote: 45 + chance.whole(0, 7),
    hue: (chance.pick(hues) + chance.between(-12, 12) + 360) % 360,
  }
}
