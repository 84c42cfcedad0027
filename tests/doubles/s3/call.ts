/** A request whose signature holds, as the operations see it. */
export interface S3Call {
  readonly method: string
  readonly bucket: string
  /** '' for the bucket itself. */
  readonly key: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly now: Date
}

/** What is answered: nothing, a document, or bytes. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly xml?: string
  readonly stream?: AsyncIterable<Buffer>
}
