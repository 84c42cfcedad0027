import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser } from '../tests/support/browser.ts'
import { type PlaybackReport, playThrough } from '../tests/support/playback.ts'
import { type DemoVideo, follow, upload } from '../server/cli/demo-client.ts'
import { startServer } from './stream/server.ts'

/*
 * Uploads every file of a folder to a fresh server and plays what became of it in headless Chromium, with hls.js from the
 * master playlist and with shaka from the MPD: from the start, seeking about, up and down the ladder, to the end.
 * `node bench/players.ts FOLDER`; exits with 1 when a video stalls or errs. Files that cannot become a video are told.
 */

const source = process.argv[2]
if (source === undefined) throw new Error('usage: node bench/players.ts FOLDER')

type Ready = DemoVideo & { readonly playback: { readonly hlsUrl: string; readonly dashUrl: string } }

const folder = await mkdtemp(join(tmpdir(), 'airdate-players-'))
let faults = 0
try {
  await using server = await startServer(join(folder, 'data'))
  await using browser = await openBrowser()
  for (const name of (await readdir(source)).toSorted()) {
    const file = join(source, name)
    const id = await upload({ url: server.url, token: server.token, file, title: name }, () => undefined)
    const video = (await follow(server.url, server.token, id, () => undefined)) as Ready
    if (video.state !== 'ready') {
      process.stdout.write(`${name}: ${video.failure?.code}: ${video.failure?.detail}\n`)
      continue
    }
    for (const engine of ['hls', 'shaka'] as const) {
      const { page } = await browser.page()
      const url = engine === 'hls' ? video.playback.hlsUrl : video.playback.dashUrl
      tell(name, engine, await playThrough(page, url, { engine }))
      await page.close()
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = faults === 0 ? 0 : 1

function tell(name: string, engine: string, report: PlaybackReport): void {
  const isFine =
    report.errors.length === 0 && report.stalls === 0 && report.ended && report.seeks.every((seek) => seek.ok)
  if (!isFine) faults += 1
  process.stdout.write(`${isFine ? 'fine ' : 'FAULT'} ${name} ${engine}: ${JSON.stringify(report)}\n`)
}
