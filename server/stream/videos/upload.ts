import { systemClock } from '#kernel/clock.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import type { UploadMetadata } from '#platform/uploads/metadata.ts'
import { defineUploadPurpose } from '#platform/uploads/purposes.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { probeVideoJob } from '../encoding/jobs.ts'
import type { Tables } from '../tables.ts'
import { Visibility } from './schema.ts'
import { abandonVideo, beginVideo, markUploaded } from './service.ts'

const GIB = 1024 ** 3
const TITLE_LENGTH = 200
const UNTITLED = 'Untitled'

/** Uploads that become videos: the row stands from creation, the last byte sets the encoding going. */
export const videoUploads = defineUploadPurpose<Tables>({
  name: 'video',
  maxBytes: 256 * GIB,
  onCreate: async (tx, _ctx, upload) => {
    const visibility = visibilityOf(upload.metadata.get('visibility'))
    const id = await beginVideo(tx, upload, { title: titleOf(upload.metadata), visibility })
    return { resourceHeader: ['Airdate-Video-Id', id] }
  },
  onComplete: async (tx, upload) => {
    const original = { key: upload.storageKey, sizeBytes: upload.lengthBytes ?? 0 }
    const videoId = await markUploaded(tx, upload.id, original, systemClock.now())
    if (videoId !== null) await enqueue(tx, probeVideoJob, { videoId })
  },
  onAbandon: (tx, upload) => abandonVideo(tx, upload.id),
})

function visibilityOf(said: string | null | undefined): Visibility {
  const visibility = said ?? 'private'
  const known = Visibility.find((word) => word === visibility)
  if (known !== undefined) return known
  const detail = `visibility must be one of ${Visibility.join(', ')}`
  throw InvalidInput({ errors: [{ pointer: 'Upload-Metadata/visibility', detail }] })
}

/** The title that was given, else the file's name without its ending. */
function titleOf(metadata: UploadMetadata): string {
  const fromName = (metadata.get('filename') ?? '').replace(/\.[A-Za-z0-9]{1,5}$/, '').replaceAll(/[_\s]+/g, ' ')
  const title = (metadata.get('title') ?? fromName).trim()
  return [...(title === '' ? UNTITLED : title)].slice(0, TITLE_LENGTH).join('')
}
