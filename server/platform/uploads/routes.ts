import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type RouteDefinition, route } from '../http/route.ts'
import { StorageFull, StorageUnavailable, StorageUnwritable } from '../storage/storage.ts'
import { CHECKSUM_ALGORITHMS, demandTus } from './headers.ts'
import * as problems from './problems.ts'
import type { UploadRow } from './queries.ts'
import { UPLOADS_PATH, appendToUpload, createUpload, standingOf, terminateUpload } from './service.ts'
import type { Uploads } from './uploads.ts'

const { TUS_VERSION, UnsupportedTusVersion, MethodOverrideRefused, UploadNotFound, UploadGone, UploadLocked } = problems
const { BadUploadHeader, BadUploadMetadata, BadConcatenation, UnknownPurpose, UnsupportedChecksum } = problems
const { UploadTimeout, UploadTooLarge, WrongContentType, ChecksumMismatch } = problems

const EXTENSIONS = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'expiration',
  'checksum',
  'termination',
  'concatenation',
]

// What the requests of the protocol say in their headers, for the description.
const VERSION = { 'Tus-Resumable': 'Always `1.0.0`.' }
const CHUNK = {
  'Content-Type': '`application/offset+octet-stream` when there are bytes.',
  'Upload-Checksum': '`sha1` or `sha256`, a space, and the digest of the body in base64.',
}
const CREATION = {
  'Upload-Length': 'Bytes in all.',
  'Upload-Defer-Length': '`1` when the length is told later.',
  'Upload-Metadata': '`key base64,key base64`: `filename`, `purpose` (`video`), `title`, `visibility`.',
  'Upload-Concat': '`partial`, or `final;` and the addresses of the parts.',
}

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const COMMON = [UnsupportedTusVersion, MethodOverrideRefused]
const BODY = [BadUploadHeader, UnsupportedChecksum, WrongContentType, UploadTooLarge, ChecksumMismatch, UploadTimeout]
const STORAGE = [UploadLocked, StorageFull, StorageUnwritable, StorageUnavailable]

/** The tus 1.0.0 routes (tus.io/protocols/resumable-upload), with `uploads` as what they share in this process. */
export function uploadRoutes(uploads: Uploads): RouteDefinition[] {
  return [
    route({
      ...{ id: 'uploadOptions', method: 'OPTIONS', path: UPLOADS_PATH, tag: 'uploads', permission: 'public' },
      summary: 'What this tus server can do',
      ok: [204, null],
      handler: async (_ctx, { reply }) => answer(reply, 204, capabilities(uploads)),
    }),
    route({
      ...{ id: 'createUpload', method: 'POST', path: UPLOADS_PATH, tag: 'uploads', permission: 'upload:write' },
      summary: 'Creates an upload (tus creation, creation-with-upload, concatenation)',
      headers: { ...VERSION, ...CREATION, ...CHUNK },
      ok: [201, null],
      problems: [
        ...[...COMMON, ...BODY, ...STORAGE, BadUploadMetadata, BadConcatenation, UnknownPurpose],
        ...[problems.UnsupportedFileType, UploadNotFound, UploadGone],
      ],
      streaming: true,
      handler: (ctx, { request, reply }) =>
        speakingTus(request, reply, async () => {
          const { row, resourceHeader } = await createUpload(ctx, uploads, tusRequest(request))
          if (resourceHeader !== null) reply.header(...resourceHeader)
          answer(reply, 201, { Location: `${UPLOADS_PATH}/${row.id}`, ...offsetHeaders(row), ...expiryHeader(row) })
        }),
    }),
    route({
      ...{
        id: 'uploadOffset',
        method: 'HEAD',
        path: `${UPLOADS_PATH}/:id`,
        tag: 'uploads',
        permission: 'upload:write',
      },
      limit: 'upload',
      summary: 'How far an upload is',
      params: Params,
      headers: VERSION,
      ok: [200, null],
      problems: [...COMMON, UploadNotFound, UploadGone, StorageUnwritable, StorageUnavailable],
      streaming: true,
      handler: (ctx, { params, request, reply }) =>
        speakingTus(request, reply, async () => {
          const row = await standingOf(ctx, uploads, params.id)
          answer(reply, 200, { ...offsetHeaders(row), ...describingHeaders(row), ...expiryHeader(row) })
        }),
    }),
    route({
      ...{
        id: 'appendToUpload',
        method: 'PATCH',
        path: `${UPLOADS_PATH}/:id`,
        tag: 'uploads',
        permission: 'upload:write',
      },
      limit: 'upload',
      summary: 'Appends bytes to an upload',
      params: Params,
      headers: { ...VERSION, 'Upload-Offset': 'Where the body belongs.', ...CHUNK },
      ok: [204, null],
      problems: [
        ...[...COMMON, ...BODY, ...STORAGE, UploadNotFound, UploadGone],
        ...[problems.ConcatenatedUpload, problems.WrongOffset, problems.UploadComplete],
      ],
      streaming: true,
      handler: (ctx, { params, request, reply }) =>
        speakingTus(request, reply, async () => {
          const row = await appendToUpload(ctx, uploads, params.id, tusRequest(request))
          answer(reply, 204, { ...offsetHeaders(row), ...expiryHeader(row) })
        }),
    }),
    route({
      ...{
        id: 'terminateUpload',
        method: 'DELETE',
        path: `${UPLOADS_PATH}/:id`,
        tag: 'uploads',
        permission: 'upload:write',
      },
      summary: 'Ends an unfinished upload',
      params: Params,
      headers: VERSION,
      ok: [204, null],
      problems: [...COMMON, UploadNotFound, problems.UploadComplete, UploadLocked],
      streaming: true,
      handler: (ctx, { params, request, reply }) =>
        speakingTus(request, reply, async () => {
          await terminateUpload(ctx, uploads, params.id)
          answer(reply, 204, {})
        }),
    }),
  ]
}

function capabilities(uploads: Uploads): Record<string, string> {
  return {
    'Tus-Resumable': TUS_VERSION,
    'Tus-Version': TUS_VERSION,
    'Tus-Extension': EXTENSIONS.join(','),
    'Tus-Max-Size': String(uploads.maxBytes),
    'Tus-Checksum-Algorithm': CHECKSUM_ALGORITHMS.join(','),
    'Cache-Control': 'no-store',
  }
}

/** Demands the protocol and sees that every answer, problems too, speaks it and that no proxy keeps it. */
async function speakingTus(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<void>,
): Promise<undefined> {
  reply.headers({ 'Tus-Resumable': TUS_VERSION, 'Cache-Control': 'no-store' })
  try {
    demandTus(request.headers)
    await work()
  } catch (error) {
    discardBody(request.raw)
    throw error
  }
}

// A client that is told no while it still sends reads the answer only when its bytes are taken off its hands; more than
// this it shall not have for nothing.
const DISCARDED_BYTES = 16 * 1024 * 1024
const DISCARD_MS = 10_000

function discardBody(source: IncomingMessage): void {
  if (source.readableEnded || source.destroyed) return
  let left = DISCARDED_BYTES
  const timer = setTimeout(() => source.socket.destroy(), DISCARD_MS)
  source.on('data', (piece: Buffer) => {
    left -= piece.length
    if (left < 0) source.socket.destroy()
  })
  source.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer))
  source.on('error', () => clearTimeout(timer))
  source.resume()
}

function tusRequest({ raw }: FastifyRequest): { headers: IncomingMessage['headers']; source: IncomingMessage } {
  return { headers: raw.headers, source: raw }
}

function answer(reply: FastifyReply, status: number, headers: Record<string, string>): undefined {
  reply.code(status).headers(headers).send()
}

/** The offset of a final upload is not told before its parts have been put together (tus, concatenation). */
function offsetHeaders(row: UploadRow): Record<string, string> {
  return row.state === 'assembling' ? {} : { 'Upload-Offset': String(row.offsetBytes) }
}

function describingHeaders(row: UploadRow): Record<string, string> {
  const concat =
    row.kind === 'final' ? `final;${(row.partIds ?? []).map((id) => `${UPLOADS_PATH}/${id}`).join(' ')}` : 'partial'
  return {
    ...(row.lengthBytes === null ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(row.lengthBytes) }),
    ...(row.metadata === '' ? {} : { 'Upload-Metadata': row.metadata }),
    ...(row.kind === 'whole' ? {} : { 'Upload-Concat': concat }),
  }
}

/** When an unfinished upload will be removed (tus, expiration). */
function expiryHeader(row: UploadRow): Record<string, string> {
  return row.state === 'complete' ? {} : { 'Upload-Expires': row.expiresAt.toUTCString() }
}
