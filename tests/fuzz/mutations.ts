import fc, { type Arbitrary } from 'fast-check'
import { standIn } from './known.ts'
import type { JsonSchema } from './values.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Text that is no text, or that nobody would type. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...['\0', 'a\0b', '\ud800', 'x\udfff', '\udc00\ud800', '', ' ', '\u0000'.repeat(3), '\ufffe\uffff', '\u{10ffff}'],
  ...['__proto__', 'constructor', 'toString', 'undefined', 'NaN', '-1', '0', '1e400', '9223372036854775808', '2^63'],
  ...["' or 1=1 --", '%00', '..', '../..', '*', '{}', '[]', '$ne', '\\', '\u202e', 'javascript:alert(1)'],
  ...['x'.repeat(256), 'x'.repeat(10 * KIB), 'é'.repeat(300), 'FA57F00D-0000-4000-8000-000000000000'],
]

/** Names of fields that a client may never set. */
const FOREIGN_FIELDS: readonly string[] = [
  ...['id', 'ownerId', 'userId', 'workspaceId', 'tenantId', 'createdBy', 'createdAt', 'deletedAt', 'role', 'roles'],
  ...['permissions', 'isAdmin', 'emailVerified', 'banned', 'state', 'price', 'constructor', 'prototype', 'toString'],
  ...['hasOwnProperty', '$ne', '$where', '', ' ', 'a.b', '\0', '\ud800', '__proto__'],
]

const WRONG_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 63), 1e308, '', 'x', '0', 'true', [], {}],
  ...[[[]], [null], { $ne: 1 }, { $gt: '' }, ['x', 'x'], { length: 1e9 }, { toString: 1 }, { valueOf: 1 }],
]

/** A place in a value, with what the schema says of it. */
interface Site {
  readonly path: readonly (string | number)[]
  readonly schema: JsonSchema
  readonly value: unknown
}

function sitesOf(schema: JsonSchema, value: unknown, path: readonly (string | number)[] = []): Site[] {
  const here: Site = { path, schema, value }
  if (Array.isArray(value)) {
    return [here, ...value.slice(0, 3).flatMap((item, at) => sitesOf(schema.items ?? {}, item, [...path, at]))]
  }
  if (typeof value !== 'object' || value === null) return [here]
  const fields = Object.entries(value).flatMap(([name, field]) =>
    sitesOf(schema.properties?.[name] ?? {}, field, [...path, name]),
  )
  return [here, ...fields]
}

/** The value with another at this place; undefined takes the place away. */
function replaced(value: unknown, path: readonly (string | number)[], other: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return other
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => {
      if (at !== first) return [item]
      const changed = replaced(item, rest, other)
      return changed === undefined ? [] : [changed]
    })
  }
  const entries = Object.entries(value as object).flatMap(([name, field]) => {
    if (name !== first) return [[name, field]]
    const changed = replaced(field, rest, other)
    return changed === undefined ? [] : [[name, changed]]
  })
  return Object.fromEntries(entries)
}

/** What stands just beyond a border, or far beyond it. */
function beyond({ schema, value }: Site): unknown[] {
  if (typeof value === 'number') {
    const { minimum = 0, maximum = 0 } = schema
    return [minimum - 1, minimum, maximum, maximum + 1, value + 0.5, -value, String(value)]
  }
  if (typeof value === 'string') {
    const { minLength = 0, maxLength = 200 } = schema
    const long = ['x', 'é', '👩'].flatMap((unit) => [unit.repeat(maxLength), unit.repeat(maxLength + 1)])
    return [...HOSTILE_TEXTS, ...long, 'x'.repeat(Math.max(0, minLength - 1)), value.toUpperCase(), `${value}\0`]
  }
  if (Array.isArray(value)) {
    const { maxItems = 100 } = schema
    const item: unknown = value[0] ?? null
    return [[], [item, item], Array.from({ length: Math.min(maxItems, 10_000) + 1 }, () => item), [...value, null]]
  }
  return []
}

function foreign(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { [name]: 1 }
  // defined, because assigning to `__proto__` would set the prototype and write nothing
  return Object.defineProperty({ ...value }, name, { value: 1, enumerable: true, configurable: true })
}

/** Whether an id would be taken as text: nothing is asked of it, or no more than that there be something. */
function takesAnyText({ type, format, pattern = '' }: JsonSchema): boolean {
  return type === 'string' && format === undefined && new RegExp(pattern, 'u').test(standIn('others', '', 0))
}

/** A value that was right, with one thing wrong; `at` and `how` choose which. */
export function mutated(schema: JsonSchema, value: unknown, at: number, how: number): unknown {
  const sites = sitesOf(schema, value)
  const site = sites[at % sites.length]
  if (site === undefined) return value
  // in free text it would be no more than text, that whoever wrote it may read again
  const another = standIn(takesAnyText(site.schema) ? 'nobody' : 'others', '', how)
  const others = [another, [another]]
  const wrong = [
    () => undefined,
    () => WRONG_VALUES[how % WRONG_VALUES.length],
    () => others[how % others.length],
    () => foreign(site.value, FOREIGN_FIELDS[how % FOREIGN_FIELDS.length] ?? ''),
    () => {
      const borders = beyond(site)
      return borders.length === 0 ? [site.value] : borders[how % borders.length]
    },
  ][Math.floor(how / 100) % 5]
  return replaced(value, site.path, wrong?.())
}

/** A body of text or bytes, made only when it is sent: some are large. */
export interface RawBody {
  readonly says: string
  readonly make: () => string | Buffer
}

const raw = (says: string, make: () => string | Buffer): RawBody => ({ says, make })

const RAW_BODIES: readonly RawBody[] = [
  raw('nothing', () => ''),
  raw('a space', () => ' '),
  raw('null', () => 'null'),
  raw('a list', () => '[]'),
  raw('an empty object', () => '{}'),
  raw('a text', () => '"x"'),
  raw('a number', () => '-0'),
  raw('half an object', () => '{"title":"x","te'),
  raw('a comma too many', () => '{"title":"x",}'),
  raw('two values', () => '{}{}'),
  raw('a mark before it', () => '\ufeff{}'),
  raw('bytes that are no text', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  raw('NULs', () => Buffer.alloc(64)),
  raw('a NUL in a text', () => '{"title":"a\0b","text":"a\0b"}'),
  raw('a prototype', () => '{"__proto__":{"isAdmin":true}}'),
  raw('an escaped prototype', () => String.raw`{"\u005f_proto__":{"a":1}}`),
  raw('a prototype of a constructor', () => '{"constructor":{"prototype":{"a":1}}}'),
  raw('a field twice', () => '{"title":"x","title":{"a":1},"text":"x","text":1}'),
  raw('infinite numbers', () => '{"title":1e999,"text":-1e999,"limit":1e999}'),
  raw('lists 200,000 deep', () => '['.repeat(200_000) + ']'.repeat(200_000)),
  raw('lists 200,000 deep in a field', () => `{"title":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
  raw('objects 200,000 deep', () => '{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)),
  raw('brackets that never close', () => '['.repeat(100_000)),
  raw('a million letters', () => JSON.stringify({ title: 'x'.repeat(MIB - 100), text: '' })),
  raw('more than may be', () => JSON.stringify({ title: 'x'.repeat(MIB) })),
  raw('50,000 fields', () =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`field${at}`, at]))),
  ),
  raw('a form', () => 'title=x&text=x&id=1'),
  raw('multipart', () => '--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--x--\r\n'),
]

export const rawBodies: Arbitrary<RawBody> = fc.constantFrom(...RAW_BODIES)

export const CONTENT_TYPES: readonly string[] = [
  ...[
    'application/json; charset=utf-8',
    'application/json;charset=latin1',
    'APPLICATION/JSON',
    'text/json',
    'text/plain',
  ],
  ...[
    'application/json, text/plain',
    'application/vnd.api+json',
    'application/x-www-form-urlencoded',
    'application/xml',
  ],
  ...[
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/offset+octet-stream',
    'x',
    '*/*',
    ';',
  ],
]
