interface Waiting<Key, Row> {
  readonly key: Key
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/** A statement with more keys than that is split. */
const TOGETHER_MAX = 200

/**
 * Lookups that come in the same turn of the event loop travel as one statement. It is sent after all of them came, so
 * what each of them finds is never older than its question.
 */
export class Together<Key, Row> {
  readonly #load: (keys: readonly Key[]) => Promise<ReadonlyMap<number, Row>>
  #waiting: Waiting<Key, Row>[] = []

  /** `load` answers by the place of the key in the list; a place that is absent found nothing. */
  constructor(load: (keys: readonly Key[]) => Promise<ReadonlyMap<number, Row>>) {
    this.#load = load
  }

  /** What is found for a key. */
  find(key: Key): Promise<Row | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Row | undefined>()
    this.#waiting.push({ key, resolve, reject })
    if (this.#waiting.length === 1) setImmediate(() => this.#send())
    return promise
  }

  #send(): void {
    const all = this.#waiting
    this.#waiting = []
    for (let at = 0; at < all.length; at += TOGETHER_MAX) this.#answer(all.slice(at, at + TOGETHER_MAX))
  }

  #answer(asked: readonly Waiting<Key, Row>[]): void {
    this.#load(asked.map(({ key }) => key)).then(
      (rows) => asked.forEach(({ resolve }, place) => resolve(rows.get(place))),
      (error: unknown) => asked.forEach(({ reject }) => reject(error)),
    )
  }
}
