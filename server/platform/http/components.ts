import { invariant } from '#kernel/assert.ts'

type Json = Record<string, unknown>
type Section = 'schemas' | 'parameters' | 'responses'

/** What OpenAPI allows besides (`.`, `-`, `_`) reads badly as the name of a type. */
const NAME = /^[A-Z][A-Za-z0-9]*$/

/** Keywords whose value is no schema, whatever it looks like. */
const VALUES: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])

/**
 * What an OpenAPI document says once and names wherever else it stands. Names come from what is named alone (a schema's
 * title, a parameter's, the problems of an answer), never from where it stands, so that another route renames nothing.
 */
export class Components {
  readonly #sections: Record<Section, Map<string, { readonly text: string; readonly value: Json }>> = {
    schemas: new Map(),
    parameters: new Map(),
    responses: new Map(),
  }
  readonly #schemas = new WeakMap<object, unknown>()

  /**
   * Names a value and returns the reference to it.
   * @throws AssertionError when something else has the name, or it is none
   */
  refer(section: Section, name: string, value: Json): Json {
    const reference = { $ref: `#/components/${section}/${name}` }
    const known = this.#sections[section].get(name)
    if (known?.value === value) return reference
    const text = JSON.stringify(value)
    invariant(NAME.test(name), `${name} is a name for one of the ${section}`)
    invariant(known === undefined || known.text === text, `one thing is called ${name} among the ${section}`)
    if (known === undefined) this.#sections[section].set(name, { text, value })
    return reference
  }

  /** A schema with references for what has a title in it, itself included. */
  schema(schema: unknown): unknown {
    if (typeof schema !== 'object' || schema === null) return schema
    const known = this.#schemas.get(schema)
    if (known !== undefined) return known
    const written = this.#written(schema)
    this.#schemas.set(schema, written)
    return written
  }

  #written(schema: object): unknown {
    const written = Object.entries(schema).flatMap(([key, value]) => {
      const whole: unknown = VALUES.has(key) ? value : this.schema(value)
      return whole === value ? [] : [[key, whole] as const]
    })
    if (Array.isArray(schema))
      return written.length === 0 ? schema : Object.assign([...schema], Object.fromEntries(written))
    // Most of it holds nothing with a name, and stays the object that it is.
    const whole = (written.length === 0 ? schema : { ...schema, ...Object.fromEntries(written) }) as Json
    // Among `properties` it is a field of that name, and no text.
    const { title } = whole
    return typeof title === 'string' ? this.refer('schemas', title, whole) : whole
  }

  /** Everything that was named, in the order of the names. */
  written(): Record<Section, Json> {
    const entries = Object.entries(this.#sections).map(([section, named]) => {
      const sorted = [...named].toSorted(([a], [b]) => (a < b ? -1 : 1))
      return [section, Object.fromEntries(sorted.map(([name, { value }]) => [name, value]))]
    })
    return Object.fromEntries(entries) as Record<Section, Json>
  }
}
