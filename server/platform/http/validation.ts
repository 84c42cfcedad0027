import { createRequire } from 'node:module'
import type { TSchema } from 'typebox'
import type { Fault } from '#kernel/errors.ts'
import { isId } from '#kernel/ids.ts'
import { detailOf, toldErrors } from './fault-words.ts'
import { InvalidInput } from './problems.ts'

// ajv and ajv-formats are CommonJS with a default export inside: their types and nodenext disagree about it.
const require = createRequire(import.meta.url)
type AjvModule = typeof import('ajv')
const { Ajv } = require('ajv') as { Ajv: AjvModule['Ajv'] }
const addFormats = (require('ajv-formats') as { default: (ajv: InstanceType<AjvModule['Ajv']>) => void }).default

type ErrorObject = import('ajv').ErrorObject
type ValidateFunction = import('ajv').ValidateFunction

/** Where in the request the value stands; it shapes the pointer of a fault: `/a/b` in the body, `?limit`, `:id`. */
export type Part = 'body' | 'query' | 'params'

/** Faults told at most: an input of a million wrong items is not answered by a million faults. */
const FAULTS_TOLD = 50
/**
 * Of an input that holds more values than this its first fault is told alone: a fault for each of half a million wrong items
 * takes seconds and hundreds of megabytes to find.
 */
const VALUES_LOOKED_AT = 10_000

const strict = { allErrors: true, removeAdditional: false, useDefaults: true, strict: false, messages: true } as const
const bodies = new Ajv({ ...strict, coerceTypes: false })
const largeBodies = new Ajv({ ...strict, coerceTypes: false, allErrors: false })
const texts = new Ajv({ ...strict, coerceTypes: true })
// ajv's own `uuid` takes capitals and `urn:uuid:`, which are other spellings of the same row, or none for the database.
for (const ajv of [bodies, largeBodies, texts]) {
  addFormats(ajv)
  ajv.addFormat('uuid', isId)
  ajv.addFormat('date-time', isTime)
}

/** RFC 3339 without what ajv's own format takes beside it: a space for the T, and seconds that no clock here can show. */
function isTime(text: string): boolean {
  const [, date, hours] = /^(\d{4}-\d\d-\d\d)T(\d\d):\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i.exec(text) ?? []
  if (date === undefined || hours === '24' || Number.isNaN(Date.parse(text))) return false
  // The 30th of February would be read as a day in March.
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}

/**
 * Compiles a check of one part of a request. The check returns all faults (of something very large the first), none when the
 * value is right, and fills in defaults. Text parts (query, params) are read as the number or boolean that the schema names.
 * What is wrong with the schema itself shows with the first value.
 */
export function compileCheck(schema: TSchema, part: Part): (value: unknown) => Fault[] {
  // Compiled when it is first needed: those of all routes take half a second of each start, and few of them are called.
  let compiled: ValidateFunction | undefined
  let compiledForLarge: ValidateFunction | undefined
  return (value) => {
    if (part === 'body' && holdsMore(value, VALUES_LOOKED_AT)) {
      const validateLarge = (compiledForLarge ??= largeBodies.compile(schema))
      if (!validateLarge(value)) return toldErrors(validateLarge.errors ?? []).map((error) => faultOf(error, part))
      return unstorableFaults(value, part)
    }
    const validate = (compiled ??= (part === 'body' ? bodies : texts).compile(schema))
    const poisoned = unstorableFaults(value, part)
    if (validate(value) && poisoned.length === 0) return []
    return [...poisoned, ...toldErrors(validate.errors ?? []).map((error) => faultOf(error, part))].slice(
      0,
      FAULTS_TOLD,
    )
  }
}

/** Whether there are more than so many values in one, at any depth. */
function holdsMore(value: unknown, most: number): boolean {
  let count = 0
  const open: unknown[] = [value]
  for (let node = open.pop(); typeof node === 'object' && node !== null; node = open.pop()) {
    const inside: unknown[] = Array.isArray(node) ? node : Object.values(node)
    count += inside.length
    if (count > most) return true
    for (const child of inside) if (typeof child === 'object' && child !== null) open.push(child)
  }
  return false
}

/** @throws InvalidInput with every fault */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw InvalidInput({ errors: faults })
}

function faultOf(error: ErrorObject, part: Part): Fault {
  const params = error.params as { additionalProperty?: string; missingProperty?: string }
  const last = params.additionalProperty ?? params.missingProperty
  const path = last === undefined ? error.instancePath : `${error.instancePath}/${escapePointer(last)}`
  return { pointer: pointerIn(part, path), detail: detailOf(error) }
}

function pointerIn(part: Part, path: string): string {
  if (part === 'body') return path
  return `${part === 'query' ? '?' : ':'}${path.slice(1)}`
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

const NOT_STORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * NUL and lone surrogates are valid JSON but cannot be stored as text (PostgreSQL refuses U+0000, UTF-8 has no
 * surrogates). Walks without recursion: depth was bounded when the body was read.
 */
function unstorableFaults(value: unknown, part: Part): Fault[] {
  const faults: Fault[] = []
  const open: [string, unknown][] = [['', value]]
  for (let entry = open.pop(); entry !== undefined && faults.length < FAULTS_TOLD; entry = open.pop()) {
    const [pointer, node] = entry
    if (typeof node === 'string' && NOT_STORABLE.test(node)) {
      faults.push({
        pointer: pointerIn(part, pointer),
        detail: 'holds a character that is no text (NUL or half a surrogate pair)',
      })
    } else if (typeof node === 'object' && node !== null) {
      for (const [name, child] of Object.entries(node)) {
        if (NOT_STORABLE.test(name))
          faults.push({ pointer: pointerIn(part, pointer), detail: 'has a field name that is no text' })
        open.push([`${pointer}/${escapePointer(name)}`, child])
      }
    }
  }
  return faults
}
