import type { TSchema } from 'typebox'
import type { ProblemKind } from '#kernel/errors.ts'
import { TooManyRequests } from '../limits/fields.ts'
import { CrossSiteRefused, isSafe } from './same-origin.ts'
import { limitOf } from '../limits/policies.ts'
import { KeyInUse, KeyMissing, KeyOfAnotherRequest } from './idempotency.ts'
import {
  BodyTooLarge,
  MalformedBody,
  NotFound,
  RequestTimeout,
  UnsupportedMediaType,
  commonProblems,
} from './problems.ts'
import type { RouteDefinition } from './route.ts'

type Json = Record<string, unknown>

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

/** OpenAPI 3.1 made from the routes alone, so that nothing is described that is not served, nor the other way round. */
export function openApiDocument(routes: readonly RouteDefinition[], info: ApiInfo): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}').replace('*', '{path}')
    const item = (paths[path] ??= {})
    item[route.method.toLowerCase()] = operationOf(route)
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' },
        ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'A ticket for one use.' },
      },
    },
  }
}

function operationOf(route: RouteDefinition): Json {
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    'x-permission': route.permission,
    'x-limit': limitOf(route),
    ...securityOf(route),
    ...parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: bodyContent(route) } }),
    responses: responsesOf(route),
    ...(route.messages === undefined ? {} : { 'x-messages': route.messages }),
  }
}

function bodyContent({ form, body }: RouteDefinition): Json {
  return form === true ? { 'application/x-www-form-urlencoded': { schema: body } } : jsonContent(body)
}

function securityOf(route: RouteDefinition): Json {
  if (route.permission === 'public') return {}
  return { security: [{ token: [] }, ...(route.identity === 'ticket' ? [{ ticket: [] }] : [])] }
}

function parametersOf(route: RouteDefinition): Json {
  const parameters = [...inputsOf(route.params, 'path'), ...inputsOf(route.query, 'query')]
  const named = new Set(parameters.map((parameter) => parameter['name']))
  for (const [, name] of route.path.matchAll(/:([A-Za-z]+)/g)) {
    if (!named.has(name)) parameters.push({ name, in: 'path', required: true, schema: { type: 'string' } })
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
  return parameters.length === 0 ? {} : { parameters }
}

function inputsOf(schema: unknown, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(property['description'] === undefined ? {} : { description: property['description'] }),
    schema: property,
  }))
}

function responsesOf(route: RouteDefinition): Json {
  const responses: Record<string, Json> = {}
  for (const [status, schema] of [route.ok, ...(route.also ?? [])]) {
    responses[status] = { description: DESCRIPTIONS[status] ?? 'Done.', ...successContent(schema) }
  }
  const problems = problemsOf(route)
  for (const code of new Set(problems.map((kind) => kind.status))) {
    const kinds = problems.filter((kind) => kind.status === code)
    const told = kinds.map((kind: ProblemKind) => `\`${kind.type}\`: ${kind.title}.`).join(' ')
    const named = { 'x-problems': kinds.map((kind) => ({ type: `/problems/${kind.type}`, title: kind.title })) }
    const { description = '', content = {} } = (responses[code] ?? {}) as { description?: string; content?: Json }
    responses[code] = {
      description: description === '' ? told : `${description} ${told}`,
      content: { ...content, ...problemContent },
      ...named,
    }
  }
  responses['default'] = { description: 'Anything else, such as a fault of ours (500).', content: problemContent }
  return responses
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  101: 'The connection changes its protocol.',
  206: 'The part that `Range` asked for.',
  304: 'Unchanged since the `ETag` in `If-None-Match`.',
}

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

/** Every problem that the route may answer with, those of its machinery included, each once. */
export function problemsOf(route: RouteDefinition): ProblemKind[] {
  const reading = [MalformedBody, BodyTooLarge, UnsupportedMediaType, RequestTimeout]
  const repeating = [KeyInUse, KeyOfAnotherRequest, ...(route.idempotency === 'required' ? [KeyMissing] : [])]
  return [
    ...new Set([
      ...commonProblems,
      ...(limitOf(route) === 'none' ? [] : [TooManyRequests]),
      ...(route.identity === 'ignored' || isSafe(route.method) ? [] : [CrossSiteRefused]),
      ...(route.streaming === true || ['GET', 'HEAD'].includes(route.method) ? [] : reading),
      ...(route.idempotency === undefined ? [] : repeating),
      ...(route.workspace === 'path' ? [NotFound] : []),
      ...(route.problems ?? []),
    ]),
  ]
}

function successContent(schema: unknown): Json {
  if (schema === null || schema === undefined) return {}
  if (typeof schema === 'string') return { content: { [schema]: { schema: { type: 'string' } } } }
  return { content: jsonContent(schema) }
}

function jsonContent(schema: unknown): Json {
  return { 'application/json': { schema: schema as TSchema } }
}
