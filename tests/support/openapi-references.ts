import type { OpenApi } from '../../server/docs/document.ts'

/** A document in which what references lead to stands in their place. What is referred to often is one object everywhere. */
export function dereferenced<Document extends Pick<OpenApi, 'components'>>(document: Document): Document {
  const whole = new WeakMap<object, unknown>()
  const put = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const known = whole.get(value)
    if (known !== undefined) return known
    const made = Array.isArray(value) ? value.map(put) : putIn(value as Record<string, unknown>)
    whole.set(value, made)
    return made
  }
  const putIn = (value: Record<string, unknown>): unknown => {
    const { $ref: reference } = value
    if (typeof reference === 'string') return put(found(document, reference))
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, put(member)]))
  }
  return put(document) as Document
}

/** What a reference within the document leads to (RFC 6901). @throws Error when it leads nowhere */
export function found(document: object, reference: string): unknown {
  const keys = reference.startsWith('#/') ? reference.slice(2).split('/') : []
  let at: unknown = document
  for (const key of keys)
    at = (at as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')]
  if (at === undefined || keys.length === 0) throw new Error(`${reference} leads nowhere`)
  return at
}

const NAME = /^[A-Za-z0-9._-]+$/

/** What is wrong with the references and components of a document: what leads nowhere, is called oddly, or never used. */
export function referenceFaults(document: OpenApi): string[] {
  const faults: string[] = []
  const used = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { $ref: reference } = value as { $ref?: unknown }
    if (typeof reference === 'string') used.add(reference)
    for (const member of Object.values(value)) visit(member)
  }
  visit(document)
  for (const reference of used) {
    try {
      found(document, reference)
    } catch (error) {
      faults.push((error as Error).message)
    }
  }
  const { schemas, parameters, responses } = document.components
  for (const [section, named] of Object.entries({ schemas, parameters, responses })) {
    for (const name of Object.keys(named)) {
      if (!NAME.test(name)) faults.push(`${name} is no name of a component`)
      if (!used.has(`#/components/${section}/${name}`)) faults.push(`nothing refers to ${section}/${name}`)
    }
  }
  return faults
}
