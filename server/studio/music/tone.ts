/** Samples of a second, in each of two channels. */
export const SAMPLE_RATE = 48_000
/** Samples of a frame of the film, exact. */
export const SAMPLES_PER_FRAME = SAMPLE_RATE / 30

const TABLE_SIZE = 2048

/** One period of a tone: cosines would click where it begins, so all partials are sines. */
export type Wave = Float32Array

/** A wave of partials with the given amplitudes, the first of which is the tone itself; its peak is 1. */
export function waveOf(partials: readonly number[]): Wave {
  const wave = new Float32Array(TABLE_SIZE + 1)
  for (let at = 0; at <= TABLE_SIZE; at += 1) {
    const phase = (2 * Math.PI * at) / TABLE_SIZE
    wave[at] = partials.reduce((sum, amplitude, index) => sum + amplitude * Math.sin((index + 1) * phase), 0)
  }
  const peak = wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return wave.map((value) => value / peak)
}

/** Hertz of a MIDI number in equal temperament, A4 = 69 = 440 Hz. */
export function frequencyOf(note: number): number {
  return 440 * 2 ** ((note - 69) / 12)
}

/** Two channels that sounds are added to. */
export interface Bus {
  readonly left: Float32Array
  readonly right: Float32Array
}

export function busOf(samples: number): Bus {
  return { left: new Float32Array(samples), right: new Float32Array(samples) }
}

/** A tone: when, how high, how loud, where between the ears (-1 left, 1 right), and how it comes and goes (seconds). */
export interface Note {
  readonly wave: Wave
  readonly at: number
  readonly samples: number
  readonly frequencyHz: number
  readonly gain: number
  readonly pan: number
  readonly attack: number
  readonly release: number
  /** Time in which it falls to a third while it is held; without it, it stays. */
  readonly decay?: number
}

/** Adds a note. It begins and ends at nothing, so that nothing clicks. */
export function addNote(bus: Bus, note: Note): void {
  const { wave, at, samples, attack, release, gain, pan } = note
  const step = (note.frequencyHz * TABLE_SIZE) / SAMPLE_RATE
  const attackSamples = Math.max(48, attack * SAMPLE_RATE)
  const releaseSamples = Math.max(48, release * SAMPLE_RATE)
  const fall = note.decay === undefined ? 1 : Math.exp(-1 / (note.decay * SAMPLE_RATE))
  const leftGain = gain * Math.cos(((pan + 1) * Math.PI) / 4)
  const rightGain = gain * Math.sin(((pan + 1) * Math.PI) / 4)
  const end = Math.min(at + samples, bus.left.length)
  let phase = 0
  let held = 1
  for (let index = Math.max(0, at); index < end; index += 1) {
    const age = index - at
    const rise = age < attackSamples ? smooth(age / attackSamples) : 1
    const rest = at + samples - index
    const sink = rest < releaseSamples ? smooth(rest / releaseSamples) : 1
    const cell = phase | 0
    const low = wave[cell] ?? 0
    const value = (low + ((wave[cell + 1] ?? 0) - low) * (phase - cell)) * rise * sink * held
    bus.left[index] = (bus.left[index] ?? 0) + value * leftGain
    bus.right[index] = (bus.right[index] ?? 0) + value * rightGain
    held *= fall
    phase += step
    if (phase >= TABLE_SIZE) phase -= TABLE_SIZE
  }
}

/** From 0 to 1 without a corner at either end. */
export function smooth(share: number): number {
  return share <= 0 ? 0 : share >= 1 ? 1 : share * share * (3 - 2 * share)
}
