import type { Ctx } from '#platform/context.ts'
import { type StreamTx, stream } from '../door.ts'
import type { StoredChunk, StoredRendition } from '../packaging/assemble.ts'
import type { Bitrates } from '../packaging/presentation.ts'
import { chunksOf, insertThumbnails, removeAudioChunk, renditionsOf, setBitrates } from './queries.ts'

/** What has been encoded of a video so far. */
export async function mediaOf(
  ctx: Ctx,
  videoId: string,
): Promise<{ chunks: StoredChunk[]; renditions: StoredRendition[] }> {
  return stream.read(ctx, async (db) => ({
    chunks: await chunksOf(db, videoId).execute(),
    renditions: await renditionsOf(db, videoId).execute(),
  }))
}

/** Forgets the sound, which is about to be made again. */
export async function replaceAudio(tx: StreamTx, videoId: string): Promise<void> {
  await removeAudioChunk(tx, videoId)
}

/** Remembers that the pictures of a video are made; with `storyboard` there is more than a poster. */
export async function setThumbnails(
  tx: StreamTx,
  workspaceId: string,
  videoId: string,
  storyboard: boolean,
): Promise<void> {
  await insertThumbnails(tx, workspaceId, videoId, storyboard)
}

/** Remembers what a rendition really costs. */
export async function setMeasured(
  tx: StreamTx,
  videoId: string,
  name: string,
  { average, peak }: Bitrates,
): Promise<void> {
  await setBitrates(tx, videoId, name, { averageBitrate: average, peakBitrate: peak })
}
