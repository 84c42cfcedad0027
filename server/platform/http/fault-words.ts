import type { ErrorObject } from 'ajv'

/**
 * Faults as ajv finds them, without those that only say that one of several ways did not fit: of alternatives that are
 * words the words are told once, and of a value that may also be null what is wrong with the value.
 */
export function toldErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  let told = errors.slice(0, ERRORS_READ)
  // Inner alternatives first: what they tell is one of the outer ones' ways.
  const unions = told.filter(({ keyword }) => keyword === 'anyOf')
  for (const union of unions.toSorted((a, b) => b.schemaPath.length - a.schemaPath.length)) {
    const ways = new Set(told.filter((one) => isBelow(one.schemaPath, union.schemaPath) && isIn(one, union)))
    const kept = waysTold(union, [...ways])
    told = told.flatMap((one) => (one === union ? kept : ways.has(one) ? [] : [one]))
  }
  return told
}

/** Each of alternatives is compared with all errors: of thousands, which one bad body may have, few are told anyway. */
const ERRORS_READ = 500

const isBelow = (path: string, above: string): boolean => path.startsWith(`${above}/`)

const isIn = ({ instancePath }: ErrorObject, union: ErrorObject): boolean =>
  instancePath === union.instancePath || isBelow(instancePath, union.instancePath)

function waysTold(union: ErrorObject, ways: readonly ErrorObject[]): readonly ErrorObject[] {
  const meant = ways.filter(({ keyword, params }) => keyword !== 'type' || params['type'] !== 'null')
  const words = meant.filter(
    ({ keyword, instancePath }) => ['const', 'enum'].includes(keyword) && instancePath === union.instancePath,
  )
  if (meant.length === 0) return [union]
  if (words.length < meant.length) return meant
  const allowedValues = words.flatMap(({ keyword, params }): unknown[] =>
    keyword === 'enum' ? (params['allowedValues'] as unknown[]) : [params['allowedValue']],
  )
  if (meant.length < ways.length) allowedValues.push(null)
  return [{ ...union, keyword: 'enum', params: { allowedValues } }]
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'must be a text',
  integer: 'must be a whole number',
  number: 'must be a number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'must be a UUID in lower case',
  date: 'must be a day, such as 2026-11-21',
  'date-time': 'must be a time with its offset, such as 2026-11-21T09:30:00Z',
}

/** What is wrong, in words that need no knowledge of JSON Schema. */
export function detailOf({ keyword, params, message }: ErrorObject): string {
  const { limit, i = 0, j = 0 } = params as { limit?: number; i?: number; j?: number }
  switch (keyword) {
    case 'additionalProperties':
      return 'is not known here'
    case 'required':
      return 'is required'
    case 'enum':
      return `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`
    case 'maxLength':
      return `must have at most ${counted(limit, 'character')}`
    case 'minItems':
      return `must have at least ${counted(limit, 'item')}`
    case 'maxItems':
      return `must have at most ${counted(limit, 'item')}`
    case 'minProperties':
      return `must have at least ${counted(limit, 'field')}`
    case 'maxProperties':
      return `must have at most ${counted(limit, 'field')}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'uniqueItems':
      return `must not hold the same twice (items ${Math.min(i, j)} and ${Math.max(i, j)})`
    case 'type':
      return TYPES[String(params['type'])] ?? message ?? 'is not valid'
    case 'format':
      return FORMATS[String(params['format'])] ?? message ?? 'is not valid'
    case 'pattern':
      return params['pattern'] === String.raw`\S` ? 'must not be blank' : (message ?? 'is not valid')
    default:
      return message ?? 'is not valid'
  }
}

function counted(count: number | undefined, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
