/** Closes a switch over a union: a case that was forgotten is a compile error, and a bug when it happens all the same. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${String(value)}`)
}

/** Throws when `condition` is false: for what our own code guarantees, never for what comes from outside. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`)
}
