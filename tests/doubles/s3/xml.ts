import { S3Error } from './errors.ts'

/** The content of an element: text, elements by name (an array repeats the element), or nothing for absent ones. */
export type XmlContent = string | number | boolean | XmlElements | readonly XmlContent[] | undefined
export interface XmlElements {
  readonly [name: string]: XmlContent
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

function written(name: string, content: XmlContent): string {
  if (content === undefined) return ''
  if (Array.isArray(content)) return content.map((one: XmlContent) => written(name, one)).join('')
  if (typeof content !== 'object') {
    return `<${name}>${String(content).replaceAll(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character)}</${name}>`
  }
  const elements = Object.entries(content).map(([child, one]) => written(child, one))
  return `<${name}>${elements.join('')}</${name}>`
}

/** A document with S3's namespace on its root. */
export function xmlDocument(root: string, elements: XmlElements): string {
  const text = written(root, elements).replace(`<${root}>`, `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}`
}

/** S3 writes errors without a namespace. */
export function errorDocument(error: S3Error, resource: string, requestId: string): string {
  const elements = { Code: error.code, Message: error.message, Resource: resource, RequestId: requestId }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written('Error', elements)}`
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (typeof decimal === 'string') return String.fromCodePoint(Number(decimal))
    if (typeof hex === 'string') return String.fromCodePoint(Number.parseInt(hex, 16))
    return ENTITIES[String(name)] ?? whole
  })
}

/** The inner texts of all elements of this name, in order. Enough for what S3 is sent, which never nests an element in its like. */
export function innerOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    (match) => match[1] ?? '',
  )
}

/** The text of the first element of this name, or undefined. */
export function textOf(xml: string, name: string): string | undefined {
  const inner = innerOf(xml, name)[0]
  return inner === undefined ? undefined : unescaped(inner.trim())
}

/** @throws S3Error MalformedXML unless `xml` has this root */
export function demandRoot(xml: string, root: string): void {
  const pattern = new RegExp(`^(?:<\\?xml[^>]*\\?>)?\\s*<${root}[\\s>][\\s\\S]*</${root}>\\s*$`)
  if (!pattern.test(xml.trim())) throw new S3Error('MalformedXML', 400, 'The XML you provided was not well-formed')
}
