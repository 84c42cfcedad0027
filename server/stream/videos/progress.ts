import type { MediaFailure } from '#platform/media/failure.ts'
import type { Ctx } from '#platform/context.ts'
import { emit } from '#platform/events/event.ts'
import type { StreamTx } from '../door.ts'
import { videoFailed, videoReady } from './events.ts'
import { moveVideo } from './queries.ts'
import type { VideoState } from './schema.ts'
import { statesBefore } from './state.ts'

type Set = Parameters<typeof moveVideo>[5]

/** Moves a video on within a step of its encoding. Returns false when it stands elsewhere by now. */
export async function moveOn(
  tx: StreamTx,
  ctx: Ctx,
  id: string,
  from: readonly VideoState[],
  to: VideoState,
  set: Set = {},
): Promise<boolean> {
  return moveVideo(tx, id, from, to, ctx.clock.now(), set)
}

/** The video is whole. Tells everyone whom it concerns, in the same transaction. */
export async function finishVideo(tx: StreamTx, ctx: Ctx, id: string, durationMs: number): Promise<boolean> {
  const moved = await moveVideo(tx, id, statesBefore('ready'), 'ready', ctx.clock.now(), {
    progress: 1,
    playable: true,
    durationMs,
  })
  if (moved) await emit(tx, videoReady, { videoId: id, durationMs }, { subject: `video:${id}` })
  return moved
}

/** The video cannot become one, and says why. */
export async function failVideo(
  tx: StreamTx,
  ctx: Ctx,
  video: { readonly id: string; readonly workspaceId: string | null },
  failure: MediaFailure,
): Promise<boolean> {
  const { id, workspaceId } = video
  const moved = await moveVideo(tx, id, statesBefore('failed'), 'failed', ctx.clock.now(), {
    failureCode: failure.code,
    failureDetail: failure.message,
    playable: false,
  })
  // The reconciler works as the system: whose event it is must be said.
  if (moved) await emit(tx, videoFailed, { videoId: id, code: failure.code }, { subject: `video:${id}`, workspaceId })
  return moved
}
