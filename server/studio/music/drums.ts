import { type Chance, chanceOf } from '../direction/chance.ts'
import { type Bus, SAMPLE_RATE, smooth } from './tone.ts'

/** The sounds of a small drum kit, made once and struck often. */
export interface Kit {
  readonly kick: Float32Array
  readonly snap: Float32Array
  readonly hat: Float32Array
  readonly shaker: Float32Array
}

export function kitOf(seed: number): Kit {
  const chance = chanceOf(seed, 'drums')
  return {
    kick: kick(),
    snap: noise(chance, { seconds: 0.16, decay: 0.035, low: 1_100, high: 4_200, attack: 0.002 }),
    hat: noise(chance, { seconds: 0.07, decay: 0.014, low: 7_000, high: 13_000, attack: 0.001 }),
    shaker: noise(chance, { seconds: 0.11, decay: 0.03, low: 5_000, high: 9_500, attack: 0.018 }),
  }
}

/** A soft drum: a tone that falls from 110 to 46 Hz. */
function kick(): Float32Array {
  const samples = new Float32Array(Math.round(0.32 * SAMPLE_RATE))
  let phase = 0
  for (let at = 0; at < samples.length; at += 1) {
    const seconds = at / SAMPLE_RATE
    phase += (2 * Math.PI * (46 + 64 * Math.exp(-seconds * 32))) / SAMPLE_RATE
    samples[at] = Math.sin(phase) * Math.exp(-seconds * 11) * smooth(at / 96) * tail(at, samples.length)
  }
  return samples
}

interface NoiseShape {
  readonly seconds: number
  readonly decay: number
  readonly low: number
  readonly high: number
  readonly attack: number
}

/** Noise between two frequencies (two one-pole filters each), with a peak of 1. */
function noise(chance: Chance, shape: NoiseShape): Float32Array {
  const samples = new Float32Array(Math.round(shape.seconds * SAMPLE_RATE))
  const [open, shut] = [shape.high, shape.low].map((hz) => 1 - Math.exp((-2 * Math.PI * hz) / SAMPLE_RATE)) as [
    number,
    number,
  ]
  const state = [0, 0, 0, 0] as [number, number, number, number]
  for (let at = 0; at < samples.length; at += 1) {
    state[0] += open * (chance.between(-1, 1) - state[0])
    state[1] += open * (state[0] - state[1])
    state[2] += shut * (state[1] - state[2])
    state[3] += shut * (state[1] - state[2] - state[3])
    const age = at / SAMPLE_RATE
    const shaped = Math.exp(-Math.max(0, age - shape.attack) / shape.decay) * smooth(age / shape.attack)
    samples[at] = (state[1] - state[2] - state[3]) * shaped * tail(at, samples.length)
  }
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)
  return samples.map((value) => value / peak)
}

const tail = (at: number, length: number): number => smooth((length - at) / (0.2 * length))

/** Adds a stroke. */
export function strike(bus: Bus, sound: Float32Array, at: number, gain: number, pan: number): void {
  const leftGain = gain * Math.cos(((pan + 1) * Math.PI) / 4)
  const rightGain = gain * Math.sin(((pan + 1) * Math.PI) / 4)
  const end = Math.min(sound.length, bus.left.length - at)
  for (let index = Math.max(0, -at); index < end; index += 1) {
    const value = sound[index] ?? 0
    bus.left[at + index] = (bus.left[at + index] ?? 0) + value * leftGain
    bus.right[at + index] = (bus.right[at + index] ?? 0) + value * rightGain
  }
}
