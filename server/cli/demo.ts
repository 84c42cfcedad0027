import { join, resolve } from 'node:path'
import type { Config, Flags } from '#platform/config/config.ts'
import { makeFolder } from '#platform/config/files.ts'
import { ExitCode, StartFailure, listenFault } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { fileSize, writePieces } from '#platform/storage/files.ts'
import { type DemoVideo, follow, upload } from './demo-client.ts'
import {
  type DemoProduction,
  type DemoServer,
  type DemoStage,
  type DemoWish,
  ProductionRefused,
  askForFilm,
  download,
  filmOfVideo,
  followProduction,
} from './demo-film.ts'
import { UploadStages } from './demo-stages.ts'
import { wishOf } from './demo-wish.ts'
import { holdDataFolder } from './hold.ts'
import { importApp } from './import-app.ts'
import { printJson, progress, say } from './output.ts'
import { withConfig } from './settings.ts'
import { stopping } from './stopping.ts'

interface DemoFlags extends Flags {
  /** A clip of the user's own, which is shown as it is. */
  readonly file?: string
  /** A text that is narrated as it is. */
  readonly script?: string
  /** Ends when the video is ready, instead of serving it. */
  readonly once?: boolean
  readonly json?: boolean
}

/** Shows the main job on a server of its own: from an idea to a video that plays. Exit 0 only when the video is ready. */
export async function demo(flags: DemoFlags, idea: string | undefined): Promise<ExitCode> {
  if (flags.file !== undefined && flags.script !== undefined) {
    say('a clip of your own (--file) is shown as it is: it takes no script')
    return ExitCode.usage
  }
  // Any free port: a server may already run on the usual one.
  return withConfig({ port: '0', ...flags }, (config) => show(config, flags, idea))
}

async function show(config: Config, flags: DemoFlags, idea: string | undefined): Promise<ExitCode> {
  const work =
    flags.file === undefined ? await wishOf(idea, flags.script, process.cwd()) : await clipOf(flags.file, idea)
  // What goes wrong is told by the demo itself; the log would only disturb its lines.
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel)
  using stop = stopping()
  await using held = await holdDataFolder(config, 'demo', log)
  const { compose } = await importApp(held.folder)
  await using app = await compose(
    { ...config, roles: ['api', 'worker', 'scheduler'] },
    { roles: ['api', 'worker', 'scheduler'], log },
  ).catch((error: unknown) => {
    const line = listenFault(error, config.host, config.port)
    throw line === null ? error : new StartFailure(line, { cause: error })
  })
  if (app.url === null) throw new Error('the demo needs the role api')
  held.lock.announce(app.url)
  const server = { url: app.url, token: await app.ownerToken('demo') }
  const working = 'file' in work ? showClip(server, work) : produce(server, work, config)
  const result = await Promise.race([working, stop.signal])
  if (typeof result === 'string') say('stopped before the video was ready; the next start goes on')
  if (result === null || typeof result === 'string') return ExitCode.failed
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

async function clipOf(name: string, idea: string | undefined): Promise<Clip> {
  const file = resolve(process.cwd(), name)
  const sizeBytes = await fileSize(file).catch((cause: NodeJS.ErrnoException) => {
    throw new StartFailure(`${file} cannot be read (${cause.code})`, { cause })
  })
  if (sizeBytes === null) throw new StartFailure(`there is no file ${file}`)
  return { file, title: idea?.trim() || file.slice(file.lastIndexOf('/') + 1) }
}

/** What the demo answers; the shape of `--json`. */
interface DemoResult {
  readonly videoId: string
  readonly watchUrl: string
  readonly hlsUrl: string
  readonly file: string
  readonly durationMs: number
  readonly captionsFile: string | null
  readonly stages: readonly DemoStage[]
  readonly costMicros: number
}

/** An idea becomes a thought, a task, a production, a film and a video. Null when it came to nothing; that is told. */
async function produce(server: DemoServer, wish: DemoWish, config: Config): Promise<DemoResult | null> {
  const bar = progress()
  const last = await askForFilm(server, wish)
    .then((id) => followProduction(server, id, (now) => bar.update(shareOf(now), stageOf(now))))
    .catch((error: unknown) => {
      if (error instanceof ProductionRefused) return error
      throw error
    })
    .finally(() => bar.done())
  if (last instanceof ProductionRefused) {
    say(`no film was made: ${last.message}`)
    return null
  }
  if (last.state !== 'completed' || last.videoId === null) {
    const { stage, code, detail } = last.failure ?? { stage: 'none', code: last.state, detail: 'it was ended' }
    say(`the film failed in its stage ${stage}: ${code}: ${detail}`)
    return null
  }
  const { videoId } = last
  const [film, files] = await Promise.all([filmOfVideo(server, videoId), keepFiles(server, last, config)])
  return {
    videoId,
    watchUrl: `${server.url}/watch/${videoId}`,
    hlsUrl: film.hlsUrl,
    file: files.film,
    durationMs: film.durationMs,
    captionsFile: files.captions,
    stages: last.stages.map(({ name, state, startedAt, endedAt }) => ({ name, state, startedAt, endedAt })),
    costMicros: last.costMicros,
  }
}

/** Puts film and captions into the data folder's `demo/`, where they stay. */
async function keepFiles(
  server: DemoServer,
  { id, videoId }: DemoProduction,
  config: Config,
): Promise<{ film: string; captions: string }> {
  const folder = join(resolve(config.dataDir), 'demo')
  makeFolder(folder)
  const files = { film: join(folder, `${videoId}.mp4`), captions: join(folder, `${videoId}.vtt`) }
  await writePieces(files.film, await download(server, id, 'film'))
  await writePieces(files.captions, await download(server, id, 'captions'))
  return files
}

function shareOf({ stages }: DemoProduction): number {
  return stages.filter((stage) => stage.state === 'done').length / stages.length
}

function stageOf({ stages }: DemoProduction): string {
  return stages.find((stage) => stage.state !== 'done')?.name ?? 'done'
}

/** A clip of one's own is uploaded as any client would. Null when it came to nothing; that is told. */
async function showClip({ url, token }: DemoServer, clip: Clip): Promise<DemoResult | null> {
  const bar = progress()
  const stages = new UploadStages()
  const video = await upload({ url, token, file: clip.file, title: clip.title }, (fraction) =>
    bar.update(fraction, 'uploading'),
  )
  const last: DemoVideo = await follow(url, token, video, (now) => {
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

function tell(result: DemoResult): void {
  say(`ready: ${(result.durationMs / 1000).toFixed(1)} s, ${result.file}`)
  for (const { name, startedAt, endedAt } of result.stages) {
    const seconds = (Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '')) / 1000
    say(`  ${name.padEnd(8)} ${seconds.toFixed(1)} s`)
  }
}
