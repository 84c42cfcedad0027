/** What a mail says. Texts are plain: both parts of the mail are made of them, and nothing in them is markup. */
export interface Letter {
  readonly subject: string
  /** What mail programs show beside the subject, before the mail is opened. */
  readonly preheader: string
  /** The heading. */
  readonly title: string
  readonly blocks: readonly Block[]
  /** Why this person gets the mail; stands small at its end. */
  readonly why: string
}

/** A piece of a letter, from top to bottom. */
export type Block = Paragraph | Action | Facts | Note

export interface Paragraph {
  readonly kind: 'paragraph'
  readonly text: string
}

/** The one thing to do: a button, and the address in full for those who see none. */
export interface Action {
  readonly kind: 'action'
  readonly label: string
  readonly url: string
}

/** What is known of something that happened: when, where, what with. */
export interface Facts {
  readonly kind: 'facts'
  readonly facts: readonly { readonly name: string; readonly value: string }[]
}

/** Like a paragraph, but not what the mail is about. */
export interface Note {
  readonly kind: 'note'
  readonly text: string
}

/** A paragraph. */
export const paragraph = (text: string): Paragraph => ({ kind: 'paragraph', text })
/** The button with this label that leads to this address. */
export const action = (label: string, url: string): Action => ({ kind: 'action', label, url })
/** Names and values, one line each. */
export const facts = (known: Readonly<Record<string, string>>): Facts => ({
  kind: 'facts',
  facts: Object.entries(known).map(([name, value]) => ({ name, value })),
})
/** A remark in small letters. */
export const note = (text: string): Note => ({ kind: 'note', text })

/**
 * The address as it may stand in a mail, or null: https, or the origin of this server itself, without a user's name in it.
 * What comes back holds no double quote, space or control character.
 */
export function allowedLink(url: string, publicUrl: string): string | null {
  if (!URL.canParse(url)) return null
  const { protocol, origin, username, password, href } = new URL(url)
  if (username !== '' || password !== '') return null
  const isOwn = protocol === 'http:' && origin === new URL(publicUrl).origin
  return protocol === 'https:' || isOwn ? href : null
}
