import fc, { type Arbitrary } from 'fast-check'
import { OWN_ORIGIN, kindOfName, standIn } from './known.ts'

/** The part of JSON Schema that descriptions here may use; what is not among it is refused, never passed over. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
}

/** How values are made: `mark` begins every free text. */
export interface Manner {
  readonly mark: string
}

const KNOWN = new Set([
  ...['type', 'format', 'pattern', 'const', 'enum', 'anyOf', 'oneOf', 'properties', 'patternProperties', 'required'],
  ...['additionalProperties', 'items', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
  // what tells people more
  ...['description', 'title', 'default', 'examples', 'example', 'deprecated', 'contentEncoding', 'contentMediaType'],
])

/** Longer texts and lists say nothing more, save at the borders, where mutations go. */
const TEXT_MOST = 60
const ITEMS_MOST = 4
const ANYTHING = fc.jsonValue({ maxDepth: 2 })

const known = new WeakMap<Manner, WeakMap<JsonSchema, Map<string, Arbitrary<unknown>>>>()

/**
 * Values that a schema allows, made once: fast-check takes milliseconds to make some of them. `name` is the field or parameter that it describes: it tells of what an id is.
 * @throws Error for a keyword that is not known here
 */
export function valuesOf(schema: JsonSchema, manner: Manner, name = ''): Arbitrary<unknown> {
  const inManner = known.get(manner) ?? new WeakMap<JsonSchema, Map<string, Arbitrary<unknown>>>()
  known.set(manner, inManner)
  const byName = inManner.get(schema) ?? new Map<string, Arbitrary<unknown>>()
  inManner.set(schema, byName)
  const made = byName.get(name) ?? makeValuesOf(schema, manner, name)
  byName.set(name, made)
  return made
}

function makeValuesOf(schema: JsonSchema, manner: Manner, name: string): Arbitrary<unknown> {
  const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword) && !keyword.startsWith('x-'))
  if (unknown !== undefined) throw new Error(`values of ${name}: what ${unknown} means is not known here`)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const among = schema.anyOf ?? schema.oneOf
  if (among !== undefined) return fc.oneof(...among.map((one) => valuesOf(one, manner, name)))
  if (Array.isArray(schema.type)) {
    return fc.oneof(...(schema.type as string[]).map((type) => valuesOf({ ...schema, type }, manner, name)))
  }
  return valuesOfType(schema, manner, name)
}

function valuesOfType(schema: JsonSchema, manner: Manner, name: string): Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return texts(schema, manner, name)
    case 'integer':
    case 'number':
      return numbers(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return lists(schema, manner, name)
    case 'object':
      return objects(schema, manner)
    case undefined:
      return schema.properties === undefined ? ANYTHING : objects(schema, manner)
    default:
      throw new Error(`values of ${name}: there is no type ${String(schema.type)}`)
  }
}

function lists(schema: JsonSchema, manner: Manner, name: string): Arbitrary<unknown> {
  const { minItems = 0, maxItems = minItems + ITEMS_MOST } = schema
  const around = { minLength: minItems, maxLength: Math.min(maxItems, minItems + ITEMS_MOST) }
  const items = schema.items === undefined ? ANYTHING : valuesOf(schema.items, manner, name)
  if (schema.uniqueItems !== true) return fc.array(items, around)
  return fc.uniqueArray(items, { ...around, selector: (item) => JSON.stringify(item) })
}

function objects(schema: JsonSchema, manner: Manner): Arbitrary<unknown> {
  const { properties = {}, required = [], minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema
  const fields = Object.entries(properties).map(([name, field]) => [name, valuesOf(field, manner, name)] as const)
  const written = fc.record(Object.fromEntries(fields), { requiredKeys: [...required] })
  const isRight = (value: object): boolean => {
    const count = Object.keys(value).length
    return count >= minProperties && count <= maxProperties
  }
  const free = freeFields(schema, manner)
  if (free === null) return written.filter(isRight)
  return fc
    .tuple(written, free)
    .map(([own, more]) => ({ ...more, ...own }))
    .filter(isRight)
}

/** Fields whose names the schema leaves open; null when it names them all. */
function freeFields(schema: JsonSchema, manner: Manner): Arbitrary<object> | null {
  const [pattern, field] = Object.entries(schema.patternProperties ?? {})[0] ?? []
  if (pattern !== undefined && field !== undefined)
    return fc.dictionary(fc.stringMatching(new RegExp(pattern)), valuesOf(field, manner), { maxKeys: 3 })
  if (typeof schema.additionalProperties !== 'object') return null
  return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), valuesOf(schema.additionalProperties, manner), { maxKeys: 3 })
}

function numbers(schema: JsonSchema): Arbitrary<number> {
  const step = schema.multipleOf ?? 1
  const least = schema.minimum ?? (schema.exclusiveMinimum === undefined ? -1_000_000 : schema.exclusiveMinimum + step)
  const most = schema.maximum ?? (schema.exclusiveMaximum === undefined ? 1_000_000 : schema.exclusiveMaximum - step)
  if (schema.type === 'number' && schema.multipleOf === undefined)
    return fc.double({ min: least, max: Math.max(least, most), noNaN: true })
  const [from, to] = [Math.ceil(least / step), Math.floor(Math.max(least, most) / step)]
  return fc.oneof(fc.constantFrom(from, to), fc.integer({ min: from, max: to })).map((count) => count * step)
}

/** One code point each, which is what JSON Schema counts. */
const CHARACTERS = fc.constantFrom(
  ...Array.from({ length: 95 }, (_, at) => String.fromCodePoint(32 + at)),
  ...[
    '\t',
    '\n',
    '\r',
    'é',
    'ß',
    '漢',
    'ﷺ',
    'İ',
    '١',
    '👩',
    '\u200d',
    '\u0301',
    '\u202e',
    '\ufeff',
    '\u2028',
    '\u0085',
  ],
)
/** What a text must not become anywhere: a statement, a template, a tag, a header, a path, an argument, a cell. */
const TELLING = [
  ...["'; drop table stream.videos; --", '{{7*7}}', '${7*7}', '<script>alert(1)</script>', '"><img src=x onerror=x>'],
  ...[
    '\r\nSet-Cookie: a=b',
    '../../etc/passwd',
    '-vf',
    '$(id)',
    '=1+1',
    '%s%n',
    '%00',
    'null',
    '__proto__',
    '[object]',
  ],
]

function texts(schema: JsonSchema, manner: Manner, name: string): Arbitrary<unknown> {
  const { pattern, format, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  const hinted = HINTED[name]
  if (hinted !== undefined) return hinted()
  if (format !== undefined) return ofFormat(format, name, manner)
  if (pattern !== undefined) return ofPattern(pattern, { minLength, maxLength })
  const most = Math.min(maxLength, Math.max(minLength, TEXT_MOST))
  const fits = (text: string): boolean => [...text].length >= minLength && [...text].length <= most
  const telling = TELLING.filter(fits)
  const free = fc.string({ unit: CHARACTERS, minLength, maxLength: most })
  const any = telling.length === 0 ? free : fc.oneof({ arbitrary: free, weight: 3 }, fc.constantFrom(...telling))
  if (manner.mark === '' || most < manner.mark.length + 1) return any
  return any.map((text) => [...`${manner.mark} ${text}`].slice(0, most).join(''))
}

/** How an id is written in patterns, and one letter for it: ids are put in afterwards. */
const ID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const ID_LETTER = '§'

function ofPattern(pattern: string, { minLength, maxLength }: { minLength: number; maxLength: number }) {
  const matching = fc.stringMatching(new RegExp(pattern.replaceAll(ID_PATTERN, ID_LETTER)), {
    size: 'small',
    ...(Number.isFinite(maxLength) ? { maxLength } : {}),
  })
  return fc
    .tuple(matching, idsOf(''), idsOf(''))
    .map(([text, first, second]) => {
      let nth = 0
      return text.replaceAll(ID_LETTER, () => (nth++ % 2 === 0 ? first : second))
    })
    .filter((text) => text.length >= minLength && text.length <= maxLength)
}

/** Texts of which the pattern says less than there is to know. */
const HINTED: Readonly<Record<string, () => Arbitrary<string>>> = {
  // Nothing answers there, and nothing is asked outside of this machine.
  baseUrl: () => fc.constantFrom('http://127.0.0.1:9', 'http://127.0.0.1:9/v1/'),
  topics: () =>
    fc
      .array(
        fc
          .constantFrom('video', 'video', 'video', 'production', 'x')
          .chain((word) => idsOf(word).map((id) => `${word}:${id}`)),
        { minLength: 1, maxLength: 2 },
      )
      .map((topics) => topics.join(',')),
  url: () =>
    fc.oneof(
      idsOf('video').map((id) => `${OWN_ORIGIN}/watch/${id}`),
      fc.constantFrom('https://example.org/', 'http://127.0.0.1:9/', OWN_ORIGIN, 'javascript:alert(1)'),
    ),
}

/** Ids, mostly of things that the caller may know. */
export function idsOf(kind: string): Arbitrary<string> {
  const index = fc.nat({ max: 999 })
  return fc.oneof(
    { arbitrary: index.map((at) => standIn('own', kind, at)), weight: 7 },
    { arbitrary: index.map((at) => standIn('others', kind, at)), weight: 3 },
    { arbitrary: index.map((at) => standIn('nobody', kind, at)), weight: 1 },
  )
}

function ofFormat(format: string, name: string, { mark }: Manner): Arbitrary<string> {
  switch (format) {
    case 'uuid':
      return idsOf(kindOfName(name))
    case 'date-time':
      return fc
        .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString())
    case 'date':
      return fc
        .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10))
    case 'email':
    case 'idn-email':
      return fc.stringMatching(/^[a-z][a-z0-9]{2,12}$/).map((local) => `${local}${mark}@example.org`)
    case 'uri':
    case 'uri-reference':
    case 'url':
      return fc.constantFrom('https://example.org/', 'http://127.0.0.1:9/', 'https://example.org/a?b=c#d')
    case 'ipv4':
      return fc.ipV4()
    case 'ipv6':
      return fc.ipV6()
    default:
      throw new Error(`values of ${name}: the format ${format} is not known here`)
  }
}
