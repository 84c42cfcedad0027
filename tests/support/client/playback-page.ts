import type HlsClass from 'hls.js'
import type { PlaybackReport, PlaybackTask } from '../playback.ts'

/** What this test needs of shaka-player; its own types are made for Closure. */
interface ShakaTrack {
  readonly height: number | null
  readonly bandwidth: number
}
interface ShakaPlayer extends EventTarget {
  attach(video: HTMLVideoElement): Promise<void>
  load(url: string): Promise<void>
  configure(name: string, value: unknown): void
  getVariantTracks(): ShakaTrack[]
  selectVariantTrack(track: ShakaTrack, clearBuffer: boolean): void
}
declare global {
  interface Window {
    Hls: typeof HlsClass
    shaka: { readonly polyfill: { installAll(): void }; readonly Player: new () => ShakaPlayer }
    playThrough: (task: PlaybackTask) => Promise<PlaybackReport>
  }
}

/** One rung per height, lowest first, whatever the player. */
interface Engine {
  heights(): number[]
  choose(height: number): void
}

const WAIT_MS = 30_000
/** The longest that is encoded between two key frames. */
const KEYFRAME_SECONDS = 2
const video = document.querySelector('video') ?? document.body.appendChild(document.createElement('video'))
const errors: string[] = []
const warnings: string[] = []
const levelsSeen: number[] = []
let stalls = 0
/** While we seek or switch, waiting is what a player does. */
let isDisturbed = true

function sees(what: string, condition: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const end = performance.now() + WAIT_MS
    const look = (): void => {
      if (condition()) return resolve(true)
      if (performance.now() < end && errors.length === 0) return void setTimeout(look, 20)
      errors.push(`timeout: ${what} at ${video.currentTime.toFixed(2)} s, readyState ${video.readyState}`)
      resolve(false)
    }
    look()
  })
}

async function openHls(url: string): Promise<Engine> {
  const hls = new window.Hls({ enableWorker: false, startPosition: 0, capLevelToPlayerSize: false })
  hls.on(window.Hls.Events.ERROR, (_event, data) => {
    const words = `hls ${data.details}: ${data.error.message}`
    if (data.fatal) errors.push(words)
    else if (!isDisturbed) warnings.push(words)
  })
  const parsed = new Promise<void>((resolve) => hls.once(window.Hls.Events.MANIFEST_PARSED, () => resolve()))
  hls.loadSource(url)
  hls.attachMedia(video)
  await parsed
  return {
    heights: () => hls.levels.map((level) => level.height).filter((height) => height > 0),
    choose: (height) => {
      hls.currentLevel = hls.levels.findIndex((level) => level.height === height)
    },
  }
}

async function openShaka(url: string): Promise<Engine> {
  window.shaka.polyfill.installAll()
  const player = new window.shaka.Player()
  await player.attach(video)
  player.addEventListener('error', (event) => {
    const { code, severity, data } = (event as CustomEvent<{ code: number; severity: number; data: unknown[] }>).detail
    errors.push(`shaka ${code} (severity ${severity}): ${String(data[0])}`)
  })
  await player.load(url)
  const tracks = (): ShakaTrack[] => player.getVariantTracks()
  return {
    heights: () => tracks().flatMap((track) => (track.height === null ? [] : [track.height])),
    choose: (height) => {
      const track = tracks().find((candidate) => candidate.height === height)
      player.configure('abr.enabled', false)
      if (track !== undefined) player.selectVariantTrack(track, true)
    },
  }
}

/** Starts to play; that it does is looked at afterwards. The promise of play() pends as long as data is missing. */
function startPlaying(): void {
  video.play().catch((error: unknown) => errors.push(String(error)))
}

async function playFor(seconds: number): Promise<void> {
  if (video.ended) return
  const from = video.currentTime
  startPlaying()
  await sees(`playing on from ${from.toFixed(2)} s`, () => video.ended || video.currentTime >= from + seconds)
}

async function seekTo(target: number): Promise<PlaybackReport['seeks'][number]> {
  isDisturbed = true
  video.currentTime = target
  await sees(`seeking to ${target.toFixed(2)} s`, () => !video.seeking && video.readyState >= 2)
  const landed = video.currentTime
  await playFor(Math.min(0.5, Math.max(0, video.duration - landed - 0.2)))
  isDisturbed = false
  // It plays on a little before we look.
  return { toSeconds: target, landedSeconds: landed, ok: errors.length === 0 && Math.abs(landed - target) < 1 }
}

async function showRung(engine: Engine, height: number): Promise<boolean> {
  isDisturbed = true
  if (video.ended || video.currentTime > video.duration / 2) {
    video.currentTime = 0
    await sees('the beginning again', () => !video.seeking && video.currentTime < video.duration / 2)
  }
  engine.choose(height)
  startPlaying()
  const isShown = await sees(`showing ${height} lines`, () => {
    // A decoder turns to another rung at a key frame: where none follows, the next time round shows it.
    if (video.ended && video.duration < KEYFRAME_SECONDS * 2) video.currentTime = 0
    if (video.paused) startPlaying()
    return video.videoHeight === height && !video.seeking && video.readyState >= 2
  })
  await playFor(0.5)
  isDisturbed = false
  return isShown
}

window.playThrough = async (task) => {
  video.muted = true
  video.addEventListener('resize', () => levelsSeen.push(video.videoHeight))
  video.addEventListener('waiting', () => {
    const isAtEnd = video.currentTime > video.duration - 0.5
    if (!isDisturbed && !video.seeking && !isAtEnd && video.readyState < 3) stalls += 1
  })
  video.addEventListener('error', () => errors.push(`media ${video.error?.code ?? 0}: ${video.error?.message ?? ''}`))
  const seeks: PlaybackReport['seeks'][number][] = []
  let rungs: number[] = []
  let rungsShown = 0
  try {
    const engine = task.engine === 'hls' ? await openHls(task.url) : await openShaka(task.url)
    await sees('the first frame', () => video.readyState >= 2)
    startPlaying()
    await sees('the first second', () => video.ended || video.currentTime > Math.min(1, video.duration / 3))
    isDisturbed = false
    await playFor(Math.min(task.playSeconds, video.duration / 2))
    for (const share of task.seekShares) if (errors.length === 0) seeks.push(await seekTo(share * video.duration))
    rungs = [...new Set(engine.heights())].toSorted((a, b) => a - b)
    // Up the ladder and down again.
    for (const height of [...rungs, ...rungs.toReversed().slice(1)]) {
      if (errors.length === 0 && (await showRung(engine, height))) rungsShown += 1
    }
    if (errors.length === 0) {
      await seekTo(Math.max(0, video.duration - 2))
      await sees('the end', () => video.ended)
    }
  } catch (error) {
    errors.push(String(error))
  }
  const quality = video.getVideoPlaybackQuality()
  const ranges = Array.from(
    { length: video.played.length },
    (_, index) => video.played.end(index) - video.played.start(index),
  )
  return {
    playedSeconds: ranges.reduce((sum, seconds) => sum + seconds, 0),
    durationSeconds: video.duration,
    ended: video.ended,
    ...{ stalls, errors, warnings, seeks, rungs, rungsShown },
    levelsSeen: [...new Set(levelsSeen)],
    decodedFrames: quality.totalVideoFrames,
    droppedFrames: quality.droppedVideoFrames,
  }
}
