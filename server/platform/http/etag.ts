import { hash } from 'node:crypto'
import { PreconditionFailed } from './problems.ts'

/**
 * A strong validator (RFC 9110 §8.8.3) made of a thing's id and the number of its changes. `shown` is whatever else its
 * answer depends on, such as addresses made for who asks: another text is another tag of the same state.
 */
export function etagOf(id: string, version: number, shown = ''): string {
  const variant = shown === '' ? '' : `-${hash('sha256', shown, 'base64url').slice(0, 12)}`
  return `"${id.slice(-12)}.${version}${variant}"`
}

/** The part of a tag that names the state, without what it was shown with. */
function stateOf(tag: string): string {
  return tag.replace(/-[\w-]*"$/, '"')
}

function listed(header: string): string[] {
  return header.split(',').map((tag) => tag.trim())
}

/** True when a GET may be answered 304: `If-None-Match` names this tag, weakly or strongly, or `*`. */
export function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  return (
    ifNoneMatch !== undefined && listed(ifNoneMatch).some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`)
  )
}

/**
 * `If-Match` is optional and, given, enforced with strong comparison of the state: what an answer was shown with does not
 * stand in the way of a change.
 * @throws PreconditionFailed when it names another state
 */
export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || listed(ifMatch).some((tag) => tag === '*' || stateOf(tag) === etag)) return
  throw PreconditionFailed({ detail: `The current state is ${etag}. Read it again, then repeat the change.` })
}
