import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '#kernel/clock.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { fileSize, readPieces } from '#platform/storage/files.ts'

/** What the demo sees of a video over the public API. */
export interface DemoVideo {
  readonly id: string
  readonly state: 'uploading' | 'uploaded' | 'probing' | 'encoding' | 'ready' | 'failed'
  readonly playable: boolean
  readonly progress: number
  readonly durationMs: number | null
  readonly failure: { readonly code: string; readonly detail: string } | null
  readonly playback: { readonly hlsUrl: string } | null
  /** When this answer came. */
  readonly seenAt: string
}

interface Upload {
  readonly url: string
  readonly token: string
  readonly file: string
  readonly title: string
}

const PIECE_BYTES = 8 * 1024 * 1024
/** How often the demo asks how far it is. */
export const POLL_MS = 250

const encoded = (text: string): string => Buffer.from(text).toString('base64')

/** Uploads a file by tus, as any client would. Returns the id of its video. */
export async function upload(wanted: Upload, onProgress: (fraction: number) => void): Promise<string> {
  const { url, token, file, title } = wanted
  const sizeBytes = await fileSize(file)
  if (sizeBytes === null) throw new StartFailure(`${file} cannot be read`)
  const metadata = { filename: file.slice(file.lastIndexOf('/') + 1), title, purpose: 'video', visibility: 'unlisted' }
  const created = await fetch(`${url}/api/v1/uploads`, {
    method: 'POST',
    headers: {
      ...{ Authorization: `Bearer ${token}`, 'Tus-Resumable': '1.0.0', 'Upload-Length': String(sizeBytes) },
      'Upload-Metadata': Object.entries(metadata)
        .map(([name, value]) => `${name} ${encoded(value)}`)
        .join(','),
    },
  })
  await expectStatus(created, [201])
  const location = new URL(created.headers.get('location') ?? '', url)
  let offset = 0
  for await (const piece of gathered(readPieces(file), PIECE_BYTES)) {
    const patched = await fetch(location, {
      method: 'PATCH',
      headers: {
        ...{ Authorization: `Bearer ${token}`, 'Tus-Resumable': '1.0.0', 'Upload-Offset': String(offset) },
        'Content-Type': 'application/offset+octet-stream',
      },
      body: new Uint8Array(piece),
    })
    await expectStatus(patched, [204])
    offset += piece.length
    onProgress(offset / sizeBytes)
  }
  return created.headers.get('airdate-video-id') ?? ''
}

/** Joins small pieces to ones of about `sizeBytes`. */
async function* gathered(pieces: AsyncIterable<Buffer>, sizeBytes: number): AsyncIterable<Buffer> {
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of pieces) {
    held.push(piece)
    heldBytes += piece.length
    if (heldBytes < sizeBytes) continue
    yield Buffer.concat(held)
    held = []
    heldBytes = 0
  }
  if (heldBytes > 0) yield Buffer.concat(held)
}

/** Follows a video until it is ready or has failed, and returns its last state. */
export async function follow(
  url: string,
  token: string,
  videoId: string,
  onChange: (video: DemoVideo) => void,
): Promise<DemoVideo> {
  for (;;) {
    const reply = await fetch(`${url}/api/v1/stream/videos/${videoId}`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    await expectStatus(reply, [200])
    const video: DemoVideo = { ...((await reply.json()) as DemoVideo), seenAt: systemClock.now().toISOString() }
    onChange(video)
    if (video.state === 'ready' || video.state === 'failed') return video
    await delay(POLL_MS)
  }
}

/** @throws StartFailure with what the server says when it answers otherwise */
export async function expectStatus(reply: Response, statuses: readonly number[]): Promise<void> {
  if (statuses.includes(reply.status)) return
  const problem = (await reply.json().catch(() => ({}))) as { title?: string; detail?: string }
  throw new StartFailure(
    `the server answered ${reply.status}: ${problem.detail ?? problem.title ?? 'without a reason'}`,
  )
}
