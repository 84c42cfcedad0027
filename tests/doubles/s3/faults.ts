/** How one request goes wrong. */
export type Misbehaviour =
  /** An error instead of the work. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  /** The line is cut before the work. */
  | { readonly kind: 'cut' }
  /** The work is done; the line is cut after `bytes` of the answer's body (0: before the head). */
  | { readonly kind: 'cut-answer'; readonly bytes: number }
  /** The work is done, and no answer ever comes. */
  | { readonly kind: 'hang' }
  /** The work begins after this time. */
  | { readonly kind: 'late'; readonly ms: number }
  /** The work is done; the answer carries another ETag. */
  | { readonly kind: 'wrong-etag' }
  /** The work is done; what it put is not found by so many later reads. */
  | { readonly kind: 'unseen'; readonly reads: number }
  /** Answers 200 and then an error in the body, as S3 may for slow work; the work is not done. */
  | { readonly kind: 'error-in-200' }

/** Which requests go wrong, how often, and how. Plain data, so that it can be told to another process. */
export interface Fault {
  /** S3's name, such as `UploadPart`; absent: any. */
  readonly operation?: string
  /** What the key begins with; absent: any. */
  readonly key?: string
  /** Requests that pass before the first one goes wrong: 0 by default. */
  readonly after?: number
  /** How many requests go wrong: 1 by default. */
  readonly times?: number
  readonly how: Misbehaviour
}

/** The faults that are still to come. */
export class Faults {
  #waiting: { fault: Fault; after: number; times: number }[] = []

  add(fault: Fault): void {
    this.#waiting.push({ fault, after: fault.after ?? 0, times: fault.times ?? 1 })
  }

  clear(): void {
    this.#waiting = []
  }

  /** Takes the misbehaviour that this request is due, or null. */
  next(operation: string, key: string): Misbehaviour | null {
    for (const waiting of this.#waiting) {
      const { fault } = waiting
      if (fault.operation !== undefined && fault.operation !== operation) continue
      if (fault.key !== undefined && !key.startsWith(fault.key)) continue
      if (waiting.after > 0) {
        waiting.after -= 1
        continue
      }
      waiting.times -= 1
      this.#waiting = this.#waiting.filter(({ times }) => times > 0)
      return fault.how
    }
    return null
  }
}
