import { thoughtPart } from './captures/journey.ts'
import captureRoutes from './captures/routes.ts'
import { productionRequested } from './productions/events.ts'
import productionRoutes from './productions/routes.ts'
import { taskPart } from './tasks/journey.ts'
import taskRoutes from './tasks/routes.ts'

export { productionRequested } from './productions/events.ts'
export { productionRequest } from './productions/service.ts'
export { completeTask, giveTaskBack, resumeTask } from './tasks/service.ts'

/** Every event of the wing. */
export const plannerEvents = [productionRequested]

/** Opens the wing: everything that it registers. */
export function openPlanner() {
  return {
    routes: [...captureRoutes, ...taskRoutes, ...productionRoutes],
    journeyParts: [taskPart, thoughtPart],
  }
}
