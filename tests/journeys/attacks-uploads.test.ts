import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBytes } from '#platform/storage/files.ts'
import type { Video } from '#stream'
import { type Reply, type TestApp, testApp } from '#tests/support/app.ts'
import { filesBelow, metadataOf, videoIdOf } from '#tests/support/attacks.ts'
import { smallFilmBytes } from '#tests/support/walk.ts'

const VIDEOS = '/api/v1/stream/videos'
const UPLOADS = '/api/v1/uploads'
const TUS = { 'Tus-Resumable': '1.0.0' }
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' }

let airdate: TestApp
beforeAll(async () => {
  airdate = await testApp()
})
afterAll(() => airdate[Symbol.asyncDispose]())

describe('uploads over the whole server (B6, B7, B12)', () => {
  const at = (reply: Reply): string => reply.headers.get('location') ?? ''
  const rows = async (): Promise<number> => {
    const [row] = await airdate.db.sql<{ count: number }>('select count(*)::int from stream.videos')
    return row?.count ?? -1
  }

  test.each([String(2 ** 50), String(2n ** 70n), '-1', 'NaN', '1e3', '0x10', '', ' '])(
    'a length of %j makes neither a video nor a file',
    async (length) => {
      const [videos, files] = [await rows(), await filesBelow(join(airdate.dataDir, 'files'))]
      const reply = await airdate.call('POST', UPLOADS, { headers: { ...TUS, 'Upload-Length': length } })
      expect([400, 413]).toContain(reply.status)
      expect(reply.json()['type']).toMatch(/^\/problems\/uploads\/(?:bad-header|too-large)$/)
      expect([await rows(), await filesBelow(join(airdate.dataDir, 'files'))]).toEqual([videos, files])
    },
  )

  test('what is sent wrong, twice and out of order is the file that was sent, or nothing', async () => {
    const film = await smallFilmBytes()
    const third = Math.floor(film.length / 3)
    const [one, two, three] = [film.subarray(0, third), film.subarray(third, 2 * third), film.subarray(2 * third)]
    const created = await airdate.call('POST', UPLOADS, {
      headers: { ...TUS, 'Upload-Length': String(film.length), 'Upload-Metadata': metadataOf({ title: 'Pieces' }) },
    })
    const [path, videoId] = [at(created), videoIdOf(created)]
    const send = (offset: number, body: Buffer, headers: Record<string, string> = {}): Promise<Reply> =>
      airdate.call('PATCH', path, { body, headers: { ...BYTES, 'Upload-Offset': String(offset), ...headers } })
    const sha1 = (bytes: Buffer): string => `sha1 ${createHash('sha1').update(bytes).digest('base64')}`
    expect((await send(0, one, { 'Upload-Checksum': sha1(two) })).status).toBe(460)
    expect((await send(third, two)).status).toBe(409)
    expect((await send(0, one, { 'Upload-Checksum': sha1(one) })).status).toBe(204)
    expect((await send(0, one)).status).toBe(409)
    const state = async (): Promise<string> => (await airdate.call('GET', `${VIDEOS}/${videoId}`)).json<Video>().state
    expect(await state()).toBe('uploading')
    // Two clients with the same piece: one writes it, or one after the other finds it there.
    const pair = await Promise.all([send(third, two), send(third, two)])
    expect(pair.map(({ status }) => status)).toContain(204)
    expect((await send(2 * third, Buffer.concat([three, Buffer.from('more')]))).status).toBe(413)
    expect(await state()).toBe('uploading')
    expect((await send(2 * third, three)).status).toBe(204)
    expect((await send(film.length, Buffer.from('more'))).status).toBe(409)
    expect(await airdate.settled(videoId)).toMatchObject({ state: 'ready', title: 'Pieces' })
    const [original] = await airdate.db.sql<{ key: string }>(
      'select original_key as key from stream.videos where id = $1',
      [videoId],
    )
    const stored = await readBytes(join(airdate.dataDir, 'files', original?.key ?? ''))
    expect(stored.equals(film)).toBe(true)
  })

  test('a client that vanishes can carry on; one that gives up leaves no video', async () => {
    const created = await airdate.call('POST', UPLOADS, { headers: { ...TUS, 'Upload-Length': '1000000' } })
    const { hostname, port } = new URL(airdate.url)
    const socket = connect({ host: hostname, port: Number(port) })
    await once(socket, 'connect')
    const lines = {
      ...BYTES,
      Host: 'x',
      Authorization: `Bearer ${airdate.token}`,
      'Upload-Offset': '0',
      'Content-Length': '1000000',
    }
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
    const bytes = `PATCH ${at(created)} HTTP/1.1\r\n${head.join('')}\r\n${'x'.repeat(200_000)}`
    await new Promise((resolve) => socket.write(bytes, resolve))
    socket.destroy()
    const offset = Number((await airdate.call('HEAD', at(created), { headers: TUS })).headers.get('upload-offset'))
    expect(offset).toBeLessThanOrEqual(200_000)
    expect((await airdate.call('GET', `${VIDEOS}/${videoIdOf(created)}`)).json<Video>().state).toBe('uploading')
    const remove = (): Promise<Reply> => airdate.call('DELETE', at(created), { headers: TUS })
    let removed = await remove()
    // The writer is asked to stop, and lets go when it has stored what it has.
    while (removed.status === 423) removed = await remove()
    expect(removed.status).toBe(204)
    expect((await airdate.call('GET', `${VIDEOS}/${videoIdOf(created)}`)).status).toBe(404)
    const upload = at(created).slice(at(created).lastIndexOf('/') + 1)
    expect((await filesBelow(airdate.dataDir)).filter((name) => name.includes(upload))).toEqual([])
  })
})
