import { type TestApp, testApp } from './app.ts'
import { readBytes } from '#platform/storage/files.ts'
import { smallFilm } from './walk.ts'

/**
 * Films that play, in a house in which nobody works: somebody comes for them and leaves. Each belongs to whose token is
 * given, in this visibility; returns their ids in order.
 */
export async function givenFilms(
  app: TestApp,
  wanted: readonly { readonly token: string; readonly title: string; readonly visibility: string }[],
): Promise<string[]> {
  await using _worker = await testApp({ roles: ['worker'], beside: app })
  const bytes = await readBytes(await smallFilm())
  const ids = await Promise.all(
    wanted.map(async ({ token, title }) => {
      const metadata = `title ${Buffer.from(title).toString('base64')},visibility ${Buffer.from('unlisted').toString('base64')}`
      const reply = await app.call('POST', '/api/v1/uploads', {
        ...{ token, body: bytes },
        headers: {
          ...{ 'Content-Type': 'application/offset+octet-stream', 'Tus-Resumable': '1.0.0' },
          ...{ 'Upload-Length': String(bytes.length), 'Upload-Metadata': metadata },
        },
      })
      return reply.headers.get('airdate-video-id') ?? ''
    }),
  )
  // who waits may see them while they are not private
  for (const id of ids) await app.settled(id)
  for (const [at, { token, visibility }] of wanted.entries()) {
    const reply = await app.call('PATCH', `/api/v1/stream/videos/${ids[at]}`, { token, body: { visibility } })
    if (reply.status !== 200) throw new Error(`film: ${reply.status} ${reply.bytes.toString()}`)
  }
  return ids
}
