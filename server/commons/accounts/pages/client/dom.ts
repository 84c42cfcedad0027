/** What is told after something was done: well, or not. Null says nothing. */
export type Said = { readonly tone: 'good' | 'bad'; readonly text: string } | null

export const good = (text: string): Said => ({ tone: 'good', text })
export const bad = (text: string): Said => ({ tone: 'bad', text })

/** The element with this id. @throws TypeError when our own markup lacks it */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new TypeError(`The page has no #${id}`)
  return element
}

export function show(id: string, isShown: boolean): void {
  byId(id).hidden = !isShown
}

/** Shows one of the page's views and no other. */
export function goTo(id: string): void {
  for (const view of document.querySelectorAll<HTMLElement>('[data-view]')) view.hidden = view.id !== id
}

/** Tells something in the line of a form or a section, and leads keyboards and readers there. */
export function say(place: Element, said: Said): void {
  const line = place.querySelector<HTMLElement>('.says')
  if (line === null) throw new TypeError('There is no line to say it in')
  line.textContent = said?.text ?? ''
  line.dataset['tone'] = said?.tone ?? ''
  if (said !== null) line.focus()
}

/** What is in a field of a form; a password is taken as it was typed. */
export function typed(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name)
  if (typeof value !== 'string') return ''
  return name.toLowerCase().includes('password') ? value : value.trim()
}

/** The password of a form as a body; nobody is asked for one that they do not have. */
export function proofOf(form: HTMLFormElement): { password?: string } {
  const password = typed(form, 'password')
  return password === '' ? {} : { password }
}

/** Does `work` when a form is sent, one at a time, and tells what became of it. `act` is the value of the button. */
export function whenSent(id: string, work: (form: HTMLFormElement, act: string) => Promise<Said>): void {
  const form = byId(id) as HTMLFormElement
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const act = event.submitter instanceof HTMLButtonElement ? event.submitter.value : ''
    void once(form, () => work(form, act))
  })
}

/** Does `work` when a button is pressed, and tells what became of it in the line of `place`. */
export function whenPressed(button: HTMLElement, place: HTMLElement, work: () => Promise<Said>): void {
  button.addEventListener('click', () => void once(place, work))
}

async function once(place: HTMLElement, work: () => Promise<Said>): Promise<void> {
  if (place.ariaBusy === 'true') return
  place.ariaBusy = 'true'
  say(place, null)
  try {
    const said = await work()
    // Whoever was quicker than the rest of the work has been told something else here, which stays.
    if (said !== null) say(place, said)
  } finally {
    place.ariaBusy = null
  }
}

/** An element with text, and nothing but text. */
export function make(tag: string, text = '', className = ''): HTMLElement {
  const element = document.createElement(tag)
  element.textContent = text
  if (className !== '') element.className = className
  return element
}

/** A line of a list: what it is, more about it below, and something to do at its end. */
export function item(title: string, below: string, aside: HTMLElement): HTMLElement {
  const words = make('div')
  words.append(make('strong', title), make('span', below))
  const line = make('li')
  line.append(words, aside)
  return line
}
