/** The key under which a process knows its writers. It names the person: nobody stops another's upload. */
export function sessionKey(upload: { readonly userId: string; readonly id: string }): string {
  return `${upload.userId}:${upload.id}`
}

/** A request of this process that writes to an upload. */
interface Session {
  /** Ends the writing soon; what has arrived is kept as far as it can be. */
  stop(): void
  /** Where the upload stood when the writing began. */
  readonly fromBytes: number
  /** Resolves when the writer has let go of the upload. Never rejects. */
  readonly ended: Promise<void>
}

/**
 * The writers of this process. Whoever comes later wins: a client that reconnects must not wait for its own dead
 * connection. The row's lease does the same between processes.
 */
export class Sessions {
  readonly #running = new Map<string, Session>()

  /** Runs `work` as the writer of `key`, to an upload that stands at `fromBytes`. `stop` is what ends it early. */
  async run<R>(key: string, fromBytes: number, stop: () => void, work: () => Promise<R>): Promise<R> {
    const ended = Promise.withResolvers<void>()
    const session: Session = { stop, fromBytes, ended: ended.promise }
    this.#running.set(key, session)
    try {
      return await work()
    } finally {
      if (this.#running.get(key) === session) this.#running.delete(key)
      ended.resolve()
    }
  }

  /** Where the upload of `key` stood when its writer began; undefined when nobody writes to it. */
  fromBytes(key: string): number | undefined {
    return this.#running.get(key)?.fromBytes
  }

  /** Stops the writer of `key`, if there is one, and waits until it has let go. */
  async takeOver(key: string): Promise<void> {
    const session = this.#running.get(key)
    if (session === undefined) return
    session.stop()
    await session.ended
  }

  /** Stops all: the server goes down. */
  async stopAll(): Promise<void> {
    const all = [...this.#running.values()]
    for (const session of all) session.stop()
    await Promise.all(all.map((session) => session.ended))
  }
}
