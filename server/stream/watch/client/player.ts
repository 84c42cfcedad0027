import { byId, stored } from './api.ts'
import { CONTROLS } from './controls.ts'
import { type Stream, openStream } from './engine.ts'
import { leftAt, parsePositions, parseVolume } from './memory.ts'
import { RenditionList } from './renditions.ts'
import { type Playback, type WatchedVideo, aspectOf } from './video.ts'
import { TROUBLE, type Trouble } from './words.ts'

const POSITIONS_KEY = 'airdate.positions'
const VOLUME_KEY = 'airdate.volume'
const SAVE_EVERY_SECONDS = 5

/** Where the libraries are and how the page wants to be played. */
export interface PlayerOptions {
  readonly mediaChromeUrl: string
  readonly hlsUrl: string
  readonly workerUrl: string
  /** Where to start, when the address says so. */
  readonly startSeconds: number | null
  readonly autoplay: boolean
  readonly muted: boolean
  /** Fetch media before anyone presses play. */
  readonly eager: boolean
  /** The stream is refused: the page asks for the video again. */
  readonly onRefused: () => void
}

/** The player of the page: one video element, its controls, and whatever stream it plays at the moment. */
export class Player {
  readonly video: HTMLVideoElement
  readonly controller: HTMLElement
  readonly #options: PlayerOptions
  readonly #renditions = new RenditionList((index) => this.#stream?.choose(index))
  #stream: Stream | null = null
  #url: string | null = null
  #id = ''
  #savedSeconds = 0
  #controls: Promise<void> | null = null

  /** Takes hold of the markup that is in the page. Nothing is fetched yet. */
  constructor(options: PlayerOptions) {
    this.#options = options
    this.controller = byId('player')
    this.video = byId('video') as HTMLVideoElement
    Object.defineProperty(this.video, 'videoRenditions', { value: this.#renditions })
    this.video.addEventListener('timeupdate', () => this.#savePosition(false))
    this.video.addEventListener('ended', () => this.#savePosition(true))
    this.video.addEventListener('volumechange', () => this.#saveVolume())
    this.video.addEventListener('play', () => this.#stream?.load())
    addEventListener('pagehide', () => this.#savePosition(true))
  }

  /** Plays `video` when it can be played; called again with each newer state of the same video. */
  async show(video: WatchedVideo): Promise<void> {
    this.#id = video.id
    document.documentElement.style.setProperty('--ratio', String(aspectOf(video)))
    const { playback } = video
    if (playback === null || !video.playable || video.state === 'failed') return
    if (playback.posterUrl !== null && this.video.poster === '') this.video.poster = playback.posterUrl
    if (this.#url !== playback.hlsUrl) await this.#open(playback, video)
    this.#showStoryboard(playback)
    this.#showCaptions(playback)
  }

  /** Plays the stream anew from where it stands, at the same address or a new one, after access was renewed. */
  async reopen(video: WatchedVideo): Promise<void> {
    this.#url = null
    await this.show(video)
  }

  say(trouble: Trouble | null): void {
    const line = byId('trouble')
    line.hidden = trouble === null
    line.textContent = trouble === null ? '' : TROUBLE[trouble]
  }

  stop(): void {
    this.#stream?.destroy()
    this.#stream = null
  }

  async #open(playback: Playback, video: WatchedVideo): Promise<void> {
    const isFirst = this.#stream === null && this.#url === null
    const { video: element } = this
    const wasPlaying = !element.paused
    const startSeconds = isFirst ? this.#firstSecond() : element.currentTime
    this.#url = playback.hlsUrl
    this.#stream?.destroy()
    this.controller.setAttribute('defaultduration', String((video.durationMs ?? 0) / 1000))
    await this.#showControls()
    if (isFirst) this.#restoreVolume()
    this.#stream = await openStream(element, {
      url: new URL(playback.hlsUrl, location.href).href,
      startSeconds,
      eager: this.#options.eager || this.#options.autoplay || wasPlaying,
      hlsUrl: this.#options.hlsUrl,
      workerUrl: this.#options.workerUrl,
      renditions: this.#renditions,
      onTrouble: (trouble) => this.say(trouble),
      onRefused: this.#options.onRefused,
    })
    if (wasPlaying || (isFirst && this.#options.autoplay)) {
      // A browser may forbid to begin with sound: then the button waits for a person.
      await element.play().catch(() => undefined)
    }
  }

  #showControls(): Promise<void> {
    this.#controls ??= (async () => {
      await import(this.#options.mediaChromeUrl)
      this.controller.insertAdjacentHTML('beforeend', CONTROLS)
      this.controller.classList.add('controlled')
    })()
    return this.#controls
  }

  #showStoryboard(playback: Playback): void {
    const { storyboardUrl } = playback
    if (storyboardUrl === null) return
    const shown = this.video.querySelector<HTMLTrackElement>('track[label="thumbnails"]')
    const url = new URL(storyboardUrl, location.href).href
    if (shown?.src === url) return
    shown?.remove()
    const track = document.createElement('track')
    Object.assign(track, { kind: 'metadata', label: 'thumbnails', default: true, src: url })
    this.video.append(track)
    track.track.mode = 'hidden'
  }

  /** Offers captions; nobody sees them who does not ask for them. */
  #showCaptions(playback: Playback): void {
    for (const { language, url } of playback.captions ?? []) {
      const shown = this.video.querySelector<HTMLTrackElement>(`track[srclang="${CSS.escape(language)}"]`)
      const { href } = new URL(url, location.href)
      if (shown?.src === href) continue
      const mode = shown?.track.mode ?? 'disabled'
      shown?.remove()
      const track = document.createElement('track')
      Object.assign(track, { kind: 'captions', srclang: language, label: nameOf(language), src: href })
      this.video.append(track)
      track.track.mode = mode
    }
  }

  #firstSecond(): number {
    const kept = stored(() => parsePositions(localStorage.getItem(POSITIONS_KEY))[this.#id]) ?? 0
    return this.#options.startSeconds ?? kept
  }

  #savePosition(isNow: boolean): void {
    const { currentTime, duration } = this.video
    if (this.#id === '' || !Number.isFinite(duration)) return
    if (!isNow && Math.abs(currentTime - this.#savedSeconds) < SAVE_EVERY_SECONDS) return
    this.#savedSeconds = currentTime
    stored(() => {
      const positions = parsePositions(localStorage.getItem(POSITIONS_KEY))
      localStorage.setItem(POSITIONS_KEY, JSON.stringify(leftAt(positions, this.#id, currentTime, duration)))
    })
  }

  #restoreVolume(): void {
    const kept = stored(() => parseVolume(localStorage.getItem(VOLUME_KEY)))
    if (kept !== null) {
      this.video.volume = kept.volume
      this.video.muted = kept.muted
    }
    if (this.#options.muted) this.video.muted = true
  }

  #saveVolume(): void {
    // What the address asked for is not what the person has chosen.
    if (this.#options.muted) return
    const { volume, muted } = this.video
    stored(() => localStorage.setItem(VOLUME_KEY, JSON.stringify({ volume, muted })))
  }
}

/** The name of a language in itself, such as "Deutsch"; the tag where the browser knows none. */
function nameOf(language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language
  } catch {
    return language
  }
}
