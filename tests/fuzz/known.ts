/** Whose a thing is whose id stands in a call: the caller's own workspace's, another's, or nobody's. */
export type Whose = 'own' | 'others' | 'nobody'

/** Stands for the server's own address, which is another in every run. */
export const OWN_ORIGIN = 'http://own-origin.invalid'

const WHOSE: readonly Whose[] = ['own', 'others', 'nobody']
const MARK = 'fa57f00d'
const MARKED = /fa57f00d-000([0-2])-4([0-9a-f]{3})-8000-([0-9a-f]{12})/g

const kinds: string[] = ['']

/**
 * An id that stands for one that is known when the call is made, so that a seed makes the same calls although every run
 * has other ids. It is spelled as an id, and so passes for one wherever it is put. `kind` is what it is an id of
 * (`video`), empty where nothing tells.
 */
export function standIn(whose: Whose, kind: string, index: number): string {
  let at = kinds.indexOf(kind)
  if (at === -1) at = kinds.push(kind) - 1
  const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0')
  return `${MARK}-000${WHOSE.indexOf(whose)}-4${hex(at, 3)}-8000-${hex(index, 12)}`
}

/** The text with real ids in place of those that stand for them. */
export function withRealIds(text: string, real: (whose: Whose, kind: string, index: number) => string): string {
  if (!text.includes(MARK)) return text
  return text.replaceAll(MARKED, (_, whose: string, kind: string, index: string) =>
    real(WHOSE[Number(whose)] ?? 'nobody', kinds[Number.parseInt(kind, 16)] ?? '', Number.parseInt(index, 16)),
  )
}

/** What a name says that it is an id of: `videoId` and `video_ids` → `video`, `id` → nothing. */
export function kindOfName(name: string): string {
  const [, stem = ''] = /^(.*?)_?Ids?$/.exec(name.replace(/_id/, 'Id')) ?? []
  return stem.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^-/, '')
}

/** `videos` → `video`, `batches` → `batch`, `activities` → `activity`. */
export function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/(?:ch|sh|ss|x)es$/.test(word)) return word.slice(0, -2)
  return word.endsWith('s') ? word.slice(0, -1) : word
}
