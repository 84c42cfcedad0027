import type { AuditEntry } from './schema.ts'

const COLUMNS: readonly (readonly [name: string, value: (entry: AuditEntry) => unknown])[] = [
  ['id', ({ id }) => id],
  ['createdAt', ({ createdAt }) => createdAt],
  ['workspaceId', ({ workspaceId }) => workspaceId],
  ['action', ({ action }) => action],
  ['actorKind', ({ actor }) => actor.kind],
  ['actorId', ({ actor }) => actor.id],
  ['actorName', ({ actor }) => actor.name],
  ['credentialId', ({ actor }) => actor.credentialId],
  ['impersonatorId', ({ actor }) => actor.impersonatorId],
  ['targetKind', ({ target }) => target.kind],
  ['targetId', ({ target }) => target.id],
  ['address', ({ address }) => address],
  ['userAgent', ({ userAgent }) => userAgent],
  ['requestId', ({ requestId }) => requestId],
  ['before', ({ before }) => before],
  ['after', ({ after }) => after],
]

/** One JSON object a line, exact. */
export async function* asJsonLines(all: AsyncIterable<AuditEntry>): AsyncIterable<string> {
  for await (const entry of all) yield `${JSON.stringify(entry)}\n`
}

/** CSV (RFC 4180) with a line of names; before and after are JSON within their cells. */
export async function* asCsv(all: AsyncIterable<AuditEntry>): AsyncIterable<string> {
  yield lineOf(COLUMNS.map(([name]) => name))
  for await (const entry of all) yield lineOf(COLUMNS.map(([, value]) => value(entry)))
}

function lineOf(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

/**
 * A quoted cell. What a spreadsheet would run as a formula stands behind an apostrophe, which it takes as "this is
 * text" (OWASP, CSV Injection).
 */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
