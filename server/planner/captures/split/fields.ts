/** Something read from a text, with its place in it (UTF-16 units) and how sure it is, 0 to 1. */
export interface Found<T> {
  readonly value: T
  readonly start: number
  readonly end: number
  readonly confidence: number
}

/** What a question may be about: whether something is a task at all, or one of its fields. */
export const QuestionField = ['isTask', 'title', 'due', 'person'] as const
export type QuestionField = (typeof QuestionField)[number]
