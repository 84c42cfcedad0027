/** The mark: a sun on the horizon, and the name. */
export const WORDMARK = `<p class="mark"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path class="sun" d="M5 16a7 7 0 0 1 14 0z"/><path class="line" d="M2 19.25h20"/></svg>Airdate</p>`

/** The line in which a form or a section says what became of it. */
export const SAYS = '<p class="says" role="status" aria-live="polite" tabindex="-1"></p>'

interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly autocomplete: 'username' | 'email' | 'current-password' | 'new-password' | 'one-time-code' | 'off'
  /** More attributes; nothing of what people wrote stands in them. */
  readonly more?: string
  readonly hint?: string
}

const TYPES: Readonly<Partial<Record<Field['autocomplete'], string>>> = {
  ...{ username: 'email', email: 'email', 'current-password': 'password', 'new-password': 'password' },
}

/** A labelled field. Its type follows from what it is for. */
export function field({ id, name, label, autocomplete, more = 'required', hint }: Field): string {
  const type = TYPES[autocomplete] ?? 'text'
  const described = hint === undefined ? '' : ` aria-describedby="${id}-hint"`
  const below = hint === undefined ? '' : `<small id="${id}-hint">${hint}</small>`
  return `<div class="field"><label for="${id}">${label}</label><input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" ${more}${described}>${below}</div>`
}

/** An e-mail address. */
export const emailField = (id: string): string =>
  field({ id, name: 'email', label: 'E-mail address', autocomplete: 'username', more: 'required maxlength="254"' })

/** The password of who is signed in already: who has none leaves it empty. */
export const proofField = (id: string): string =>
  field({
    ...{ id, name: 'password', label: 'Your password', autocomplete: 'current-password', more: 'maxlength="128"' },
    hint: 'Leave it empty if you have none.',
  })

/** The code of an authenticator app. */
export const codeField = (id: string, more: string): string =>
  field({
    id,
    name: 'code',
    label: 'Six-digit code',
    autocomplete: 'one-time-code',
    more: `inputmode="numeric" ${more}`,
  })

/** Forms are sent by the script; without it they would at least not write what is in them into the address. */
export const form = (id: string, inside: string): string => `<form id="${id}" method="post">${inside}${SAYS}</form>`

/** One of the views of a page; the script shows one at a time. */
export const view = (id: string, title: string, inside: string): string =>
  `<section class="card" id="${id}" data-view hidden aria-labelledby="${id}-title"><h1 id="${id}-title">${title}</h1>${inside}</section>`
