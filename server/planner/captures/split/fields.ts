/** Something read from a text, with its place in it (UTF-16 units) and how sure it is, 0 to 1. */
export interface Found<T> {
  readonly value: T
  readonly start: number
  readonly end: number
  readonly confidence: number
}
