import { PreconditionFailed } from './problems.ts'

/** A strong validator (RFC 9110 §8.8.3) made of a thing's id and the number of its changes. */
export function etagOf(id: string, version: number): string {
  return `"${id.slice(-12)}.${version}"`
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
 * `If-Match` is optional and, given, enforced with strong comparison.
 * @throws PreconditionFailed when it names another state
 */
export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || listed(ifMatch).some((tag) => tag === '*' || tag === etag)) return
  throw PreconditionFailed({ detail: `The current state is ${etag}. Read it again, then repeat the change.` })
}
