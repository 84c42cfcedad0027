import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/schema'

/**
 * What tells whether a value is as a schema says. It is compiled when it is first asked: the code declares hundreds of
 * them, and a process asks few.
 */
export function acceptorOf<S extends TSchema>(schema: S): (value: unknown) => value is Static<S> {
  let compiled: { Check(value: unknown): boolean } | undefined
  return (value): value is Static<S> => (compiled ??= Compile(schema)).Check(value)
}
