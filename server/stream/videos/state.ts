import type { VideoState } from './schema.ts'

/** What may follow what. A failed video is probed again when its owner retries after the cause is gone. */
export const nextStates = {
  uploading: ['uploaded'],
  uploaded: ['probing', 'failed'],
  probing: ['encoding', 'failed'],
  encoding: ['ready', 'failed'],
  ready: [],
  failed: ['probing'],
} satisfies Record<VideoState, readonly VideoState[]>

/** The states from which `to` can be reached in one step: the `where` of every change of state. */
export function statesBefore(to: VideoState): VideoState[] {
  return (Object.keys(nextStates) as VideoState[]).filter((from) =>
    (nextStates[from] as readonly VideoState[]).includes(to),
  )
}
