import { byId, fetchVideo, keepToken, keptToken } from './api.ts'
import { listenToKeys, showHelp } from './keyboard.ts'
import { watchMarkup } from './markup.ts'
import { admitShadowStyles } from './nonce.ts'
import { openShare } from './share.ts'
import { parseStart } from './time.ts'
import { type WatchedVideo, aspectOf, isWatchedVideo } from './video.ts'
import { Watching } from './watching.ts'

const { dataset } = document.documentElement
const isEmbed = dataset.page === 'embed'

/** The video that the server wrote into the page; null on the page of one that is not there, or not for strangers. */
function videoInPage(): WatchedVideo | null {
  const text = document.getElementById('state')?.textContent ?? ''
  const value: unknown = text === '' ? null : JSON.parse(text)
  return isWatchedVideo(value) ? value : null
}

async function watch(video: WatchedVideo, token: string | null): Promise<void> {
  const query = new URLSearchParams(location.search)
  const { mediachrome = '', hls = '', worker = '' } = dataset
  const watching = new Watching(video, token, isEmbed, {
    mediaChromeUrl: mediachrome,
    hlsUrl: hls,
    workerUrl: worker,
    startSeconds: parseStart(query.get('t')),
    autoplay: query.get('autoplay') === '1',
    muted: query.get('muted') === '1',
    // A page may hold many frames, and most of them are never played.
    eager: !isEmbed,
  })
  listenToKeys(watching.player, () => watching.video.frameRate)
  addActions(watching)
  await watching.start()
}

function addActions(watching: Watching): void {
  const place = document.getElementById('actions')
  if (place === null) return
  const add = (label: string, press: () => void): HTMLButtonElement => {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = label
    button.addEventListener('click', press)
    place.append(button)
    return button
  }
  add('Keyboard', showHelp).className = 'quiet'
  add('Share', () => openShare(watching.video.id, watching.player.video.currentTime, aspectOf(watching.video)))
}

const REFUSALS = {
  refused: 'This token is not valid. Perhaps it has been revoked, or a part of it is missing.',
  gone: 'With this token, too, there is no such video.',
  away: 'The server cannot be reached at the moment.',
} as const

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
    if (answer.kind === 'refused') keepToken(null)
    byId('unlock-says').textContent = REFUSALS[answer.kind]
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
