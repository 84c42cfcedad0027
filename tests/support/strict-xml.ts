/** An element. There is no text: an MPD of ours has none. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
}

const TOKEN = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>/y
const ATTRIBUTE = /([\w:.-]+)="([^"<]*)"/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * Reads the XML that manifests are made of: a declaration, elements, attributes in double quotes, the five entities.
 * @throws Error on anything else: text, comments, a tag that is not closed, an attribute told twice
 */
export function parseXml(text: string): XmlElement {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>'
  if (!text.startsWith(declaration)) throw new Error('No XML declaration')
  const root = { name: '', attributes: new Map<string, string>(), children: [] as XmlElement[] }
  const open = [root]
  let position = declaration.length
  for (;;) {
    while (/\s/.test(text[position] ?? '')) position += 1
    if (position >= text.length) break
    TOKEN.lastIndex = position
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`Not an XML tag: ${text.slice(position, position + 40)}`)
    position = TOKEN.lastIndex
    const [, closing, name = '', attributes = '', empty] = match
    if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`)
      continue
    }
    const element = { name, attributes: parseAttributes(attributes), children: [] as XmlElement[] }
    open.at(-1)?.children.push(element)
    if (empty !== '/') open.push(element)
  }
  const [only, second] = root.children
  if (open.length !== 1 || only === undefined || second !== undefined) throw new Error('Not one whole element')
  return only
}

/** The children of a name. */
export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', raw = ''] of text.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new Error(`${name} is told twice`)
    const value = raw.replaceAll(/&(\w*);?/g, (entity, word: string) => {
      const character = ENTITIES[word]
      if (character === undefined || !entity.endsWith(';')) throw new Error(`Not an entity: ${entity}`)
      return character
    })
    attributes.set(name, value)
  }
  return attributes
}
