import { createRequire } from 'node:module'
import type { OpenApi, OperationObject } from '../../server/docs/document.ts'
import type { Reply } from './app.ts'
import { dereferenced, referenceFaults } from './openapi-references.ts'

// ajv is CommonJS with a default export inside.
const require = createRequire(import.meta.url)
const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
const addFormats = (require('ajv-formats') as { default: (ajv: InstanceType<typeof Ajv2020>) => void }).default

/** An operation with its place in the document. */
export interface Described {
  readonly method: string
  readonly path: string
  readonly operation: OperationObject
}

const described = new WeakMap<OpenApi, readonly Described[]>()

/** Every operation, in the document's order, whole: what its references lead to stands in their place. */
export function operationsOf(api: OpenApi): readonly Described[] {
  const known = described.get(api)
  if (known !== undefined) return known
  const operations = Object.entries(dereferenced(api).paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...{ method: method.toUpperCase(), path },
      // Nothing in it is a reference any more.
      operation: operation as OperationObject,
    })),
  )
  described.set(api, operations)
  return operations
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const MEDIA_TYPE = /^[\w.+*-]+\/[\w.+*-]+$/

/** What in a document breaks OpenAPI 3.1 or the house's own rules; none when all is well. */
export function openApiFaults(api: OpenApi): string[] {
  const faults: string[] = []
  const must = (holds: boolean, says: string): void => void (holds || faults.push(says))
  must(/^3\.1\.\d+$/.test(api.openapi), 'openapi is no 3.1 version')
  must(api.info.title !== '' && api.info.version !== '', 'info lacks its title or version')
  const references = referenceFaults(api)
  if (references.length > 0) return [...faults, ...references]
  const ids = new Set<string>()
  for (const { method, path, operation } of operationsOf(api)) {
    const name = `${method} ${path}`
    const told = (holds: boolean, says: string): void => must(holds, `${name}: ${says}`)
    told(path.startsWith('/') && METHODS.includes(method.toLowerCase()), 'no method or path of OpenAPI')
    told(/^[a-z][A-Za-z0-9]*$/.test(operation.operationId), 'its operation id is no identifier')
    told(!ids.has(operation.operationId), 'its operation id is not unique')
    ids.add(operation.operationId)
    told(/^\S.+[^.\s]$/.test(operation.summary), 'it has no summary, or one that ends in a full stop')
    told(operation.tags.length === 1 && operation.tags[0] !== '', 'it has not one tag')
    told(/^(?:public|signed-in|[a-z-]+:[a-z-]+)$/.test(operation['x-permission']), 'it does not say who may call it')
    faults.push(...parameterFaults(path, operation).map((says) => `${name}: ${says}`))
    faults.push(...responseFaults(operation).map((says) => `${name}: ${says}`))
  }
  return faults
}

function parameterFaults(path: string, { parameters = [], requestBody }: OperationObject): string[] {
  const faults: string[] = []
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name)
  const declared = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
  if (inPath.toSorted().join() !== declared.toSorted().join()) faults.push('its path parameters are not its path’s')
  const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name.toLowerCase()}`)
  if (new Set(keys).size !== keys.length) faults.push('a parameter is there twice')
  if (parameters.some((parameter) => parameter.in === 'path' && !parameter.required))
    faults.push('a path parameter is optional')
  const schemas = [...parameters, ...Object.values(requestBody?.content ?? {})].map(({ schema }) => schema)
  return [...faults, ...schemas.flatMap((schema) => schemaFaults(schema))]
}

function responseFaults({ responses }: OperationObject): string[] {
  const faults: string[] = []
  const statuses = Object.keys(responses)
  if (!statuses.some((status) => /^(?:2\d\d|303|101)$/.test(status))) faults.push('it has no success')
  if (!['400', '401', '403', '503', 'default'].every((status) => statuses.includes(status)))
    faults.push('it lacks common problems')
  for (const [status, { description, content = {}, 'x-problems': problems = [] }] of Object.entries(responses)) {
    if (!/^(?:[1-5]\d\d|default)$/.test(status) || description === '') faults.push(`${status} is no response`)
    if (problems.some(({ type, title }) => !/^\/problems\/[a-z/-]+$/.test(type) || title === ''))
      faults.push(`${status} has a nameless problem`)
    if ((problems.length > 0 || status === 'default') && content['application/problem+json'] === undefined)
      faults.push(`${status} does not say what a problem is`)
    for (const [type, { schema }] of Object.entries(content)) {
      if (!MEDIA_TYPE.test(type)) faults.push(`${type} is no media type`)
      faults.push(...schemaFaults(schema))
    }
  }
  return faults
}

function schemaFaults(schema: object): string[] {
  return ajv.validateSchema(schema) === true ? [] : (ajv.errors ?? []).map(({ message }) => `a schema ${message}`)
}

// One for all: each would compile the schema of schemas anew, which takes longer than all that it then checks.
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats(ajv)

/** In what an answer differs from the description of its operation; null when it does not. */
export function answerFault(
  api: OpenApi,
  operationId: string,
  reply: Pick<Reply, 'status' | 'headers' | 'bytes'>,
): string | null {
  const found = operationsOf(api).find(({ operation }) => operation.operationId === operationId)
  if (found === undefined) return `${operationId} is not described`
  const response = found.operation.responses[String(reply.status)]
  const name = `${operationId} ${reply.status}`
  if (response === undefined) return `${name} is not described`
  if (reply.bytes.length === 0) return null
  const type = reply.headers.get('content-type')?.split(';')[0] ?? ''
  const content = response.content ?? {}
  const media = content[type] ?? (type === 'application/problem+json' ? undefined : content['*/*'])
  if (media === undefined) return `${name} is ${type}, which is not described`
  if (!/[/+]json$/.test(type) || media.schema.type === 'string') return null
  if (ajv.validate(media.schema, JSON.parse(reply.bytes.toString()))) return null
  return `${name}: ${ajv.errorsText()}`
}
