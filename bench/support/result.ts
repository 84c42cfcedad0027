/** One measured figure beside what it is compared with. */
export interface BenchResult {
  /** What was measured: `jobs: enqueue and work`. */
  readonly name: string
  readonly unit: string
  /** The median of the runs. */
  readonly value: number
  /** The same work done by others in the same run, interleaved. */
  readonly against: readonly { readonly name: string; readonly value: number }[]
  /** `value` ÷ the best of `against` (for rates), or ÷ the first where the issue names one. */
  readonly ratio: number
  /** What the ratio should at least be. */
  readonly goal?: number
}

/** The middle value; the mean of the two middle ones of an even number. NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}
