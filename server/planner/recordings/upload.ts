import { InvalidInput } from '#platform/http/problems.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import { defineUploadPurpose } from '#platform/uploads/purposes.ts'
import { isTimeZone } from '#kernel/time-zone.ts'
import { CaptureMode } from '../captures/schema.ts'
import { beginSpoken, giveUpSpoken } from '../captures/spoken.ts'
import { titleOf } from '../captures/title.ts'
import type { Tables } from '../tables.ts'
import { personOf } from '../tasks/service.ts'
import { hearRecordingJob } from './jobs.ts'
import { insertRecording, markListening, recordingOfUpload } from './queries.ts'

const MIB = 1024 ** 2

/**
 * Uploads that become thoughts, spoken or filmed: `Upload-Metadata` may say `title`, `mode`, `timeZone` and `locale` as a
 * capture does. The thought stands from creation; it has no words before somebody has heard them.
 */
export const noteUploads = defineUploadPurpose<Tables>({
  name: 'note',
  maxBytes: 512 * MIB,
  types: ['audio/', 'video/'],
  onCreate: async (tx, ctx, upload) => {
    const { userId, workspaceId } = personOf(ctx)
    const said = (name: string): string | null => upload.metadata.get(name) ?? null
    const [timeZone, mode, locale] = [said('timeZone') ?? 'UTC', said('mode') ?? 'manual', said('locale') ?? 'en']
    if (!isTimeZone(timeZone)) throw refused('timeZone', 'is no IANA time zone')
    const known = CaptureMode.find((word) => word === mode)
    if (known === undefined) throw refused('mode', `must be one of ${CaptureMode.join(', ')}`)
    if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/.test(locale)) throw refused('locale', 'is no name of a language')
    const id = await beginSpoken(tx, { userId, workspaceId, mode: known, timeZone, locale })
    const title = titleOf(said('title') ?? said('filename') ?? '')
    const { id: uploadId, storageKey } = upload
    await insertRecording(tx, { id, userId, workspaceId, uploadId, storageKey, title })
    return { resourceHeader: ['Airdate-Capture-Id', id] }
  },
  onComplete: async (tx, upload) => {
    const row = await markListening(tx, upload.id, upload.lengthBytes ?? 0)
    if (row === undefined) return
    const { id: captureId, userId, workspaceId } = row
    await enqueue(tx, hearRecordingJob, { captureId, userId, workspaceId })
  },
  onAbandon: async (tx, upload) => {
    const row = await recordingOfUpload(tx, upload.id)
    if (row !== undefined) await giveUpSpoken(tx, row.id)
  },
})

const refused = (name: string, detail: string) =>
  InvalidInput({ errors: [{ pointer: `Upload-Metadata/${name}`, detail }] })
