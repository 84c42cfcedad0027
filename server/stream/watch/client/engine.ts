import type Hls from 'hls.js'
import type { ErrorData, HlsConfig } from 'hls.js'
import type { RenditionList } from './renditions.ts'
import type { Trouble } from './words.ts'

export interface StreamOptions {
  readonly url: string
  readonly startSeconds: number
  /** False: nothing but the manifest is fetched until `load()`. */
  readonly eager: boolean
  readonly hlsUrl: string
  readonly workerUrl: string
  readonly renditions: RenditionList
  /** Null when what was said before is over. */
  readonly onTrouble: (trouble: Trouble | null) => void
  /** The stream is not there any more (404, 410) or not for us (401, 403). */
  readonly onRefused: () => void
}

export interface Stream {
  /** Begins to fetch media, when it was not eager. */
  load(): void
  /** Tells a quality choice; −1 is automatic. */
  choose(index: number): void
  destroy(): void
}

const NATIVE_TYPE = 'application/vnd.apple.mpegurl'
const RETRIES = 6
const MEDIA_RECOVERIES = 3
const LONGEST_WAIT_MS = 16_000

/**
 * Makes the video play a stream. Apple's browsers play HLS themselves, and better so; all others through hls.js, which is
 * fetched only now, so that the page stands before it.
 */
export async function openStream(video: HTMLVideoElement, options: StreamOptions): Promise<Stream> {
  const canNative = video.canPlayType(NATIVE_TYPE) !== ''
  if (canNative && navigator.vendor.startsWith('Apple')) return openNative(video, options)
  const { default: HlsClass } = (await import(options.hlsUrl)) as { default: typeof Hls }
  if (HlsClass.isSupported()) return openHls(video, HlsClass, options)
  if (canNative) return openNative(video, options)
  options.onTrouble('unsupported')
  return { load: () => undefined, choose: () => undefined, destroy: () => undefined }
}

function openNative(video: HTMLVideoElement, options: StreamOptions): Stream {
  const controller = new AbortController()
  const { signal } = controller
  video.addEventListener(
    'error',
    () => options.onTrouble(video.error?.code === MediaError.MEDIA_ERR_NETWORK ? 'offline' : 'media'),
    { signal },
  )
  video.addEventListener('playing', () => options.onTrouble(null), { signal })
  video.addEventListener('loadedmetadata', () => (video.currentTime = options.startSeconds), { signal, once: true })
  video.preload = options.eager ? 'auto' : 'metadata'
  video.src = options.url
  return {
    load: () => undefined,
    choose: () => undefined,
    destroy: () => {
      controller.abort()
      video.removeAttribute('src')
      video.load()
    },
  }
}

function configOf(options: StreamOptions): Partial<HlsConfig> {
  return {
    workerPath: options.workerUrl,
    // A video that is still being encoded is an EVENT playlist, which hls.js would otherwise join at its end.
    startPosition: options.startSeconds,
    autoStartLoad: options.eager,
    capLevelToPlayerSize: true,
    backBufferLength: 60,
    // The server is usually near: begin with a good picture and let the first segment correct the guess.
    abrEwmaDefaultEstimate: 4_000_000,
  }
}

function openHls(video: HTMLVideoElement, HlsClass: typeof Hls, options: StreamOptions): Stream {
  const hls = new HlsClass(configOf(options))
  const { Events } = HlsClass
  const showLevels = (): void =>
    options.renditions.replace(
      hls.levels.map((level, index) => ({
        id: String(index),
        width: level.width,
        height: level.height,
        bitrate: level.bitrate,
      })),
    )
  hls.on(Events.MANIFEST_PARSED, showLevels)
  hls.on(Events.LEVELS_UPDATED, showLevels)
  const recovery = new Recovery(hls, video, HlsClass, options)
  hls.on(Events.FRAG_BUFFERED, () => recovery.succeeded())
  hls.on(Events.ERROR, (_event, data) => recovery.failed(data))
  hls.loadSource(options.url)
  hls.attachMedia(video)
  return {
    load: () => {
      if (!options.eager) hls.startLoad(options.startSeconds)
    },
    choose: (index) => {
      hls.nextLevel = index
    },
    destroy: () => {
      recovery.stop()
      hls.destroy()
    },
  }
}

/** What to do about a fatal error: the network is tried again with growing pauses, the decoder is reset a few times. */
class Recovery {
  readonly #hls: Hls
  readonly #video: HTMLVideoElement
  readonly #HlsClass: typeof Hls
  readonly #options: StreamOptions
  #retries = 0
  #recoveries = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(hls: Hls, video: HTMLVideoElement, HlsClass: typeof Hls, options: StreamOptions) {
    this.#hls = hls
    this.#video = video
    this.#HlsClass = HlsClass
    this.#options = options
  }

  succeeded(): void {
    if (this.#retries === 0) return
    this.#retries = 0
    this.#options.onTrouble(null)
  }

  failed(data: ErrorData): void {
    if (!data.fatal) return
    const { ErrorTypes } = this.#HlsClass
    const status = data.response?.code ?? 0
    if (status === 401 || status === 403 || status === 404 || status === 410) return this.#options.onRefused()
    if (data.type === ErrorTypes.NETWORK_ERROR) return this.#retry()
    if (data.type === ErrorTypes.MEDIA_ERROR && this.#recoveries < MEDIA_RECOVERIES) return this.#recover()
    this.#options.onTrouble('media')
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #recover(): void {
    this.#recoveries += 1
    // The second time the audio codec may be what is at fault (hls.js API.md, "Fatal Error Recovery").
    if (this.#recoveries === 2) this.#hls.swapAudioCodec()
    const wasPlaying = !this.#video.paused
    this.#hls.recoverMediaError()
    if (wasPlaying) this.#video.play().catch(() => this.#options.onTrouble('media'))
  }

  #retry(): void {
    if (this.#retries >= RETRIES) return this.#options.onTrouble('offline')
    this.#options.onTrouble('network')
    const waitMs = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.#retries)
    this.#retries += 1
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      // Without levels the manifest itself never came.
      if (this.#hls.levels.length === 0) this.#hls.loadSource(this.#options.url)
      else this.#hls.startLoad(this.#video.currentTime)
    }, waitMs)
  }
}
