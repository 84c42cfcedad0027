import type { preSerializationHookHandler } from 'fastify'
import type { TSchema } from 'typebox'

type Writer = (payload: unknown) => string

/** What writes answers is compiled once in a process, however many servers run in it. */
const writers = new WeakMap<TSchema, Writer>()

/**
 * Has answers of `status` written by `schema`. What writes them is compiled at the first: handed to Fastify as the
 * schema of the route it would be compiled at the start, and all routes' together take a fifth of a second of it.
 */
export function writingBy(schema: TSchema, status: number): preSerializationHookHandler {
  return (_request, reply, payload, done) => {
    if (reply.statusCode === status) {
      let write = writers.get(schema)
      if (write === undefined) {
        write = reply.compileSerializationSchema(toWriteBy(schema) as Record<string, unknown>, String(status)) as Writer
        writers.set(schema, write)
      }
      reply.serializer(write)
    }
    done(null, payload)
  }
}

/**
 * A schema that writes the same: where it says "this or null", fast-json-stringify would check the value against one and
 * then the other by a validator that takes 10 ms to compile; of its `nullable` it makes one comparison.
 */
export function toWriteBy(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(toWriteBy)
  if (typeof schema !== 'object' || schema === null) return schema
  const { anyOf, ...rest } = schema as { readonly anyOf?: readonly TSchema[] }
  const [one, other, ...more] = anyOf ?? []
  if (one !== undefined && isNull(other) && more.length === 0 && !('anyOf' in one)) {
    return { ...(toWriteBy({ ...one, ...rest }) as object), nullable: true }
  }
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, toWriteBy(value)]))
}

const isNull = (schema: TSchema | undefined): boolean =>
  schema !== undefined && 'type' in schema && schema.type === 'null'
