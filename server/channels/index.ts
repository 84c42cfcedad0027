import { productionEvents } from './productions/events.ts'
import { stageJobs } from './productions/jobs.ts'
import { filmPart, productionPart } from './productions/journey.ts'
import { productionReconciler } from './productions/reconcile.ts'
import productionRoutes from './productions/routes.ts'
import { productionTopic } from './productions/topic.ts'
import { publicationPart } from './publications/journey.ts'

export { productionCancelled, productionCompleted, productionFailed, productionResumed } from './productions/events.ts'
export { startProduction } from './productions/service.ts'
export { settlePublication } from './publications/service.ts'

/** Every event of the wing. */
export const channelsEvents = productionEvents

/** Opens the wing: everything that it registers. */
export function openChannels() {
  return {
    routes: [...productionRoutes],
    jobs: [...stageJobs],
    reconcilers: [productionReconciler],
    topics: [productionTopic],
    journeyParts: [productionPart, filmPart, publicationPart],
  }
}
