import type { Adapter, AdapterPayload } from 'oidc-provider'

/** What a provider knows, for as long as it lives; times are its own to look at. */
export class Memory implements Adapter {
  static readonly #kept = new WeakMap<object, Map<string, AdapterPayload>>()
  readonly #model: string
  readonly #all: Map<string, AdapterPayload>

  /** `owner`: whose memory it is. */
  constructor(model: string, owner: object) {
    this.#model = model
    this.#all = Memory.#kept.get(owner) ?? new Map<string, AdapterPayload>()
    Memory.#kept.set(owner, this.#all)
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#all.set(this.#key(id), payload)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#all.get(this.#key(id))
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...this.#all.values()].find((payload) => payload.uid === uid)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return [...this.#all.values()].find((payload) => payload.userCode === userCode)
  }

  async consume(id: string): Promise<void> {
    const payload = this.#all.get(this.#key(id))
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    this.#all.delete(this.#key(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.#all) if (payload.grantId === grantId) this.#all.delete(key)
  }

  #key(id: string): string {
    return `${this.#model}:${id}`
  }
}
