import type { SchemaObject } from './document.ts'
import { referredName } from './references.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** Text in which backticks mark code. */
export function withCode(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

/** Where on the page a schema with a name stands. */
export function schemaId(name: string): string {
  return `schema-${name}`
}

/** What a value may be, in a few words: `integer 1 to 100`, `"public" | "private"`, `string (uuid) or null`. */
export function typeText(schema: SchemaObject): string {
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`
  if (schema.enum !== undefined) return schema.enum.map((value) => typeText({ const: value })).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' | ')
  if (schema.$ref !== undefined) {
    const name = referredName(schema.$ref)
    return `<a href="#${schemaId(name)}">${escapeHtml(name)}</a>`
  }
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeText(schema.items)}`
  const words = [
    [schema.type ?? 'anything'].flat().join(' | '),
    schema.format === undefined ? '' : `(${schema.format})`,
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    schema.default === undefined ? '' : `, ${JSON.stringify(schema.default)} unless said`,
  ]
  return escapeHtml(words.filter((word) => word !== '').join(' ')).replaceAll(' ,', ',')
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return ''
  if (least === undefined) return `up to ${most}${unit}`
  return most === undefined ? `from ${least}${unit}` : `${least} to ${most}${unit}`
}

/** An object's fields as a list, those of objects inside it below them. */
export function schemaHtml(schema: SchemaObject): string {
  const fields = fieldsOf(schema)
  if (fields === undefined) return `<p class="type">${typeText(schema)}</p>`
  const required = new Set(fields.required ?? [])
  const items = Object.entries(fields.properties ?? {}).map(([name, field]) => {
    const inner = fieldsOf(field) === undefined ? '' : schemaHtml(field)
    const may = required.has(name) ? '' : '<span class="may">optional</span>'
    const told = field.description === undefined ? '' : `<span class="told">${withCode(field.description)}</span>`
    return `<li><code>${escapeHtml(name)}</code> <span class="type">${typeText(field)}</span>${may}${told}${inner}</li>`
  })
  return `<ul class="fields">${items.join('')}</ul>`
}

/** The object behind a schema: itself, an item of the list, or the one of its alternatives that is no null. */
function fieldsOf(schema: SchemaObject): SchemaObject | undefined {
  if (schema.properties !== undefined) return schema
  if (schema.items !== undefined) return fieldsOf(schema.items)
  return schema.anyOf?.map(fieldsOf).find((found) => found !== undefined)
}
