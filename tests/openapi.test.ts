import { expect, test } from 'vitest'
import { problemsOf } from '#platform/http/answers.ts'
import type { RouteDefinition } from '#platform/http/route.ts'
import { everyRoute } from '../server/cli/generate.ts'
import { type OpenApi, type ParameterObject, type ResponseObject, describeApi } from '../server/docs/document.ts'
import { dereferenced } from './support/openapi-references.ts'
import { operationsOf } from './support/openapi-rules.ts'

const routes = await everyRoute()
const api = written(routes)

/** The document as clients get it. */
function written(some: readonly RouteDefinition[]): OpenApi {
  return JSON.parse(JSON.stringify(describeApi(some))) as OpenApi
}

const plain = (schema: unknown): unknown => (schema === undefined ? undefined : JSON.parse(JSON.stringify(schema)))

/** The schema of an answer or a body: as JSON or a form, or the one for its media type. */
function schemaIn(content: ResponseObject['content'], type?: string): unknown {
  const { 'application/json': json, 'application/x-www-form-urlencoded': form } = content ?? {}
  return (type === undefined ? (json ?? form) : content?.[type])?.schema
}

const problemsIn = (response: ResponseObject | undefined): unknown =>
  response?.content?.['application/problem+json'] === undefined ? 'no problems' : response['x-problems']

const inputsOf = (schema: unknown, place: string) => {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, unknown>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    ...{ name, place, required: place === 'path' || required.includes(name), schema: plain(property) },
  }))
}

const told = ({ name, in: place, required, schema }: ParameterObject) => ({ name, place, required, schema })

test('once its references are followed, the document says of each route what the route declares', () => {
  const operations = operationsOf(api)
  expect(operations.length).toBe(routes.length)
  for (const route of routes) {
    const { operation } = operations.find((one) => one.operation.operationId === route.id) ?? {}
    expect(schemaIn(operation?.requestBody?.content), `body of ${route.id}`).toEqual(plain(route.body))
    for (const [status, schema] of [route.ok, ...(route.also ?? [])]) {
      const { content } = operation?.responses[status] ?? {}
      const declared = typeof schema === 'string' ? { type: 'string' } : plain(schema ?? undefined)
      const described = typeof schema === 'string' ? schemaIn(content, schema) : schemaIn(content)
      expect(described, `${status} of ${route.id}`).toEqual(declared)
    }
    const parameters = operation?.parameters ?? []
    const inputs = [...inputsOf(route.params, 'path'), ...inputsOf(route.query, 'query')]
    expect(parameters.map(told), `parameters of ${route.id}`).toEqual(expect.arrayContaining(inputs))
    for (const [name, description] of Object.entries(route.headers ?? {}))
      expect(parameters, `headers of ${route.id}`).toContainEqual(expect.objectContaining({ name, description }))
    for (const status of new Set(problemsOf(route).map((kind) => kind.status))) {
      const kinds = problemsOf(route).filter((kind) => kind.status === status)
      const declared = kinds.map(({ type, title }) => ({ type: `/problems/${type}`, title }))
      expect(problemsIn(operation?.responses[status]), `${status} of ${route.id}`).toEqual(declared)
    }
  }
})

test('a name means the same whatever other routes there are, and the document does not depend on their order', () => {
  expect(written(routes.toReversed()).components).toEqual(api.components)
  const whole = byId(api)
  for (const part of [0, 1].map((parity) => written(routes.filter((_, index) => index % 2 === parity)))) {
    for (const section of ['schemas', 'parameters', 'responses'] as const) {
      const names = Object.keys(part.components[section])
      expect(names.length).toBeGreaterThan(10)
      for (const name of names) expect(api.components[section][name]).toEqual(part.components[section][name])
    }
    for (const [id, operation] of byId(part)) expect(JSON.stringify(whole.get(id))).toBe(JSON.stringify(operation))
  }
})

function byId(document: OpenApi): Map<string, unknown> {
  return new Map(operationsOf(document).map((described) => [described.operation.operationId, described]))
}

/** From this many characters on, a schema that stands in several places needs a name. */
const LONG = 1000

test('a long schema that stands in several places has a title, by which it is said once', () => {
  const places = new Map<string, string[]>()
  const visit = (value: unknown, place: string): void => {
    if (typeof value !== 'object' || value === null) return
    const text = JSON.stringify(value)
    if (text.length < LONG) return
    // Lists of fields and alternatives repeat with the schema around them.
    if ('type' in value || 'anyOf' in value) places.set(text, [...(places.get(text) ?? []), place])
    for (const [key, member] of Object.entries(value)) visit(member, `${place}/${key}`)
  }
  for (const [name, schema] of Object.entries(api.components.schemas)) visit(schema, name)
  for (const item of Object.values(api.paths))
    for (const { operationId, requestBody, responses } of Object.values(item)) {
      visit(requestBody?.content, `body of ${operationId}`)
      for (const [status, response] of Object.entries(responses))
        visit('content' in response ? response.content : undefined, `${status} of ${operationId}`)
    }
  expect([...places.values()].filter((several) => several.length > 1)).toEqual([])
  expect(JSON.stringify(api).length).toBeLessThan(0.5 * JSON.stringify(dereferenced(api)).length)
})
