import { HELP, type Action, actionOf } from './keys.ts'
import type { Player } from './player.ts'
import { framesPerSecond, stepTime } from './time.ts'

/** Listens to keys anywhere on the page. `frameRate` is asked anew at each step: it is known only after probing. */
export function listenToKeys(player: Player, frameRate: () => string | null): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    const action = actionOf(event.key)
    if (action === null || isElsewhere(event, action)) return
    event.preventDefault()
    perform(player, action, frameRate())
  })
}

/** True when the key belongs to what has the focus: a text field, a slider, a menu, an open dialog, a button. */
function isElsewhere(event: KeyboardEvent, action: Action): boolean {
  const isArrow = event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End'
  for (const node of event.composedPath()) {
    if (!(node instanceof Element)) continue
    if (node.matches('textarea, select, dialog[open], [contenteditable], [role="menu"], [role^="menuitem"]'))
      return true
    if (node instanceof HTMLInputElement) return node.type !== 'range' || isArrow
    if (node.matches('button, a[href], summary, [role="button"]')) return action.kind === 'toggle' && event.key === ' '
  }
  return false
}

function perform(player: Player, action: Action, frameRate: string | null): void {
  const { video } = player
  const end = Number.isFinite(video.duration) ? video.duration : 0
  const seek = (seconds: number): void => void (video.currentTime = Math.min(end, Math.max(0, seconds)))
  switch (action.kind) {
    case 'toggle':
      return ask(player, video.paused ? 'mediaplayrequest' : 'mediapauserequest')
    case 'seek':
      return seek(video.currentTime + action.seconds)
    case 'jump':
      return seek(end * action.share)
    case 'step':
      video.pause()
      return seek(stepTime(video.currentTime, framesPerSecond(frameRate), action.frames))
    case 'volume':
      video.volume = Math.min(1, Math.max(0, video.volume + action.change))
      video.muted = video.volume === 0
      return undefined
    case 'speed':
      video.playbackRate = Math.min(2, Math.max(0.25, video.playbackRate + action.change))
      return undefined
    case 'mute':
      video.muted = !video.muted
      return undefined
    case 'captions':
      return ask(player, 'mediatogglesubtitlesrequest')
    case 'fullscreen':
      return ask(
        player,
        document.fullscreenElement === null ? 'mediaenterfullscreenrequest' : 'mediaexitfullscreenrequest',
      )
    case 'pip':
      return ask(player, document.pictureInPictureElement === null ? 'mediaenterpiprequest' : 'mediaexitpiprequest')
    case 'help':
      return showHelp()
  }
}

/** media-chrome knows how each browser wants full screen and picture in picture to be asked for. */
function ask(player: Player, request: string): void {
  player.controller.dispatchEvent(new CustomEvent(request, { composed: true, bubbles: true }))
}

/** The overlay that lists the keys. */
export function showHelp(): void {
  const dialog = openDialog('help', 'Keyboard')
  const list = document.createElement('dl')
  list.className = 'keys'
  for (const [keys, does] of HELP) {
    const term = document.createElement('dt')
    for (const key of keys) {
      const cap = document.createElement('kbd')
      cap.textContent = key
      term.append(cap)
    }
    const meaning = document.createElement('dd')
    meaning.textContent = does
    list.append(term, meaning)
  }
  dialog.append(list)
}

/** An empty modal dialog with a heading and a way to close it; it is removed from the page when it is closed. */
export function openDialog(id: string, heading: string): HTMLDialogElement {
  document.getElementById(id)?.remove()
  const dialog = document.createElement('dialog')
  dialog.id = id
  dialog.setAttribute('aria-labelledby', `${id}-heading`)
  dialog.innerHTML = `<form method="dialog"><h2 id="${id}-heading"></h2><button class="close" aria-label="Close">×</button></form>`
  dialog.querySelectorAll('h2').forEach((title) => (title.textContent = heading))
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => {
    // A click on the dialog itself, not on what it holds, is one on the backdrop.
    if (event.target === dialog) dialog.close()
  })
  // In full screen only what lies inside the full-screen element is seen.
  ;(document.fullscreenElement ?? document.body).append(dialog)
  dialog.showModal()
  return dialog
}
