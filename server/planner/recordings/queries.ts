import { sql } from 'kysely'
import type { PlannerDb, PlannerTx } from '../door.ts'
import type { RecordingState, Transcript } from './schema.ts'

const shown = (db: PlannerDb) =>
  db
    .selectFrom('planner.recordings as r')
    .innerJoin('planner.captures as c', 'c.id', 'r.id')
    .select([
      ...(['r.id', 'r.userId', 'r.workspaceId', 'r.storageKey', 'r.title', 'r.sizeBytes', 'r.mediaType'] as const),
      ...(['r.durationMs', 'r.state', 'r.reason', 'r.createdAt'] as const),
      sql<Transcript | null>`r.transcript`.as('transcript'),
    ])
    .where('c.deletedAt', 'is', null)

export type RecordingRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

/** The recording of a thought of one's own that is there. */
export const recordingById = (db: PlannerDb, userId: string, id: string) =>
  shown(db).where('r.id', '=', id).where('r.userId', '=', userId)

export const lockedRecording = (tx: PlannerTx, userId: string, id: string) =>
  recordingById(tx, userId, id).forUpdate('r')

export async function insertRecording(
  tx: PlannerTx,
  recording: {
    readonly id: string
    readonly workspaceId: string
    readonly userId: string
    readonly uploadId: string
    readonly storageKey: string
    readonly title: string | null
  },
): Promise<void> {
  await tx
    .insertInto('planner.recordings')
    .values({ ...recording, state: 'uploading' })
    .execute()
}

/** The last byte is there. Returns whose recording it is. */
export const markListening = (tx: PlannerTx, uploadId: string, sizeBytes: number) =>
  tx
    .updateTable('planner.recordings')
    .set((eb) => ({ sizeBytes, state: 'listening' as const, version: eb('version', '+', 1) }))
    .where('uploadId', '=', uploadId)
    .where('state', '=', 'uploading')
    .returning(['id', 'userId', 'workspaceId'])
    .executeTakeFirst()

export const recordingOfUpload = (tx: PlannerTx, uploadId: string) =>
  tx.selectFrom('planner.recordings').select('id').where('uploadId', '=', uploadId).executeTakeFirst()

export async function updateRecording(
  tx: PlannerTx,
  id: string,
  {
    transcript,
    ...patch
  }: {
    readonly state: RecordingState
    readonly reason: string | null
    readonly mediaType?: string
    readonly durationMs?: number
    readonly transcript?: Transcript
  },
  at: Date,
): Promise<void> {
  await tx
    .updateTable('planner.recordings')
    .set((eb) => ({
      ...patch,
      ...(transcript === undefined ? {} : { transcript: JSON.stringify(transcript) }),
      updatedAt: at,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute()
}
