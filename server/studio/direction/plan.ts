import { invariant } from '#kernel/assert.ts'
import type { LineRole, Script } from '../scripts/schema.ts'
import { seedOf } from './chance.ts'
import { FRAMES_PER_SECOND, type Mood, moodOf } from './mood.ts'

/** A stretch of the film with a picture of its own: `startFrame` ≤ f < `endFrame`, both on a beat. */
export interface Scene {
  readonly index: number
  readonly role: LineRole
  readonly startFrame: number
  readonly endFrame: number
  /** Numbers of the lines that are spoken in it, in order; none in the second half of a long line. */
  readonly lines: readonly number[]
}

/** Where a line is heard: its first sample at the beginning of `startFrame`, its last before `endFrame` begins. */
export interface PlacedLine {
  readonly line: number
  readonly startFrame: number
  readonly endFrame: number
}

/** The film in time. Scenes follow one another without a gap from frame 0 to `totalFrames`. */
export interface Plan {
  readonly seed: number
  readonly mood: Mood
  readonly totalFrames: number
  readonly scenes: readonly Scene[]
  readonly lines: readonly PlacedLine[]
}

/** What the plan is made of: who speaks how long. */
export interface Spoken {
  readonly role: LineRole
  readonly paragraph: number
  /** It goes on in the middle of a sentence: it waits for no beat. */
  readonly continues: boolean
  readonly durationMs: number
}

/** A film of fewer frames is stretched between its lines and at its ends. */
export const LEAST_FRAMES = 20 * FRAMES_PER_SECOND
const INTRO_BEATS = 3
const OUTRO_BEATS = 5
/** Between lines of one thought, and between parts of one sentence. */
const BREATH_FRAMES = 6
const PART_FRAMES = 3
/** A scene is long enough to be seen and short enough not to tire. */
const SCENE_MIN_FRAMES = 100
const SCENE_MAX_FRAMES = 8 * FRAMES_PER_SECOND
/** Speech follows the beat by a frame: a voice on the beat itself sounds early. */
const BEHIND_BEAT_FRAMES = 1

/** The plan of a film whose lines take so long; its seed is the film's own id. */
export function planOf(projectId: string, script: Script, lines: readonly { readonly durationMs: number }[]): Plan {
  return planFilm(
    seedOf(projectId),
    script.lines.map(({ role, paragraph, continues }, index) => ({
      role,
      paragraph,
      continues,
      durationMs: lines[index]?.durationMs ?? 0,
    })),
  )
}

/** Puts a film in time. The same seed and durations give the same plan. */
export function planFilm(seed: number, spoken: readonly Spoken[]): Plan {
  const mood = moodOf(seed)
  invariant(spoken.length > 0, 'a film has at least one line')
  const groups = groupsOf(spoken)
  // Beats that are added before each group of lines, and at the end.
  const rests = Array.from({ length: groups.length + 1 }, () => 0)
  let plan = laid(seed, mood, spoken, groups, rests)
  for (let turn = 0; plan.totalFrames < LEAST_FRAMES; turn += 1) {
    const missing = Math.ceil((LEAST_FRAMES - plan.totalFrames) / mood.framesPerBeat)
    const share = Math.max(1, Math.floor(missing / rests.length))
    // The end first: what was said needs time more than what is to come.
    const at = (rests.length - 1 + turn) % rests.length
    rests[at] = (rests[at] ?? 0) + share
    plan = laid(seed, mood, spoken, groups, rests)
  }
  return plan
}

const framesOf = ({ durationMs }: Spoken): number => Math.max(1, Math.ceil((durationMs * FRAMES_PER_SECOND) / 1000))

/** Lines that share a scene: of one role, together no longer than a scene may be; a new one begins with a paragraph. */
function groupsOf(spoken: readonly Spoken[]): number[][] {
  const groups: number[][] = []
  let frames = 0
  for (const [line, said] of spoken.entries()) {
    const before = spoken[line - 1]
    const long = framesOf(said)
    const isLong = frames + long > SCENE_MAX_FRAMES
    const parts =
      before === undefined ||
      before.role !== said.role ||
      (isLong && !said.continues) ||
      (frames >= SCENE_MIN_FRAMES && before.paragraph !== said.paragraph) ||
      (frames >= SCENE_MIN_FRAMES && frames + long > SCENE_MAX_FRAMES * 0.75 && !said.continues)
    if (parts) {
      groups.push([line])
      frames = long
    } else {
      groups.at(-1)?.push(line)
      frames += long + BREATH_FRAMES
    }
  }
  return groups
}

function laid(
  seed: number,
  mood: Mood,
  spoken: readonly Spoken[],
  groups: readonly (readonly number[])[],
  rests: readonly number[],
): Plan {
  const beat = mood.framesPerBeat
  const beatFrom = (frame: number): number => Math.ceil(frame / beat) * beat
  const lines: PlacedLine[] = []
  const starts: { frame: number; role: LineRole; lines: readonly number[] }[] = []
  // The first frame that is free of speech.
  let free = 0
  for (const [index, group] of groups.entries()) {
    const first = group[0] ?? 0
    // Speech rests for a beat before a new scene, and the scene begins in that rest.
    const rest = index === 0 ? INTRO_BEATS * beat : beat
    const speech = beatFrom(free + rest) + (rests[index] ?? 0) * beat
    starts.push({ frame: index === 0 ? 0 : speech - beat, role: spoken[first]?.role ?? 'words', lines: group })
    free = speech
    for (const line of group) {
      const said = spoken[line]
      const onBeat = line === first ? speech : beatFrom(free + BREATH_FRAMES)
      const startFrame = line !== first && said?.continues === true ? free + PART_FRAMES : onBeat + BEHIND_BEAT_FRAMES
      const endFrame = startFrame + (said === undefined ? 0 : framesOf(said))
      lines.push({ line, startFrame, endFrame })
      free = endFrame
    }
  }
  const totalFrames = beatFrom(free) + (OUTRO_BEATS + (rests[groups.length] ?? 0)) * beat
  const scenes = starts.flatMap((start, index) => {
    const endFrame = starts[index + 1]?.frame ?? totalFrames
    return divided(start.frame, endFrame, beat).map(([from, to], part) => ({
      role: start.role,
      startFrame: from,
      endFrame: to,
      lines: start.lines.filter((line) => {
        const at = lines[line]?.startFrame ?? 0
        return (part === 0 || at >= from) && (at < to || to === endFrame)
      }),
    }))
  })
  return { seed, mood, totalFrames, lines, scenes: scenes.map((scene, index) => ({ index, ...scene })) }
}

/** Parts of about equal length, all on beats, none much longer than a scene may be. */
function divided(startFrame: number, endFrame: number, beat: number): [number, number][] {
  const beats = (endFrame - startFrame) / beat
  const parts = Math.max(1, Math.round((endFrame - startFrame) / (SCENE_MAX_FRAMES * 1.25)))
  const edge = (part: number): number => startFrame + Math.round((part * beats) / parts) * beat
  return Array.from({ length: parts }, (_, part) => [edge(part), edge(part + 1)])
}
