/** What a way of reading found, before anything is bounded. */
export interface RawAnswer {
  readonly title: string | null
  readonly notes: readonly string[]
  readonly steps: readonly RawStep[]
  /** What must be found again; absent: every word of the text. */
  readonly words?: string
}

export interface RawStep {
  /** One line or more. */
  readonly title: string
  readonly notes: readonly string[]
  readonly minutes: number | null
  readonly priority: number | null
}
