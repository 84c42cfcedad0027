import { expect, test } from 'vitest'
import { makeMedia } from '#tests/support/media.ts'
import { runCampaign } from './campaign.ts'
import { Upload, sourceOf } from './client.ts'
import { firstWorkerIn, workersIn } from './processes.ts'
import { rest } from './proof.ts'
import { newDataFolder, startServer, tokenOf } from './server.ts'
import { soundSource } from './sources.ts'

/*
 * The seed is printed by the name of the test; `node bench/kill.ts --kills 100 --seed N` is the long form, with longer
 * videos. This seed kills one video in its phases in their order, twice the whole tree and twice the main process.
 */
const SEED = 20_261_157

test(`killed in upload, probe, encode and packaging (seed ${SEED}), every video is ready exactly once and nothing is left`, async () => {
  await using folder = newDataFolder('kill')
  const sources = [await soundSource(26, 10)]
  const { kills, ...campaign } = await runCampaign({ seed: SEED, kills: 4, dataDir: folder.path, sources })
  expect(campaign).toMatchObject({ faults: [], exitCode: 0 })
  expect(kills.map(({ phase }) => phase).toSorted()).toEqual(['encode', 'package', 'probe', 'upload'])
}, 600_000)

test('told to end in the middle of an encode, the server gives the job back, ends in order, and the next start finishes it', async () => {
  await using folder = newDataFolder('term')
  const server = await startServer(folder.path)
  const token = await tokenOf(folder.path)
  const args = ['-f', 'lavfi', '-i', 'testsrc2=s=256x144:r=20:d=14', '-c:v', 'libx264', '-preset', 'ultrafast']
  const source = sourceOf('term.mp4', await makeMedia('kill-term.mp4', args))
  const upload = await Upload.begin({ url: server.url, token }, source)
  await upload.send({ url: server.url, token }, source.bytes.length)
  // What is frozen is not done when the time of grace is over, however fast the machine.
  const encoder = await firstWorkerIn(folder.path, /^ffmpeg .*libx264/)
  process.kill(encoder.identity.pid, 'SIGSTOP')
  server.signal('SIGTERM')
  expect(await server.ended).toEqual({ code: 0, signal: null })
  expect(workersIn(folder.path)).toEqual([])

  const next = await startServer(folder.path)
  await rest(next, 120_000)
  expect(await next.sql('select state from stream.videos')).toEqual([{ state: 'ready' }])
  expect(await next.sql('select outcome from platform.job_attempts')).toEqual([])
  next.signal('SIGTERM')
  expect(await next.ended).toEqual({ code: 0, signal: null })
}, 600_000)
