import { openDialog } from './keyboard.ts'
import { formatClock } from './time.ts'

/** What there is to share: the page's own address, with a start time when one is wanted. */
export function shareUrl(origin: string, id: string, startSeconds: number | null): string {
  const url = new URL(`/watch/${id}`, origin)
  if (startSeconds !== null && startSeconds > 0) url.searchParams.set('t', String(Math.floor(startSeconds)))
  return url.href
}

/** The tag that puts the player into another page. */
export function embedCode(origin: string, id: string, ratio: number): string {
  const url = new URL(`/embed/${id}`, origin).href
  const height = Math.round(640 / ratio)
  return `<iframe src="${url}" width="640" height="${height}" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen style="border:0"></iframe>`
}

/** Opens the dialog that hands out the link and the embed code. */
export function openShare(id: string, seconds: number, ratio: number): void {
  const dialog = openDialog('share', 'Share')
  const link = field(dialog, 'Link', shareUrl(location.origin, id, null))
  const label = document.createElement('label')
  label.className = 'check'
  const check = document.createElement('input')
  check.type = 'checkbox'
  check.addEventListener('change', () => {
    link.value = shareUrl(location.origin, id, check.checked ? seconds : null)
  })
  label.append(check, `Start at ${formatClock(seconds)}`)
  link.closest('.field')?.after(label)
  field(dialog, 'Embed', embedCode(location.origin, id, ratio))
}

function field(dialog: HTMLDialogElement, name: string, value: string): HTMLInputElement {
  const row = document.createElement('div')
  row.className = 'field'
  row.innerHTML = '<label><span></span><input readonly></label><button type="button">Copy</button>'
  dialog.append(row)
  const input = row.querySelector('input')
  const button = row.querySelector('button')
  const title = row.querySelector('span')
  if (input === null || button === null || title === null) throw new TypeError('The share dialog lost a part')
  title.textContent = name
  input.value = value
  input.addEventListener('focus', () => input.select())
  button.addEventListener('click', () => void copy(input, button))
  return input
}

async function copy(input: HTMLInputElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(input.value)
    button.textContent = 'Copied'
  } catch {
    // Without a secure context there is no clipboard: select it, so that one keystroke copies.
    input.select()
    button.textContent = 'Press Ctrl C'
  }
}
