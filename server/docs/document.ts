import { openApiDocument } from '#platform/http/openapi.ts'
import type { RouteDefinition } from '#platform/http/route.ts'

/** The frame of the API's description. */
const API_INFO = {
  title: 'Airdate',
  version: '1',
  description: 'From an idea to an audience: the API of one Airdate server. Errors are problem documents (RFC 9457).',
}

/** A JSON Schema as it stands in the description. */
export interface SchemaObject {
  readonly title?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly format?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaObject[]
  readonly properties?: Readonly<Record<string, SchemaObject>>
  readonly required?: readonly string[]
  readonly items?: SchemaObject
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly default?: unknown
  readonly $ref?: string
}

export interface ParameterObject {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: SchemaObject
}

export type ContentObject = Readonly<Record<string, { readonly schema: SchemaObject }>>

export interface ResponseObject {
  readonly description: string
  readonly content?: ContentObject
  readonly 'x-problems'?: readonly { readonly type: string; readonly title: string }[]
}

export interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly 'x-permission': string
  readonly parameters?: readonly ParameterObject[]
  readonly requestBody?: { readonly content: ContentObject }
  readonly responses: Readonly<Record<string, ResponseObject>>
}

/** Where a component stands: `#/components/parameters/Limit`. */
export interface ReferenceObject {
  readonly $ref: string
}

/** An operation as it is written: what others have too is among the components. */
export interface WrittenOperation extends Omit<OperationObject, 'parameters' | 'responses'> {
  readonly parameters?: readonly (ParameterObject | ReferenceObject)[]
  readonly responses: Readonly<Record<string, ResponseObject | ReferenceObject>>
}

/** The parts of an OpenAPI 3.1 document that we write. */
export interface OpenApi {
  readonly openapi: string
  readonly info: typeof API_INFO
  readonly paths: Readonly<Record<string, Readonly<Record<string, WrittenOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaObject>>
    readonly parameters: Readonly<Record<string, ParameterObject>>
    readonly responses: Readonly<Record<string, ResponseObject>>
  }
}

/** What is served, described from the routes themselves. */
export function describeApi(routes: readonly RouteDefinition[]): OpenApi {
  return openApiDocument(routes, API_INFO) as unknown as OpenApi
}
