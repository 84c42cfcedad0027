import { encodingReconciler } from './encoding/reconcile.ts'
import { encodingJobs } from './encoding/jobs.ts'
import playbackRoutes from './playback/routes.ts'
import { videoFailed, videoReady } from './videos/events.ts'
import { videoPart } from './videos/journey.ts'
import videoRoutes from './videos/routes.ts'
import { videoTopic } from './videos/topic.ts'
import { watchRoutes } from './watch/routes.ts'
import { housekeeping, housekeepingJobs, mediaOwner } from './housekeeping/jobs.ts'
import { originalsOwner } from './imports/service.ts'
import { pageAssets } from './watch/assets.ts'
import { videoForWatching } from './videos/service.ts'
import { videoUploads } from './videos/upload.ts'

export { videoFailed, videoReady } from './videos/events.ts'

/** Every event of the wing. */
export const streamEvents = [videoReady, videoFailed]
export { VideoNotFound, videoForWatching } from './videos/service.ts'
export type { Video } from './videos/schema.ts'
export { type Film, type ImportedVideo, importFilm, importedVideo } from './imports/service.ts'

/** What the stream gives to the composition root. */
export type StreamWing = ReturnType<typeof openStream>

/** Opens the wing and hands over everything that it registers. */
export function openStream() {
  return {
    routes: [...videoRoutes, ...playbackRoutes, ...watchRoutes({ assets: pageAssets, videoForWatching })],
    jobs: [...encodingJobs, ...housekeepingJobs],
    schedules: [...housekeeping],
    reconcilers: [encodingReconciler],
    uploadPurposes: [videoUploads],
    topics: [videoTopic],
    storageOwners: [mediaOwner, originalsOwner],
    journeyParts: [videoPart],
  }
}
