import adviceRoutes from './advice/routes.ts'
import agentRoutes from './agents/routes.ts'
import { captureJobs } from './captures/jobs.ts'
import { thoughtPart } from './captures/journey.ts'
import captureRoutes from './captures/routes.ts'
import { delegationEvents } from './delegations/events.ts'
import { lostAgentReconciler } from './delegations/lost.ts'
import delegationRoutes from './delegations/routes.ts'
import { delegationTopic } from './delegations/topic.ts'
import dependencyRoutes from './dependencies/routes.ts'
import feedRoutes from './feeds/routes.ts'
import filterRoutes from './filters/routes.ts'
import { productionRequested } from './productions/events.ts'
import productionRoutes from './productions/routes.ts'
import promptRoutes from './prompts/routes.ts'
import projectRoutes from './projects/routes.ts'
import quickAddRoutes from './quick-add/routes.ts'
import { recordingJobs } from './recordings/jobs.ts'
import recordingRoutes from './recordings/routes.ts'
import { noteUploads } from './recordings/upload.ts'
import statisticsRoutes from './statistics/routes.ts'
import stepRoutes from './steps/routes.ts'
import recurrenceRoutes from './recurrence/routes.ts'
import swipeRoutes from './swipes/routes.ts'
import { taskCompleted, taskCreated, taskReopened } from './tasks/events.ts'
import { taskPart } from './tasks/journey.ts'
import taskRoutes from './tasks/routes.ts'
import templateRoutes from './templates/routes.ts'
import { workflowJobs } from './workflows/jobs.ts'
import { lostExecutionReconciler } from './workflows/lost.ts'
import workflowRoutes from './workflows/routes.ts'

export { productionRequested } from './productions/events.ts'
export { productionRequest } from './productions/service.ts'
export { completeTask, giveTaskBack, resumeTask } from './tasks/service.ts'

/** Every event of the wing. */
export const plannerEvents = [productionRequested, taskCreated, taskCompleted, taskReopened, ...delegationEvents]

/** Opens the wing: everything that it registers. */
export function openPlanner() {
  return {
    routes: [
      ...captureRoutes,
      ...quickAddRoutes,
      ...taskRoutes,
      ...dependencyRoutes,
      ...recurrenceRoutes,
      ...projectRoutes,
      ...filterRoutes,
      ...feedRoutes,
      ...statisticsRoutes,
      ...stepRoutes,
      ...adviceRoutes,
      ...productionRoutes,
      ...templateRoutes,
      ...agentRoutes,
      ...delegationRoutes,
      ...promptRoutes,
      ...workflowRoutes,
      ...swipeRoutes,
      ...recordingRoutes,
    ],
    topics: [delegationTopic],
    reconcilers: [lostAgentReconciler, lostExecutionReconciler],
    jobs: [...captureJobs, ...workflowJobs, ...recordingJobs],
    uploadPurposes: [noteUploads],
    journeyParts: [taskPart, thoughtPart],
  }
}
