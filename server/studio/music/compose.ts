import { chanceOf } from '../direction/chance.ts'
import { BEATS_PER_BAR, type Mood } from '../direction/mood.ts'
import { kitOf, strike } from './drums.ts'
import { duckingOf, roomOf } from './room.ts'
import type { MusicRequest } from './schema.ts'
import { type Bus, SAMPLES_PER_FRAME, SAMPLE_RATE, addNote, busOf, frequencyOf, smooth, waveOf } from './tone.ts'

const PAD = waveOf([1, 0.42, 0.26, 0.14, 0.09, 0.05, 0.03])
const PLUCK = waveOf([1, 0.5, 0.12, 0.2, 0.04, 0.06])
const BELL = waveOf([1, 0.06, 0.22, 0.02, 0.08])
const BASS = waveOf([1, 0.35, 0.1])

/** The peak of the finished bed, where nobody speaks. */
const PEAK = 10 ** (-3 / 20)
const FADE_IN_SECONDS = 0.4
const FADE_OUT_SECONDS = 2.6

interface Score {
  readonly request: MusicRequest
  readonly beatSamples: number
  readonly bars: number
  /** How much is going on in a bar, 0..1: it grows with the scenes and rests at the end. */
  readonly fullness: (bar: number) => number
}

/** Composes the bed of a film and plays it: two channels of exactly the film's length. Computes for a second or two. */
export function compose(request: MusicRequest): Bus {
  const samples = request.totalFrames * SAMPLES_PER_FRAME
  const beatSamples = request.mood.framesPerBeat * SAMPLES_PER_FRAME
  const bars = Math.ceil(samples / (beatSamples * BEATS_PER_BAR))
  const score: Score = { request, beatSamples, bars, fullness: fullnessOf(request, bars, beatSamples) }
  const dry = busOf(samples)
  const send = busOf(samples)
  playPads(score, dry, send)
  playArpeggio(score, dry, send)
  playBass(score, dry)
  playDrums(score, dry)
  return finished(request, dry, roomOf(send))
}

function fullnessOf(request: MusicRequest, bars: number, beatSamples: number): Score['fullness'] {
  const scenes = request.sceneStarts
  return (bar) => {
    const frame = (bar * BEATS_PER_BAR * beatSamples) / SAMPLES_PER_FRAME
    const scene = scenes.findLastIndex((start) => start <= frame)
    if (bar >= bars - 2) return 0.15
    return Math.min(1, 0.25 + (0.75 * Math.max(0, scene)) / Math.max(1, Math.min(3, scenes.length - 2)))
  }
}

/** MIDI number of a place in the scale; places beyond the seven are octaves higher or lower. */
function noteAt(mood: Mood, place: number): number {
  const octave = Math.floor(place / 7)
  return mood.keyNote + 12 * octave + (mood.scale[place - 7 * octave] ?? 0)
}

const rootOf = (mood: Mood, bar: number): number => mood.progression[bar % mood.progression.length] ?? 0

/** The chord of a bar as places in the scale; the last bar comes home. */
function chordOf({ request, bars }: Score, bar: number): number[] {
  const root = bar >= bars - 1 ? 0 : rootOf(request.mood, bar)
  // Kept near the middle, so that chords move by small steps.
  const low = root > 3 ? root - 7 : root
  return [low + 7, low + 9, low + 11, low + (bar % 2 === 0 ? 15 : 13)]
}

function playPads(score: Score, dry: Bus, send: Bus): void {
  const { beatSamples, bars, request } = score
  const bar = beatSamples * BEATS_PER_BAR
  for (let index = 0; index < bars; index += 1) {
    for (const [voice, place] of chordOf(score, index).entries()) {
      const frequencyHz = frequencyOf(noteAt(request.mood, place))
      for (const detune of [-1, 1]) {
        const note = {
          wave: PAD,
          at: index * bar - Math.round(0.25 * SAMPLE_RATE),
          samples: bar + Math.round(0.9 * SAMPLE_RATE),
          frequencyHz: frequencyHz * 2 ** ((detune * (4 + voice)) / 1200),
          ...{ gain: 0.085 - 0.012 * voice, pan: detune * (0.3 + 0.15 * voice), attack: 0.7, release: 0.85 },
        }
        addNote(dry, note)
        addNote(send, { ...note, gain: note.gain * 0.5 })
      }
    }
  }
}

function playArpeggio(score: Score, dry: Bus, send: Bus): void {
  const { request, beatSamples, bars, fullness } = score
  const chance = chanceOf(request.seed, 'arpeggio')
  const lively = request.mood.energy > 0.55
  const perBeat = lively ? 4 : 2
  // A pattern of two bars that is heard again is a tune; without repetition it is chance.
  const pattern = Array.from({ length: 2 * BEATS_PER_BAR * perBeat }, (_, step) => ({
    voice: chance.whole(0, 3),
    octave: chance.next() < 0.3 ? 7 : 0,
    sounds: step % perBeat === 0 ? chance.next() < 0.9 : chance.next() < (lively ? 0.55 : 0.6),
    loud: chance.between(0.65, 1),
    pan: chance.between(-0.55, 0.55),
  }))
  const wave = request.mood.ground === 'light' ? BELL : PLUCK
  for (let bar = 0; bar < bars - 1; bar += 1) {
    const chord = chordOf(score, bar)
    const full = fullness(bar)
    for (let step = 0; step < BEATS_PER_BAR * perBeat; step += 1) {
      const drawn = pattern[(bar % 2) * BEATS_PER_BAR * perBeat + step]
      if (drawn === undefined || !drawn.sounds || (full < 0.5 && step % perBeat !== 0)) continue
      const note = {
        ...{ wave, pan: drawn.pan, attack: 0.004, release: 0.12, decay: lively ? 0.2 : 0.34 },
        at: bar * BEATS_PER_BAR * beatSamples + Math.round((step * beatSamples) / perBeat),
        samples: Math.round((lively ? 0.8 : 1.3) * SAMPLE_RATE),
        frequencyHz: frequencyOf(noteAt(request.mood, (chord[drawn.voice] ?? 7) + 7 + drawn.octave)),
        gain: 0.075 * drawn.loud * (0.5 + 0.5 * full),
      }
      addNote(dry, note)
      addNote(send, { ...note, gain: note.gain * 0.9 })
    }
  }
}

function playBass(score: Score, dry: Bus): void {
  const { request, beatSamples, bars, fullness } = score
  for (let bar = 1; bar < bars; bar += 1) {
    const root = noteAt(request.mood, bar >= bars - 1 ? 0 : rootOf(request.mood, bar))
    const low = root - (root > 50 ? 12 : 0)
    const strokes = fullness(bar) > 0.6 ? [0, 1.5, 2.5] : [0]
    for (const [index, beats] of strokes.entries()) {
      const long = (strokes[index + 1] ?? BEATS_PER_BAR) - beats
      addNote(dry, {
        ...{ wave: BASS, pan: 0, attack: 0.012, release: 0.09, decay: 0.9 },
        at: Math.round((bar * BEATS_PER_BAR + beats) * beatSamples),
        samples: Math.round(long * beatSamples * 0.95),
        frequencyHz: frequencyOf(low),
        gain: index === 0 ? 0.2 : 0.14,
      })
    }
  }
}

function playDrums(score: Score, dry: Bus): void {
  const { request, beatSamples, bars, fullness } = score
  const kit = kitOf(request.seed)
  const chance = chanceOf(request.seed, 'strokes')
  for (let beat = 0; beat < (bars - 1) * BEATS_PER_BAR; beat += 1) {
    const full = fullness(Math.floor(beat / BEATS_PER_BAR))
    const at = beat * beatSamples
    const inBar = beat % BEATS_PER_BAR
    // The pulse is there from the second bar on, softly.
    if (beat >= BEATS_PER_BAR && (inBar % 2 === 0 || request.mood.energy > 0.6)) {
      strike(dry, kit.kick, at, 0.16 + 0.12 * full, 0)
    }
    if (full >= 0.45) strike(dry, kit.hat, Math.round(at + beatSamples / 2), 0.028 * chance.between(0.7, 1), 0.25)
    if (full >= 0.6 && inBar % 2 === 1) strike(dry, kit.snap, at, 0.05, -0.1)
    if (full >= 0.7) {
      for (const quarter of [0.25, 0.75]) {
        strike(dry, kit.shaker, Math.round(at + quarter * beatSamples), 0.016 * chance.between(0.6, 1), -0.35)
      }
    }
  }
}

/** Adds the room, makes room for the voice, fades in and out, and sets the level. */
function finished(request: MusicRequest, dry: Bus, wet: Bus): Bus {
  const samples = dry.left.length
  let peak = 1e-9
  for (const side of ['left', 'right'] as const) {
    const [channel, room] = [dry[side], wet[side]]
    for (let at = 0; at < samples; at += 1) {
      const value = (channel[at] ?? 0) + 0.22 * (room[at] ?? 0)
      channel[at] = value
      peak = Math.max(peak, Math.abs(value))
    }
  }
  const speech = request.speech.map(([from, to]) => [from * SAMPLES_PER_FRAME, to * SAMPLES_PER_FRAME] as const)
  const ducking = duckingOf(samples, speech)
  for (let at = 0; at < samples; at += 1) {
    const fade =
      smooth(at / (FADE_IN_SECONDS * SAMPLE_RATE)) * smooth((samples - 1 - at) / (FADE_OUT_SECONDS * SAMPLE_RATE))
    const gain = (PEAK / peak) * (ducking[at] ?? 1) * fade
    dry.left[at] = (dry.left[at] ?? 0) * gain
    dry.right[at] = (dry.right[at] ?? 0) * gain
  }
  return dry
}
