import { invariant } from '#kernel/assert.ts'
import type { OpenApi, OperationObject, ReferenceObject, WrittenOperation } from './document.ts'

const REFERENCE = /^#\/components\/(schemas|parameters|responses)\/(.+)$/

/** The name at the end of a reference to a component. */
export function referredName(reference: string): string {
  return REFERENCE.exec(reference)?.[2] ?? reference
}

/** An operation with its parameters and answers in place of the references to them; schemas stay as they are written. */
export function resolved(api: OpenApi, operation: WrittenOperation): OperationObject {
  const { parameters, responses, ...rest } = operation
  const { components } = api
  return {
    ...rest,
    ...(parameters && { parameters: parameters.map((one) => meant(one, components.parameters)) }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [status, meant(response, components.responses)]),
    ),
  }
}

function meant<T extends object>(value: T | ReferenceObject, named: Readonly<Record<string, T>>): T {
  if (!('$ref' in value)) return value
  const found = named[referredName(value.$ref)]
  invariant(found !== undefined, `${value.$ref} leads somewhere`)
  return found
}
