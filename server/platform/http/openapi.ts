import { limitOf } from '../limits/policies.ts'
import { Answers, jsonContent } from './answers.ts'
import { Components } from './components.ts'
import { ifMatch, ifNoneMatch } from './parameters.ts'
import type { RouteDefinition } from './route.ts'

type Json = Record<string, unknown>

interface Parameter extends Json {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Json & { readonly title?: string; readonly description?: string }
}

/** The document's frame. */
export interface ApiInfo {
  readonly title: string
  readonly version: string
  readonly description: string
}

const PROBLEM_SCHEMA: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'instance', 'requestId'],
  properties: {
    type: { type: 'string', description: 'A stable path that names the kind of problem.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer into the body; `?name` for a query parameter, `:name` for a path parameter.',
          },
          detail: { type: 'string' },
        },
      },
    },
  },
}

/**
 * OpenAPI 3.1 made from the routes alone, so that nothing is described that is not served, nor the other way round. What
 * has a name is said once, among the components: schemas and parameters with a title, and what several routes answer.
 * @throws Error when two different things have one name
 */
export function openApiDocument(routes: readonly RouteDefinition[], info: ApiInfo): Json {
  const components = new Components()
  components.refer('schemas', 'Problem', PROBLEM_SCHEMA)
  const responses = new Answers(components).of(routes)
  const paths: Record<string, Json> = {}
  for (const [index, route] of routes.entries()) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}').replace('*', '{path}')
    const item = (paths[path] ??= {})
    item[route.method.toLowerCase()] = operationOf(route, responses[index] ?? {}, components)
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      ...components.written(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' },
        ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'A ticket for one use.' },
      },
    },
  }
}

function operationOf(route: RouteDefinition, responses: Json, components: Components): Json {
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    'x-permission': route.permission,
    'x-limit': limitOf(route),
    ...securityOf(route),
    ...parametersOf(route, components),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: bodyContent(route, components) } }),
    responses,
    ...(route.messages === undefined ? {} : { 'x-messages': route.messages }),
  }
}

function bodyContent({ form, body }: RouteDefinition, components: Components): Json {
  const schema = components.schema(body)
  return form === true ? { 'application/x-www-form-urlencoded': { schema } } : jsonContent(schema)
}

function securityOf(route: RouteDefinition): Json {
  if (route.permission === 'public') return {}
  return { security: [{ token: [] }, ...(route.identity === 'ticket' ? [{ ticket: [] }] : [])] }
}

function parametersOf(route: RouteDefinition, components: Components): Json {
  const parameters = [...inputsOf(route.params, 'path'), ...inputsOf(route.query, 'query')]
  const named = new Set(parameters.map((parameter) => parameter['name']))
  for (const [, name] of route.path.matchAll(/:([A-Za-z]+)/g)) {
    if (name !== undefined && !named.has(name))
      parameters.push({ name, in: 'path', required: true, schema: { type: 'string' } })
  }
  if (route.path.includes('*'))
    parameters.push({ name: 'path', in: 'path', required: true, schema: { type: 'string' } })
  for (const [name, description] of Object.entries(route.headers ?? {})) {
    parameters.push({ name, in: 'header', required: false, description, schema: { type: 'string' } })
  }
  if (route.idempotency !== undefined) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: route.idempotency === 'required',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })
  }
  if (parameters.length === 0) return {}
  return {
    parameters: parameters.map((parameter) => {
      const name = nameOf(parameter)
      return name === undefined ? parameter : components.refer('parameters', name, parameter)
    }),
  }
}

function inputsOf(schema: unknown, place: 'path' | 'query'): Parameter[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Parameter['schema']>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(property.description === undefined ? {} : { description: property.description }),
    schema: property,
  }))
}

/** What a parameter is called among the components: by the title of its schema; headers of the machinery by their names. */
function nameOf({ name, in: place, required, description, schema }: Parameter): string | undefined {
  if (place !== 'header') return schema.title
  if (name === 'Idempotency-Key') return required ? 'IdempotencyKeyRequired' : 'IdempotencyKey'
  return KNOWN_HEADERS.find(([, told]) => told[name] === description)?.[0]
}

const KNOWN_HEADERS: readonly (readonly [name: string, header: Readonly<Record<string, string>>])[] = [
  ['IfMatch', ifMatch],
  ['IfNoneMatch', ifNoneMatch],
]
