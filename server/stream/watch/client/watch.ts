import { byId, fetchVideo, keepToken, keptToken } from './api.ts'
import { listenToKeys, showHelp } from './keyboard.ts'
import { noticeMarkup, veilMarkup, watchMarkup } from './markup.ts'
import { admitShadowStyles } from './nonce.ts'
import { nextWaitMs } from './pace.ts'
import { Player } from './player.ts'
import { openShare } from './share.ts'
import { parseStart } from './time.ts'
import { type WatchedVideo, aspectOf, isWatchedVideo } from './video.ts'
import { standingOf } from './words.ts'

const { dataset } = document.documentElement
const isEmbed = dataset.page === 'embed'
const query = new URLSearchParams(location.search)

/** The video that the server wrote into the page; null on the page of a video that is not there, or not for strangers. */
function videoInPage(): WatchedVideo | null {
  const text = document.getElementById('state')?.textContent ?? ''
  const value: unknown = text === '' ? null : JSON.parse(text)
  return isWatchedVideo(value) ? value : null
}

function makePlayer(onRefused: () => void): Player {
  const { mediachrome = '', hls = '', worker = '' } = dataset
  return new Player({
    mediaChromeUrl: mediachrome,
    hlsUrl: hls,
    workerUrl: worker,
    startSeconds: parseStart(query.get('t')),
    autoplay: query.get('autoplay') === '1',
    muted: query.get('muted') === '1',
    eager: !isEmbed,
    onRefused,
  })
}

/** Shows a video and keeps up with it: polls while it grows, renews what is private, and says what happens. */
async function watch(first: WatchedVideo, token: string | null): Promise<void> {
  let video = first
  let failures = 0
  let isRefused = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const player = makePlayer(() => {
    // Access may only need renewal: ask once at once, and say that it is gone only when the server says so.
    isRefused = true
    void renew()
  })
  const plan = (unchanged: number): void => {
    clearTimeout(timer)
    const waitMs = nextWaitMs(video, unchanged)
    if (waitMs !== null) timer = setTimeout(() => void renew(unchanged), waitMs)
  }
  const renew = async (unchanged = 0): Promise<void> => {
    clearTimeout(timer)
    const answer = await fetchVideo(video.id, token, video.visibility === 'private')
    if (answer.kind === 'away') {
      failures += 1
      return plan(Math.max(unchanged + 1, failures))
    }
    failures = 0
    if (answer.kind !== 'video') {
      player.stop()
      return player.say('gone')
    }
    const isSame = JSON.stringify(answer.video) === JSON.stringify(video)
    const before = video
    video = answer.video
    if (isRefused) {
      if (before.playback?.hlsUrl === video.playback?.hlsUrl && isSame && video.visibility !== 'private')
        return player.say('gone')
      isRefused = false
      await player.reopen(video)
    } else if (!isSame) {
      render(video)
      await player.show(video)
    }
    plan(isSame ? unchanged + 1 : 0)
  }
  listenToKeys(player, () => video.frameRate)
  addActions(player, () => video)
  plan(0)
  await player.show(video)
}

/** Brings what surrounds the player up to date. */
function render(video: WatchedVideo): void {
  const standing = standingOf(video)
  const isShown = standing.phase === 'growing' || standing.phase === 'ready'
  const veil = byId('veil')
  veil.hidden = isShown
  veil.innerHTML = veilMarkup(video, standing)
  if (isEmbed) return
  byId('notice').innerHTML = noticeMarkup(standing)
  const title = byId('title')
  if (title.textContent !== video.title) {
    title.textContent = video.title
    document.title = `${video.title} · Airdate`
  }
}

function addActions(player: Player, current: () => WatchedVideo): void {
  const place = document.getElementById('actions')
  if (place === null) return
  const button = (label: string, press: () => void): HTMLButtonElement => {
    const element = document.createElement('button')
    element.type = 'button'
    element.textContent = label
    element.addEventListener('click', press)
    return element
  }
  const keys = button('Keyboard', showHelp)
  keys.className = 'quiet'
  place.append(
    keys,
    button('Share', () => openShare(current().id, player.video.currentTime, aspectOf(current()))),
  )
}

/** The page of a video that is not there for strangers: a token may open it. */
async function unlock(): Promise<void> {
  const form = document.getElementById('unlock')
  const id = dataset.video ?? ''
  if (!(form instanceof HTMLFormElement) || id === '') return
  const open = async (token: string): Promise<void> => {
    const answer = await fetchVideo(id, token, true)
    if (answer.kind === 'video') {
      keepToken(token)
      const main = byId('main')
      main.className = 'page'
      main.innerHTML = watchMarkup(answer.video)
      document.title = `${answer.video.title} · Airdate`
      return watch(answer.video, token)
    }
    if (answer.kind !== 'away') keepToken(null)
    byId('unlock-says').textContent = {
      refused: 'This token is not valid. Perhaps it has been revoked, or a part of it is missing.',
      gone: 'With this token, too, there is no such video.',
      away: 'The server cannot be reached at the moment.',
    }[answer.kind]
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const token = new FormData(form).get('token')
    if (typeof token === 'string' && token.trim() !== '') void open(token.trim())
  })
  const kept = keptToken()
  if (kept !== null) await open(kept)
}

admitShadowStyles()
const inPage = videoInPage()
await (inPage === null ? unlock() : watch(inPage, keptToken()))
