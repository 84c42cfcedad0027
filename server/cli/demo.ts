import { join, resolve } from 'node:path'
import { systemClock } from '#kernel/clock.ts'
import { newId } from '#kernel/ids.ts'
import type { Config, Flags } from '#platform/config/config.ts'
import { ExitCode, StartFailure, listenFault } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { makeFolder, renameDurably, writeQuickly } from '#platform/config/files.ts'
import { fileSize } from '#platform/storage/files.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { type DemoVideo, follow, upload } from './demo-client.ts'
import { holdDataFolder } from './hold.ts'
import { printJson, progress, say } from './output.ts'
import { withConfig } from './settings.ts'
import { stopping } from './stopping.ts'

interface DemoFlags extends Flags {
  /** A clip of the user's own; absent: one is made. */
  readonly file?: string
  /** Ends when the video is ready, instead of serving it. */
  readonly once?: boolean
  readonly json?: boolean
}

/** Shows the main job on a server of its own: upload, encode, watch. Exit 0 only when the video is ready. */
export function demo(flags: DemoFlags, idea: string | undefined): Promise<ExitCode> {
  // Any free port: a server may already run on the usual one.
  return withConfig({ port: '0', ...flags }, (config) => show(config, flags, idea))
}

async function show(config: Config, flags: DemoFlags, idea: string | undefined): Promise<ExitCode> {
  // What goes wrong is told by the demo itself; the log would only disturb its lines.
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel)
  using stop = stopping()
  await using held = await holdDataFolder(config, 'demo', log)
  const { compose } = await import('../app.ts')
  await using app = await compose(
    { ...config, roles: ['api', 'worker', 'scheduler'] },
    { roles: ['api', 'worker', 'scheduler'], log },
  ).catch((error: unknown) => {
    const line = listenFault(error, config.host, config.port)
    throw line === null ? error : new StartFailure(line, { cause: error })
  })
  if (app.url === null) throw new Error('the demo needs the role api')
  held.lock.announce(app.url)
  const token = await app.ownerToken('demo')
  const clip = await clipOf(flags, idea, config)
  const result = await publish(app.url, token, clip)
  if (result === null) return ExitCode.failed
  if (flags.json === true) printJson(result)
  else tell(result)
  if (flags.once === true) return ExitCode.done
  say(`watch it at ${result.watchUrl} (stop with Ctrl-C)`)
  await stop.signal
  return ExitCode.done
}

interface Clip {
  /** As the person knows it; absolute. */
  readonly file: string
  readonly title: string
}

async function clipOf(flags: DemoFlags, idea: string | undefined, config: Config): Promise<Clip> {
  if (flags.file === undefined) {
    say('making a clip')
    const title = idea?.trim().slice(0, 200) || 'Airdate demo'
    return { file: await makeOwnClip(config, title), title }
  }
  const file = resolve(process.cwd(), flags.file)
  const sizeBytes = await fileSize(file).catch((cause: NodeJS.ErrnoException) => {
    throw new StartFailure(`${file} cannot be read (${cause.code})`, { cause })
  })
  if (sizeBytes === null) throw new StartFailure(`there is no file ${file}`)
  return { file, title: file.slice(file.lastIndexOf('/') + 1) }
}

/** Makes the clip in the data folder, where it stays. */
async function makeOwnClip(config: Config, title: string): Promise<string> {
  const { CLIP_NAME, TITLE_NAME, makeClip, titleLines } = await import('#stream')
  await using work = await tempDir()
  const lines = titleLines(title)
  writeQuickly(join(work.path, TITLE_NAME), lines.join('\n'))
  await makeClip(work.path, lines)
  const folder = join(config.dataDir, 'demo')
  makeFolder(folder)
  const file = join(folder, `${newId()}.mp4`)
  renameDurably(join(work.path, CLIP_NAME), file)
  return file
}

/** What the demo answers; the shape of `--json`. */
interface DemoResult {
  readonly videoId: string
  readonly watchUrl: string
  readonly hlsUrl: string
  readonly file: string
  readonly durationMs: number
  readonly captionsFile: null
  readonly stages: readonly Stage[]
  readonly costMicros: number
}

interface Stage {
  readonly name: string
  readonly state: 'done'
  readonly startedAt: string
  readonly endedAt: string
}

async function publish(url: string, token: string, clip: Clip): Promise<DemoResult | null> {
  const bar = progress()
  const stages = new Stages()
  const video = await upload({ url, token, file: clip.file, title: clip.title }, (fraction) =>
    bar.update(fraction, 'uploading'),
  )
  const last = await follow(url, token, video, (now) => {
    stages.see(now)
    bar.update(now.progress, now.playable ? `encoding, playable at ${url}/watch/${now.id}` : 'encoding')
  })
  bar.done()
  if (last.state !== 'ready' || last.playback === null || last.durationMs === null) {
    say(`the video failed: ${last.failure?.code ?? 'unknown'}: ${last.failure?.detail ?? ''}`)
    return null
  }
  return {
    videoId: last.id,
    watchUrl: `${url}/watch/${last.id}`,
    hlsUrl: last.playback.hlsUrl,
    file: clip.file,
    durationMs: last.durationMs,
    captionsFile: null,
    stages: stages.finished(),
    // Nothing is bought: everything was made on this machine.
    costMicros: 0,
  }
}

const STAGE_OF: Readonly<Record<DemoVideo['state'], string>> = {
  uploading: 'upload',
  uploaded: 'probe',
  probing: 'probe',
  encoding: 'encode',
  ready: 'ready',
  failed: 'failed',
}

/** The stages as they were seen from outside: each ends when the next begins. */
class Stages {
  readonly #began: { name: string; at: string }[] = [{ name: 'upload', at: systemClock.now().toISOString() }]

  see(video: DemoVideo): void {
    const name = STAGE_OF[video.state]
    if (this.#began.every((stage) => stage.name !== name)) this.#began.push({ name, at: video.seenAt })
  }

  finished(): Stage[] {
    return this.#began.slice(0, -1).map(({ name, at }, index) => ({
      name,
      state: 'done',
      startedAt: at,
      endedAt: this.#began[index + 1]?.at ?? at,
    }))
  }
}

function tell(result: DemoResult): void {
  say(`ready: ${(result.durationMs / 1000).toFixed(1)} s of ${result.file}`)
  for (const stage of result.stages) {
    say(`  ${stage.name.padEnd(8)} ${((Date.parse(stage.endedAt) - Date.parse(stage.startedAt)) / 1000).toFixed(1)} s`)
  }
}
