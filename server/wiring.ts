import type { JourneyPart } from '#commons/journeys/part.ts'
import { isProblem } from '#kernel/errors.ts'
import { type DeliveredEvent, type Reaction, deliveries, react } from '#platform/events/react.ts'
import type { RouteDefinition } from '#platform/http/route.ts'
import type { AnyJob, JobCtx } from '#platform/jobs/job.ts'
import type { Reconciler, Schedule } from '#platform/jobs/schedule.ts'
import type { Topic } from '#platform/realtime/topic.ts'
import type { StorageOwner } from '#platform/storage/garbage.ts'
import type { RegisteredPurpose } from '#platform/uploads/purposes.ts'
import {
  channelsEvents,
  openChannels,
  productionCancelled,
  productionCompleted,
  productionFailed,
  productionResumed,
  settlePublication,
  startProduction,
} from '#channels'
import {
  completeTask,
  giveTaskBack,
  openPlanner,
  plannerEvents,
  productionRequest,
  productionRequested,
  resumeTask,
} from '#planner'
import { openStream, streamEvents, videoFailed, videoReady } from '#stream'
import { openStudio, studioEvents } from '#studio'

/** Every reaction of one wing to what happened in another, one line each. */
export const reactions: readonly Reaction[] = [
  react(productionRequested, { name: 'channels.startProduction', run: startRequested }),
  react(videoReady, { name: 'channels.settleReady', run: (ctx, { data }) => settlePublication(ctx, data.videoId) }),
  react(videoFailed, { name: 'channels.settleFailed', run: (ctx, { data }) => settlePublication(ctx, data.videoId) }),
  react(productionCompleted, { name: 'planner.completeTask', run: ofTask(completeTask) }),
  react(productionFailed, {
    name: 'planner.waitAfterFailure',
    run: ofTask((ctx, task, id, { detail }) => giveTaskBack(ctx, task, id, detail)),
  }),
  react(productionCancelled, {
    name: 'planner.waitAfterCancel',
    run: ofTask((ctx, task, id) => giveTaskBack(ctx, task, id, 'Its production was cancelled.')),
  }),
  react(productionResumed, { name: 'planner.resumeTask', run: ofTask(resumeTask) }),
]

/** Hands on what happened to a production to the task that asked for it, where there is one. */
function ofTask<Data extends { readonly productionId: string; readonly taskId: string | null }>(
  run: (ctx: JobCtx, taskId: string, productionId: string, data: Data) => Promise<void>,
) {
  return async (ctx: JobCtx, { data }: DeliveredEvent<Data>): Promise<void> => {
    if (data.taskId !== null) await run(ctx, data.taskId, data.productionId, data)
  }
}

/** Begins the production that a task asked for; when no film can be made of the words, the task is told why. */
async function startRequested(
  ctx: JobCtx,
  { data }: DeliveredEvent<{ readonly taskId: string; readonly productionId: string }>,
): Promise<void> {
  const { requestedBy: createdBy, ...request } = await productionRequest(ctx, data.productionId)
  try {
    await startProduction(ctx, { ...request, createdBy })
  } catch (error) {
    if (!isProblem(error) || error.status >= 500) throw error
    await giveTaskBack(ctx, data.taskId, data.productionId, error.message)
  }
}

/** Every event of the house. */
export const events = [...plannerEvents, ...studioEvents, ...channelsEvents, ...streamEvents]

/** The jobs that carry events to their consumers. */
export function eventJobs(): AnyJob[] {
  return deliveries({ events, reactions })
}

/** All that the wings give to the composition root. */
export interface Wings {
  readonly routes: readonly RouteDefinition[]
  readonly jobs: readonly AnyJob[]
  readonly schedules: readonly Schedule[]
  readonly reconcilers: readonly Reconciler[]
  readonly uploadPurposes: readonly RegisteredPurpose[]
  readonly topics: readonly Topic[]
  readonly storageOwners: readonly StorageOwner[]
  readonly journeyParts: readonly JourneyPart[]
}

/** Opens every wing. */
export function openWings(): Wings {
  const [planner, studio, channels, stream] = [openPlanner(), openStudio(), openChannels(), openStream()]
  return {
    routes: [...planner.routes, ...studio.routes, ...channels.routes, ...stream.routes],
    jobs: [...planner.jobs, ...studio.jobs, ...channels.jobs, ...stream.jobs],
    schedules: [...studio.schedules, ...stream.schedules],
    reconcilers: [...planner.reconcilers, ...studio.reconcilers, ...channels.reconcilers, ...stream.reconcilers],
    uploadPurposes: [...planner.uploadPurposes, ...stream.uploadPurposes],
    topics: [...planner.topics, ...channels.topics, ...stream.topics],
    storageOwners: [...studio.storageOwners, ...stream.storageOwners],
    journeyParts: [...planner.journeyParts, ...channels.journeyParts, ...stream.journeyParts],
  }
}
