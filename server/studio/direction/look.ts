import { type Heading, type Look, TRANSITION_FRAMES } from '../visuals/look.ts'
import type { Script } from '../scripts/schema.ts'
import type { Voice } from '../voices/schema.ts'
import { keywordOf } from './keywords.ts'
import { FRAMES_PER_SECOND } from './mood.ts'
import type { Plan, Scene } from './plan.ts'

/** Large letters leave before the picture changes, and come when it has changed. */
const CLEAR_FRAMES = TRANSITION_FRAMES / 2
/** Letters that would be seen for less are not shown. */
const LEAST_FRAMES_SHOWN = 24
/** A word is seen a moment before it is heard. */
const AHEAD_FRAMES = 2

/** All that is seen of a film, from what is said in it and when. */
export function lookOf(script: Script, voice: Voice, plan: Plan): Look {
  const { seed, mood, totalFrames } = plan
  return {
    ...{ seed, mood, totalFrames },
    language: script.language === 'und' ? 'en' : script.language,
    direction: script.direction,
    scenes: plan.scenes.map(({ index, role, startFrame, endFrame }) => ({ index, role, startFrame, endFrame })),
    headings: [...opening(script, plan), ...words(script, voice, plan), ...closing(script, plan)],
  }
}

function opening(script: Script, { scenes }: Plan): Heading[] {
  const [first] = scenes
  if (first === undefined) return []
  const endFrame = first.endFrame - CLEAR_FRAMES
  return [{ kind: 'title', text: script.title, eyebrow: script.eyebrow, scene: 0, startFrame: 8, endFrame }]
}

function words(script: Script, voice: Voice, plan: Plan): Heading[] {
  const shown = new Set<string>()
  return plan.scenes.slice(1).flatMap((scene) => {
    // Only what the user said is set in large letters, not what stands around it.
    if (scene.role !== 'words') return []
    const found = scene.lines.flatMap((line) => {
      const placed = plan.lines[line]
      const keyword = keywordOf(
        voice.lines[line]?.words ?? [],
        script.language === 'und' ? 'en' : script.language,
        shown,
      )
      if (placed === undefined || keyword === null) return []
      if (keyword.kind === 'word') shown.add(keyword.text.toLocaleLowerCase())
      const heard = placed.startFrame + Math.round((keyword.startMs * FRAMES_PER_SECOND) / 1000)
      return [{ ...keyword, startFrame: Math.max(scene.startFrame + CLEAR_FRAMES, heard - AHEAD_FRAMES) }]
    })
    return found.flatMap(({ text, kind, startFrame }, index): Heading[] => {
      const endFrame = found[index + 1]?.startFrame ?? endOf(scene, plan)
      if (endFrame - startFrame < LEAST_FRAMES_SHOWN) return []
      return [{ kind, text, eyebrow: null, scene: scene.index, startFrame, endFrame }]
    })
  })
}

/** Where a scene's words end: in the last one they make room for what stays. */
function endOf(scene: Scene, plan: Plan): number {
  const clear = scene.endFrame - CLEAR_FRAMES
  return scene.index === plan.scenes.length - 1 ? Math.min(clear, closingFrame(plan)) : clear
}

/** When nothing more is said. */
function closingFrame({ lines, scenes }: Plan): number {
  const last = scenes.at(-1)
  return Math.max((lines.at(-1)?.endFrame ?? 0) + CLEAR_FRAMES, (last?.startFrame ?? 0) + CLEAR_FRAMES)
}

function closing(script: Script, plan: Plan): Heading[] {
  const last = plan.scenes.at(-1)
  // A film of a single scene has its title already.
  if (last === undefined || last.index === 0) return []
  const kind = script.farewell === null ? 'title' : 'farewell'
  const text = script.farewell ?? script.title
  return [
    {
      kind,
      text,
      eyebrow: null,
      scene: last.index,
      startFrame: closingFrame(plan),
      endFrame: plan.totalFrames + CLEAR_FRAMES,
    },
  ]
}
