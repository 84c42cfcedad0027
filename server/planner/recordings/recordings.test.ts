import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectAi } from '#commons/ai/fixtures/connections.ts'
import { type TestApp, keyed, testApp } from '#tests/support/app.ts'
import { givenMember } from '#tests/support/attacks.ts'
import { makeMedia } from '#tests/support/media.ts'
import { type AiDouble, aiDouble } from '../../../tests/doubles/ai/double.ts'
import type { Capture } from '../captures/schema.ts'
import type { Recording } from './schema.ts'

const CAPTURES = '/api/v1/planner/captures'
const TUS = { 'Tus-Resumable': '1.0.0' }

let airdate: TestApp
let workspaceId = ''
let sound: Buffer
let ai: AiDouble
beforeAll(async () => {
  airdate = await testApp({ roles: ['api', 'worker'] })
  ai = await aiDouble()
  const [here] = (await airdate.call('GET', '/api/v1/workspaces')).json<{ items: { id: string }[] }>().items
  workspaceId = here?.id ?? ''
  const path = await makeMedia('spoken-note.webm', [
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', '-c:a', 'libopus', '-f', 'webm'],
  ])
  sound = await readFile(path)
})
afterAll(async () => {
  await airdate[Symbol.asyncDispose]()
  await ai[Symbol.asyncDispose]()
})

const coded = (metadata: Record<string, string>): string =>
  Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')

async function begun(metadata: Record<string, string>, body?: Buffer) {
  const headers = {
    ...TUS,
    ...{ 'Upload-Length': String(sound.length), 'Upload-Metadata': coded({ purpose: 'note', ...metadata }) },
    ...(body && { 'Content-Type': 'application/offset+octet-stream' }),
  }
  return airdate.call('POST', '/api/v1/uploads', { headers, ...(body && { body }) })
}
const recording = async (id: string): Promise<Recording> =>
  (await airdate.call('GET', `${CAPTURES}/${id}/recording`)).json<Recording>()
const capture = async (id: string): Promise<Capture> => (await airdate.call('GET', `${CAPTURES}/${id}`)).json<Capture>()

async function recorded(body = sound): Promise<string> {
  const reply = await begun({ title: 'On the way home', timeZone: 'Europe/London' }, body)
  expect(reply.status, reply.bytes.toString()).toBe(201)
  const id = reply.headers.get('airdate-capture-id') ?? ''
  await expect.poll(async () => (await recording(id)).state, { timeout: 10_000 }).not.toBe('listening')
  return id
}

describe('a recording', () => {
  test('is kept, in the inbox and playable where nobody is connected who could write it down', async () => {
    const id = await recorded()
    expect(await recording(id)).toMatchObject({
      ...{ state: 'kept', reason: 'transcription_not_connected', mediaType: 'audio/webm', transcript: null },
      ...{ title: 'On the way home', sizeBytes: sound.length },
    })
    expect((await recording(id)).durationMs).toBeGreaterThan(900)
    const { taskId, text, state } = await capture(id)
    expect([text, state]).toEqual(['', 'kept'])
    expect((await airdate.call('GET', `/api/v1/planner/tasks/${taskId}`)).json()).toMatchObject({
      ...{ title: 'On the way home', status: 'inbox' },
    })
    const file = await airdate.call('GET', `${CAPTURES}/${id}/recording/file`)
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'audio/webm'])
    expect(file.bytes.equals(sound)).toBe(true)
    const headers = { Range: 'bytes=10-19' }
    const part = await airdate.call('GET', `${CAPTURES}/${id}/recording/file`, { headers })
    expect([part.status, part.bytes.equals(sound.subarray(10, 20))]).toEqual([206, true])
    const beyond = await airdate.call('GET', `${CAPTURES}/${id}/recording/file`, {
      headers: { Range: 'bytes=99999999-' },
    })
    expect(beyond.status).toBe(416)
  })

  test('that is none is kept with what is wrong with it', async () => {
    const id = await recorded(Buffer.alloc(sound.length, 'x'))
    expect(await recording(id)).toMatchObject({ state: 'kept', reason: 'unsupported_media', mediaType: null })
  })

  test('is written down and split once somebody is connected', async () => {
    const id = await recorded()
    await connectAi({ db: airdate.db }, { workspaceId, url: ai.url, models: { transcription: 'a-model-that-hears' } })
    ai.answer({ transcript: { text: 'call Ana tomorrow and pay the rent' } })
    const again = await airdate.call('POST', `${CAPTURES}/${id}/recording/transcription`, { headers: keyed() })
    expect([again.status, again.json()['state']]).toEqual([202, 'listening'])
    await expect.poll(async () => (await capture(id)).state, { timeout: 10_000 }).toBe('split')
    const { text, proposal, taskIds } = await capture(id)
    expect(text).toBe('call Ana tomorrow and pay the rent')
    expect(proposal?.tasks.map(({ title }) => title)).toEqual(['Call Ana', 'Pay the rent'])
    expect(taskIds.length).toBe(1)
    const { state, reason, transcript } = await recording(id)
    expect([state, reason, transcript?.text]).toEqual(['transcribed', null, text])
    const more = await airdate.call('POST', `${CAPTURES}/${id}/recording/transcription`, { headers: keyed() })
    expect(more.json()['type']).toBe('/problems/planner/recording-not-kept')
  })

  test('that is given up leaves nothing', async () => {
    const reply = await begun({})
    const id = reply.headers.get('airdate-capture-id') ?? ''
    expect((await recording(id)).state).toBe('uploading')
    expect((await airdate.call('GET', `${CAPTURES}/${id}/recording/file`)).status).toBe(404)
    await airdate.call('DELETE', reply.headers.get('location') ?? '', { headers: TUS })
    expect((await airdate.call('GET', `${CAPTURES}/${id}`)).status).toBe(404)
  })

  test.each([{ mode: 'magic' }, { timeZone: 'Mars/Olympus' }, { locale: 'x' }])(
    'is refused with %j',
    async (metadata) => {
      expect((await begun(metadata)).status).toBe(400)
    },
  )

  test('is its person’s alone, the owner of the workspace included', async () => {
    const id = await recorded()
    const { token } = await givenMember(airdate, { workspaceId, role: 'owner' })
    for (const path of ['', '/file'])
      expect((await airdate.call('GET', `${CAPTURES}/${id}/recording${path}`, { token })).status).toBe(404)
  })
})
