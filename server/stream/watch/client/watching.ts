import { byId, fetchVideo } from './api.ts'
import { noticeMarkup, veilMarkup } from './markup.ts'
import { nextWaitMs } from './pace.ts'
import { Player, type PlayerOptions } from './player.ts'
import type { WatchedVideo } from './video.ts'
import { standingOf } from './words.ts'

/** So often is a stream opened again that is refused although the video is there, before we say that it is missing. */
const REFUSALS_BORNE = 3

/** One video on the page, kept up with: asked for while it grows, renewed while it is private, shown as it stands. */
export class Watching {
  readonly player: Player
  readonly #token: string | null
  readonly #isEmbed: boolean
  #video: WatchedVideo
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Answers in a row that told nothing new, or did not come. */
  #unchanged = 0
  #isRefused = false
  #refusals = 0

  constructor(video: WatchedVideo, token: string | null, isEmbed: boolean, options: Omit<PlayerOptions, 'onRefused'>) {
    this.#video = video
    this.#token = token
    this.#isEmbed = isEmbed
    this.player = new Player({ ...options, onRefused: () => void this.#refused() })
    this.player.video.addEventListener('timeupdate', () => (this.#refusals = 0))
  }

  /** The video as it was last heard of. */
  get video(): WatchedVideo {
    return this.#video
  }

  async start(): Promise<void> {
    this.#plan()
    await this.player.show(this.#video)
  }

  /** Access may only need renewal: the server is asked at once, and believed. */
  async #refused(): Promise<void> {
    this.#isRefused = true
    await this.#renew()
  }

  #plan(): void {
    clearTimeout(this.#timer)
    const { visibility, state } = this.#video
    // A stream that waits for an answer needs one, even of a video that does not change any more.
    const waitMs = nextWaitMs({ visibility, state: this.#isRefused ? 'encoding' : state }, this.#unchanged)
    if (waitMs !== null) this.#timer = setTimeout(() => void this.#renew(), waitMs)
  }

  async #renew(): Promise<void> {
    clearTimeout(this.#timer)
    const answer = await fetchVideo(this.#video.id, this.#token, this.#video.visibility === 'private')
    if (answer.kind === 'video') return this.#take(answer.video)
    if (answer.kind === 'away') {
      this.#unchanged += 1
      return this.#plan()
    }
    this.player.stop()
    return this.player.say('gone')
  }

  async #take(video: WatchedVideo): Promise<void> {
    const isSame = JSON.stringify(video) === JSON.stringify(this.#video)
    this.#video = video
    this.#unchanged = isSame ? this.#unchanged + 1 : 0
    if (!isSame) this.#render()
    if (this.#isRefused) await this.#reopen(isSame)
    else if (!isSame) await this.player.show(video)
    this.#plan()
  }

  async #reopen(isSame: boolean): Promise<void> {
    this.#isRefused = false
    this.#refusals += 1
    const isRenewed = !isSame || this.#video.visibility === 'private'
    if (isRenewed && this.#refusals <= REFUSALS_BORNE) return this.player.reopen(this.#video)
    this.player.stop()
    return this.player.say('missing')
  }

  /** Brings what surrounds the player up to date. */
  #render(): void {
    const video = this.#video
    const standing = standingOf(video)
    const veil = byId('veil')
    veil.hidden = standing.phase === 'growing' || standing.phase === 'ready'
    veil.innerHTML = veilMarkup(video, standing)
    if (standing.phase === 'failed') this.player.stop()
    if (this.#isEmbed) return
    byId('notice').innerHTML = noticeMarkup(standing)
    byId('title').textContent = video.title
    document.title = `${video.title} · Airdate`
  }
}
