import { createRequire } from 'node:module'
import type { Described } from '#tests/support/openapi-rules.ts'
import type { Answer, SentCall } from '#tests/support/wire.ts'

// ajv is CommonJS with a default export inside.
const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
const addFormats = (require('ajv-formats') as { default: (ajv: InstanceType<typeof Ajv2020>) => void }).default

type Check = (value: unknown) => string | null

/** Longer than any answer may take, on a machine that does other things too. */
export const PATIENCE_MS = 8000

/** Node takes in a head of 16 KiB; what is nearly as long may be longer once its names and ends of lines are added. */
const HEAD_BYTES = 14 * 1024

/** What is answered before a route is found, whatever the route would have answered. */
const BEFORE_ROUTING = ['/problems/not-found', '/problems/malformed-request', '/problems/method-not-allowed']

const INSIDE = /\bat .{1,200}:\d+:\d+|node_modules|insert into |select .{1,200} from |pgboss|kysely|find-my-way/i

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** What an answer must not hold: another workspace's words, and its ids where the call did not name them. */
export interface Foreign {
  readonly mark: string
  readonly ids: ReadonlySet<string>
}

/** Says of any answer what is wrong with it, by the description of the API alone. */
export class Oracle {
  readonly #checks = new Map<string, Check>()
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })

  constructor() {
    addFormats(this.#ajv)
  }

  /** Everything that is wrong; none when all is well. `isOdd`: the address may lead to no route, or to another. */
  faults(
    { operation, method }: Described,
    call: SentCall,
    answer: Answer,
    isOddAddress: boolean,
    foreign: Foreign,
  ): string[] {
    const { status, headers, bytes } = answer
    const isOdd = isOddAddress || call.target.length + JSON.stringify(call.headers).length > HEAD_BYTES
    const faults: string[] = []
    const must = (holds: boolean, says: string): void => void (holds || faults.push(`${status} ${says}`))
    must(answer.elapsedMs < PATIENCE_MS, 'came late')
    must(headers.get('x-request-id') !== null, 'has no request id')
    if (status >= 500) {
      must(status === 507 || (status === 503 && Number(headers.get('retry-after')) > 0), 'is no considered answer')
    }
    const text = bytes.toString()
    const asked = `${call.target} ${JSON.stringify(call.headers)} ${call.body?.toString() ?? ''}`.toLowerCase()
    must(!text.includes(foreign.mark), 'tells words of another workspace')
    const told = text.match(ID)?.find((id) => foreign.ids.has(id) && !asked.includes(id))
    must(told === undefined, 'tells an id of another workspace')
    if (status >= 400) {
      const type = headers.get('content-type')?.split(';')[0] ?? ''
      if (method === 'HEAD') return faults
      // a page says to people what a problem says to programs
      if (type === 'text/html' && operation.responses[status]?.content?.[type] !== undefined) return faults
      must(type === 'application/problem+json', `is ${type}, no problem document`)
      if (faults.length > 0) return faults
      must(!INSIDE.test(text.slice(0, 20_000)), 'tells of the inside')
      return [...faults, ...this.#problemFaults(operation, answer, isOdd)]
    }
    return isOdd && operation.responses[status] === undefined
      ? faults
      : [...faults, ...this.#bodyFaults(operation, answer)]
  }

  #problemFaults(operation: Described['operation'], answer: Answer, isOdd: boolean): string[] {
    const { status } = answer
    const document = answer.json<{ type: string; status: number }>()
    if (isOdd && BEFORE_ROUTING.includes(document.type)) return []
    const response = operation.responses[status]
    if (response === undefined) return [`${status} ${document.type} is not described`]
    const types = response['x-problems']?.map(({ type }) => type) ?? []
    const faults = types.includes(document.type) ? [] : [`${status} ${document.type} is not described`]
    const wrong = this.#check('a problem', response.content?.['application/problem+json']?.schema ?? {})(document)
    if (wrong !== null) faults.push(`${status} ${document.type}: ${wrong}`)
    if (document.status !== status) faults.push(`${status} says that it is ${document.status}`)
    return faults
  }

  #bodyFaults(operation: Described['operation'], answer: Answer): string[] {
    const { status, bytes } = answer
    const response = operation.responses[status]
    if (response === undefined) return [`${status} is not described`]
    if (bytes.length === 0) return []
    const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
    const media = response.content?.[type] ?? response.content?.['*/*']
    if (media === undefined) return [`${status} is ${type}, which is not described`]
    if (!/[/+]json$/.test(type) || media.schema.type === 'string') return []
    const wrong = this.#check(`${operation.operationId} ${status} ${type}`, media.schema)(answer.json())
    return wrong === null ? [] : [`${status}: ${wrong}`]
  }

  #check(name: string, schema: object): Check {
    const kept = this.#checks.get(name)
    if (kept !== undefined) return kept
    const ajv = this.#ajv
    const validate = ajv.compile(schema)
    const check: Check = (value) => (validate(value) ? null : ajv.errorsText(validate.errors))
    this.#checks.set(name, check)
    return check
  }
}
