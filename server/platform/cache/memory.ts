import { LRUCache } from 'lru-cache'
import { MINUTE_MS } from '#kernel/clock.ts'
import { type CacheDriver, type Kept, type Look, lifeMs } from './driver.ts'
import type { CacheSpec, Question } from './spec.ts'

interface Entry {
  readonly value: unknown
  /** The generation of its tags when its computation began. */
  readonly generation: number
  readonly expiresMs: number
}

interface Invalidation {
  readonly generation: number
  readonly atMs: number
}

/** A computation that takes longer keeps nothing, so that invalidations need not be remembered for ever. */
const COMPUTING_MS = MINUTE_MS
// Beyond that the oldest are forgotten, and with them everything that was computed before.
const INVALIDATIONS_MAX = 100_000
const ENTRY_OVERHEAD_BYTES = 200

/**
 * Values in this process, each cache in an LRU of its own, bounded in number and bytes. Each invalidation has a number,
 * and a tag's generation is the number of its latest one. A value is served as long as no tag of it has a generation
 * above the one that the look before its computation found: who computed before an invalidation may keep the value
 * after it, and it is served to nobody.
 */
export class MemoryDriver implements CacheDriver {
  readonly name = 'memory'
  readonly #nowMs: () => number
  readonly #stores = new Map<string, { readonly spec: CacheSpec; readonly lru: LRUCache<string, Entry> }>()
  /** By tag, the latest last. */
  readonly #invalidations = new Map<string, Invalidation>()
  #latest = 0
  /** No generation is below it: raised when invalidations are forgotten, or everything is. */
  #floor = 0
  #rememberMs = COMPUTING_MS
  #deaf: boolean

  /** `deaf`: changes that other processes make are not heard. */
  constructor(options: { readonly nowMs: () => number; readonly deaf: boolean }) {
    this.#nowMs = options.nowMs
    this.#deaf = options.deaf
  }

  look({ spec, key, tags }: Question): Look {
    const lru = this.#storeOf(spec)
    const generation = this.#generationOf(tags)
    const entry = lru.get(key)
    if (entry !== undefined) {
      if (entry.generation >= generation && entry.expiresMs > this.#nowMs()) return { kind: 'hit', value: entry.value }
      lru.delete(key)
    }
    return { kind: 'miss', stamp: String(generation), leads: true, mayKeep: true }
  }

  keep(question: Question, stamp: string, kept: Kept): void {
    const generation = Number(stamp)
    const livesMs = lifeMs(question, kept, this.#deaf)
    if (livesMs <= 0 || kept.ageMs > COMPUTING_MS || generation < this.#generationOf(question.tags)) return
    const size = question.key.length + kept.sizeBytes + ENTRY_OVERHEAD_BYTES
    const entry: Entry = { value: kept.value, generation, expiresMs: this.#nowMs() + livesMs }
    this.#storeOf(question.spec).set(question.key, entry, { size })
  }

  letGo(): void {}

  /** From now on nothing is served that was computed from one of these tags before. */
  invalidate(tags: readonly string[]): void {
    this.#latest += 1
    const atMs = this.#nowMs()
    for (const tag of tags) {
      this.#invalidations.delete(tag)
      this.#invalidations.set(tag, { generation: this.#latest, atMs })
    }
    for (const [tag, { generation, atMs: thenMs }] of this.#invalidations) {
      // What began before it is either expired or will not be kept.
      const isOver = thenMs < atMs - this.#rememberMs
      if (!isOver && this.#invalidations.size <= INVALIDATIONS_MAX) return
      this.#invalidations.delete(tag)
      if (!isOver) this.#floor = Math.max(this.#floor, generation)
    }
  }

  /** From now on nothing is served that was computed before. */
  clear(): void {
    this.#latest += 1
    this.#floor = this.#latest
    this.#invalidations.clear()
    for (const { lru } of this.#stores.values()) lru.clear()
  }

  /** Whether others are heard from now on. Either way everything is forgotten: what was said just before may be lost. */
  setDeaf(deaf: boolean): void {
    this.#deaf = deaf
    this.clear()
  }

  /** What is kept now, by cache. */
  sizes(): { readonly name: string; readonly entries: number; readonly sizeBytes: number }[] {
    return [...this.#stores].map(([name, { lru }]) => ({ name, entries: lru.size, sizeBytes: lru.calculatedSize }))
  }

  #generationOf(tags: readonly string[]): number {
    let generation = this.#floor
    for (const tag of tags) {
      const invalidation = this.#invalidations.get(tag)
      if (invalidation !== undefined && invalidation.generation > generation) generation = invalidation.generation
    }
    return generation
  }

  #storeOf(spec: CacheSpec): LRUCache<string, Entry> {
    const known = this.#stores.get(spec.name)
    if (known?.spec === spec) return known.lru
    if (known !== undefined) throw new Error(`two caches have the name ${spec.name}`)
    this.#rememberMs = Math.max(this.#rememberMs, spec.ttlMs + COMPUTING_MS)
    const lru = new LRUCache<string, Entry>({ max: spec.entriesMax, maxSize: spec.maxBytes })
    this.#stores.set(spec.name, { spec, lru })
    return lru
  }
}
