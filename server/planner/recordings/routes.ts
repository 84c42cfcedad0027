import { type RouteDefinition, route } from '#platform/http/route.ts'
import { StorageUnavailable } from '#platform/storage/storage.ts'
import { Recording, RecordingParams } from './schema.ts'
import {
  RecordingNotFound,
  RecordingNotKept,
  RecordingRange,
  hearAgain,
  ownRecording,
  recordingFile,
} from './service.ts'

const tag = 'Planner: captures'
const AT = '/api/v1/planner/captures/:id/recording'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'getRecording',
    method: 'GET',
    path: AT,
    summary:
      'What is known of the recording of a thought, uploaded with the purpose `note`; what is said in it, where a provider is connected',
    tag,
    permission: 'capture:read',
    params: RecordingParams,
    ok: [200, Recording],
    problems: [RecordingNotFound],
    handler: (ctx, { params, reply }) => {
      reply.header('Cache-Control', 'private, no-store')
      return ownRecording(ctx, params.id)
    },
  }),
  route({
    id: 'getRecordingFile',
    method: 'GET',
    path: `${AT}/file`,
    summary: 'The recording itself, to be played',
    tag,
    permission: 'capture:read',
    params: RecordingParams,
    ok: [200, '*/*'],
    also: [[206, '*/*']],
    headers: { Range: 'One range of bytes; several are refused with 416.' },
    problems: [RecordingNotFound, RecordingRange, StorageUnavailable],
    handler: async (ctx, { params, request, reply }) => {
      const { status, headers, body } = await recordingFile(ctx, params.id, request.headers.range)
      return reply.code(status).headers(headers).send(body)
    },
  }),
  route({
    id: 'transcribeRecording',
    method: 'POST',
    path: `${AT}/transcription`,
    summary: 'Have a recording without words listened to again, such as after a provider was connected',
    idempotency: 'required',
    tag,
    permission: 'capture:write',
    params: RecordingParams,
    ok: [202, Recording],
    problems: [RecordingNotFound, RecordingNotKept],
    handler: (ctx, { params }) => hearAgain(ctx, params.id),
  }),
]

export default routes
