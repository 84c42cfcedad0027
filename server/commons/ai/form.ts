import type { TSchema } from 'typebox'

/** What providers understand of a JSON schema when they hold their answers to one. */
const UNDERSTOOD = new Set(['type', 'properties', 'required', 'items', 'enum', 'const', 'anyOf', 'description'])

type Node = Readonly<Record<string, unknown>>

/**
 * The schema as providers take it: of each part what they understand, and the rest in words, for the model to read. What
 * comes back is held to the whole schema afterwards, so nothing is lost by it.
 */
export function portable(schema: TSchema): TSchema {
  return node(schema as unknown as Node)
}

function node(schema: Node): Node {
  const kept: Record<string, unknown> = {}
  const said: string[] = typeof schema['description'] === 'string' ? [schema['description']] : []
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'properties') kept[name] = mapped(value as Record<string, Node>)
    else if (name === 'items') kept[name] = node(value as Node)
    else if (name === 'anyOf') kept[name] = (value as readonly Node[]).map(node)
    else if (UNDERSTOOD.has(name)) kept[name] = value
    else if (isPlain(value)) said.push(`${name}: ${String(value)}`)
  }
  if (said.length > 0) kept['description'] = said.join('; ')
  if (schema['type'] === 'object') kept['additionalProperties'] = false
  return kept
}

function mapped(properties: Readonly<Record<string, Node>>): Record<string, Node> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, node(value)]))
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

/** True when every object of it must have all its properties, which strict providers insist on. */
export function allRequired(schema: TSchema): boolean {
  return isStrict(schema as unknown as Node)
}

function isStrict(schema: Node): boolean {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Node>)
  const required = (schema['required'] ?? []) as readonly string[]
  const parts = [...properties.map(([, part]) => part), ...((schema['anyOf'] ?? []) as readonly Node[])]
  if (schema['items'] !== undefined) parts.push(schema['items'] as Node)
  return properties.every(([name]) => required.includes(name)) && parts.every(isStrict)
}
