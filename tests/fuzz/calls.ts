import fc, { type Arbitrary } from 'fast-check'
import type { Described } from '#tests/support/openapi-rules.ts'
import { strayHeaders, valuesOfHeader } from './headers.ts'
import { CONTENT_TYPES, HOSTILE_TEXTS, type RawBody, mutated, rawBodies } from './mutations.ts'
import { type Manner, valuesOf } from './values.ts'

/** Who calls: `session` is the member in a browser, `reader` their key that only reads, `nonsense` holds nothing. */
export const CALLERS = ['anonymous', 'nonsense', 'reader', 'member', 'session', 'operator'] as const
export type Caller = (typeof CALLERS)[number]

/** Where the address of a call leads: to a thing that is known, to one put together, or to what is no address. */
export interface Place {
  readonly kind: 'own' | 'others' | 'pieces' | 'hostile'
  /** Which of those that are known. */
  readonly index: number
  /** The path's parameters, percent-encoded, where none is known. */
  readonly pieces: Readonly<Record<string, string>>
}

/** A call as it is thought of, before the ids of this run stand in it. The same seed gives the same. */
export interface PlannedCall {
  readonly described: Described
  readonly caller: Caller
  readonly place: Place
  /** With its question mark; empty for none. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: RawBody | null
  /** Which part of it is wrong on purpose; `nothing` when all is as described. */
  readonly wrong: Wrong
}

type Wrong = 'nothing' | 'path' | 'query' | 'headers' | 'stray headers' | 'fields' | 'body' | 'content type'

const callers = fc.oneof(
  { arbitrary: fc.constant<Caller>('member'), weight: 8 },
  { arbitrary: fc.constant<Caller>('session'), weight: 4 },
  { arbitrary: fc.constant<Caller>('operator'), weight: 4 },
  { arbitrary: fc.constantFrom<Caller>('anonymous', 'reader'), weight: 3 },
  { arbitrary: fc.constant<Caller>('nonsense'), weight: 1 },
)

/** Calls of an operation, a good part of them wrong in one way. */
export function callsOf(described: Described, manner: Manner): Arbitrary<PlannedCall> {
  const wrongs = wrongsOf(described)
  const wrong = fc.oneof(
    { arbitrary: fc.constant<Wrong>('nothing'), weight: 3 },
    { arbitrary: fc.constantFrom(...wrongs), weight: 5 },
  )
  const all = new Set<Wrong>(['nothing', ...wrongs])
  const parts = new Map([...all].map((one) => [one, partsOf(described, manner, one)]))
  return fc
    .tuple(callers, wrong)
    .chain(([caller, one]) =>
      (parts.get(one) ?? partsOf(described, manner, one)).map((made) => ({ described, caller, wrong: one, ...made })),
    )
}

/** Calls of an operation that are as described, of its own things. */
export function rightCallsOf(described: Described, manner: Manner): Arbitrary<PlannedCall> {
  return partsOf(described, manner, 'nothing').map((made) => ({
    ...{ described, caller: 'member' as const, wrong: 'nothing' as const, ...made },
    place: { ...made.place, kind: 'own' as const },
  }))
}

/** What can be wrong with this operation. */
function wrongsOf({ operation, path }: Described): Wrong[] {
  const describes = (place: string): boolean => operation.parameters?.some((one) => one.in === place) === true
  return [
    ...(path.includes('{') ? (['path'] as const) : []),
    'query',
    ...(describes('query') ? (['query'] as const) : []),
    ...(describes('header') ? (['headers'] as const) : []),
    'stray headers',
    ...(operation.requestBody === undefined ? [] : (['fields', 'fields', 'fields', 'content type'] as const)),
    'body',
  ]
}

function partsOf(described: Described, manner: Manner, wrong: Wrong) {
  return fc.record({
    place: placesOf(described, manner, wrong === 'path'),
    query: queriesOf(described, manner, wrong === 'query'),
    headers: headersOf(described, wrong),
    body: bodiesOf(described, manner, wrong),
  })
}

const INDEX = fc.nat({ max: 999 })
const ODD_PIECES = ['', '%', '%zz', '%00', '%ed%a0%80', '%ff', '.', '..', '%2e%2e', '%2f', 'a%2fb', ';x', ' '.repeat(0)]

function placesOf({ path, operation }: Described, manner: Manner, isHostile: boolean): Arbitrary<Place> {
  const parameters = operation.parameters?.filter((one) => one.in === 'path') ?? []
  const right = Object.fromEntries(
    parameters.map(({ name, schema }) => [name, valuesOf(schema, manner, name).map(encoded)]),
  )
  const pieces = isHostile ? Object.fromEntries(parameters.map(({ name }) => [name, ODD])) : right
  if (isHostile) return fc.record({ kind: fc.constant<'hostile'>('hostile'), index: INDEX, pieces: fc.record(pieces) })
  const kinds = path.includes('{')
    ? fc.oneof(
        { arbitrary: fc.constant<Place['kind']>('own'), weight: 6 },
        { arbitrary: fc.constant<Place['kind']>('others'), weight: 3 },
        { arbitrary: fc.constant<Place['kind']>('pieces'), weight: 1 },
      )
    : fc.constant<Place['kind']>('pieces')
  return fc.record({ kind: kinds, index: INDEX, pieces: fc.record(pieces) })
}

/** Percent-encoded, and with halves of surrogate pairs as the bytes that they would be. */
function encoded(value: unknown): string {
  // What is no text in a query or a form is the text that stands for it: an object need not know how to be one.
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  if (text.isWellFormed()) return encodeURIComponent(text)
  return [...text].map((unit) => (unit.isWellFormed() ? encodeURIComponent(unit) : '%ed%a0%80')).join('')
}

const HOSTILE_ENCODED = HOSTILE_TEXTS.map(encoded)
// One for all: fast-check takes a millisecond to make one.
const ODD = fc.oneof(
  fc.constantFrom(...HOSTILE_ENCODED),
  fc.constantFrom(...ODD_PIECES),
  fc.string({ unit: 'binary', maxLength: 20 }).map(encoded),
)

const STRAY_QUERIES: readonly string[] = [
  ...['ownerId=1', 'isAdmin=true', '__proto__=x', '__proto__[a]=x', 'constructor=x', 'a[]=1', 'a[b]=1', '=', '&&', '%'],
  ...['%00=1', 'x=%zz', '%ed%a0%80=1', 'sort=title;drop', 'offset=-1', 'order=desc', 'token=x', 'access_token=x', 'x'],
  ...['id=1&id=2', `x=${'y'.repeat(6000)}`, 'limit=1&limit=2', 'limit=1e999', 'cursor=', 'ticket=x', '#', '?x=1'],
]

/** What the server hands out for another call: hardly ever right when it is made up. */
const HANDED_OUT: readonly string[] = ['cursor', 'ticket']

function queriesOf({ operation }: Described, manner: Manner, isWrong: boolean): Arbitrary<string> {
  const described = operation.parameters?.filter((one) => one.in === 'query') ?? []
  const parameters = described.filter(({ name }) => isWrong || !HANDED_OUT.includes(name))
  const right = fc
    .record(
      Object.fromEntries(parameters.map(({ name, schema }) => [name, valuesOf(schema, manner, name).map(encoded)])),
      { requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name) },
    )
    .map((pairs) => Object.entries(pairs).map(([name, value]) => `${encoded(name)}=${value}`))
  const names = parameters.map(({ name }) => encoded(name))
  const broken = fc.oneof(
    fc.constantFrom(...STRAY_QUERIES),
    ...(names.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...names), fc.constantFrom(...HOSTILE_ENCODED))
            .map(([name, text]) => `${name}=${text}`),
          fc.constantFrom(...names).map((name) => `${name}=`),
          fc.constantFrom(...names).map((name) => `${name}[]=1`),
        ]),
  )
  const asked = (pairs: readonly string[]): string => (pairs.length === 0 ? '' : `?${pairs.join('&')}`)
  if (!isWrong) return right.map(asked)
  return fc.tuple(right, broken, fc.boolean()).map(([pairs, stray, isFirst]) => {
    // one that is there already is there twice
    return asked(isFirst ? [stray, ...pairs] : [...pairs, stray, ...pairs.slice(0, 1)])
  })
}

/** A header without which the operation does nothing is there more often than not. */
const SPOKEN = new Set(['tus-resumable', 'upload-length', 'upload-offset'])

function headersOf({ operation, method }: Described, wrong: Wrong): Arbitrary<Record<string, string>> {
  const described = operation.parameters?.filter((one) => one.in === 'header') ?? []
  const isTus = described.some(({ name }) => name === 'Tus-Resumable')
  const entries = described
    .filter(({ name }) => name !== 'Content-Type')
    .map(({ name, required }) => {
      const often = required || SPOKEN.has(name.toLowerCase())
      const values =
        wrong === 'headers'
          ? valuesOfHeader(name)
          : name === 'Idempotency-Key'
            ? KEYS
            : plainOr(valuesOfHeader(name), name)
      const chance = often ? 9 : wrong === 'headers' ? 5 : 1
      return [name, fc.option(values, { nil: undefined, freq: chance })] as const
    })
  const own = fc.record(Object.fromEntries(entries)).map(withoutGaps)
  const typed = typesOf({ operation, isTus, method }, wrong)
  const stray = wrong === 'stray headers' ? strayHeaders : fc.constant<Record<string, string>>({})
  return fc.tuple(own, typed, stray).map(([one, two, three]) => ({ ...one, ...two, ...three }))
}

/** Keys that come back, with the same body or another, and such that do not. */
const KEYS = fc.oneof(
  fc.constantFrom('first-key', 'second-key'),
  fc.nat({ max: 1e9 }).map((at) => `key-${at}`),
)

/** Values with which tus takes bytes; other headers have what they may have. */
function plainOr(values: Arbitrary<string>, name: string): Arbitrary<string> {
  const plain: Readonly<Record<string, string>> = {
    'Tus-Resumable': '1.0.0',
    'Upload-Length': '10',
    'Upload-Offset': '0',
  }
  const value = plain[name]
  return value === undefined ? values : fc.oneof({ arbitrary: fc.constant(value), weight: 4 }, values)
}

function withoutGaps(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const told = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(told)
}

function typesOf(
  { operation, isTus, method }: Pick<Described, 'operation' | 'method'> & { readonly isTus: boolean },
  wrong: Wrong,
): Arbitrary<Record<string, string>> {
  const [right] = Object.keys(operation.requestBody?.content ?? {})
  const type = isTus && ['POST', 'PATCH'].includes(method) ? 'application/offset+octet-stream' : right
  if (wrong === 'content type')
    return fc
      .option(fc.constantFrom(...CONTENT_TYPES))
      .map((value) => (value === null ? {} : { 'Content-Type': value }))
  if (type !== undefined) return fc.constant({ 'Content-Type': type })
  return fc.constant(wrong === 'body' ? { 'Content-Type': 'application/json' } : {})
}

const SOME_BYTES: RawBody = { says: 'five bytes', make: () => 'hello' }

function bodiesOf({ operation, path, method }: Described, manner: Manner, wrong: Wrong): Arbitrary<RawBody | null> {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return fc.constant(null)
  if (wrong === 'body') return rawBodies
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(operation.requestBody?.content ?? {})
  if (type === '') {
    const takesBytes = operation.parameters?.some(({ name }) => name === 'Upload-Length' || name === 'Upload-Offset')
    return takesBytes === true ? fc.constantFrom(SOME_BYTES, null) : fc.constant(null)
  }
  const right = valuesOf(schema, manner)
  const value =
    wrong === 'fields'
      ? fc.tuple(right, INDEX, INDEX).map(([whole, at, how]) => mutated(schema, whole, at, how))
      : right
  const write = writerOf(type, path)
  return value.map((one) => ({ says: wrong === 'fields' ? 'mutated' : 'right', make: () => write(one) }))
}

/** How a body of this type is written. @throws Error for one that is not known here */
function writerOf(type: string, path: string): (value: unknown) => string {
  if (type === 'application/json') return (value) => JSON.stringify(value) ?? ''
  if (type === 'application/x-www-form-urlencoded') {
    return (value) =>
      Object.entries(Object(value) as object)
        .map(([name, field]) => `${encoded(name)}=${encoded(field)}`)
        .join('&')
  }
  throw new Error(`${path}: how ${type} is written is not known here`)
}
