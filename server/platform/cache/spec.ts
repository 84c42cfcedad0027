import { createHash } from 'node:crypto'
import type { TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { HOUR_MS } from '#kernel/clock.ts'
import { acceptorOf } from '../acceptor.ts'

/** What a key is made of, in order. */
export type KeyPart = string | number | boolean | null

/** How much a cache keeps, for how long, and whether a value that comes back is one of its own. */
export interface CacheSpec {
  /** `wing.what`: `stream.open-videos`. One for each cache; metrics carry it. */
  readonly name: string
  /** No value is served that began to be computed longer ago than this; 1 to an hour. */
  readonly ttlMs: number
  /** The same for `null`, which stands for what is not there. Default: `ttlMs`; 0 keeps no null. */
  readonly absentTtlMs: number
  /** The same while this process cannot hear what others change. Default: the shorter of `ttlMs` and 1 s; 0 keeps nothing. */
  readonly deafTtlMs: number
  /** Values and bytes (of their JSON) that a process keeps at most; the least recently used goes first. */
  readonly entriesMax: number
  readonly maxBytes: number
  /** A larger value is served, and not kept. */
  readonly maxValueBytes: number
  /** Changes with the schema: what another version of the program kept is not found. */
  readonly fingerprint: string
  accepts(value: unknown): boolean
}

/** What a definition says of limits; see `CacheSpec`. */
export interface CacheLimits
  extends
    Pick<CacheSpec, 'name' | 'ttlMs'>,
    Partial<Pick<CacheSpec, 'absentTtlMs' | 'deafTtlMs' | 'entriesMax' | 'maxBytes' | 'maxValueBytes'>> {
  /** What is kept: JSON, without `undefined`, dates or classes. */
  readonly value: TSchema
}

/** One value that is asked for. */
export interface Question {
  readonly spec: CacheSpec
  readonly key: string
  /** What the value was computed from; at least one. */
  readonly tags: readonly string[]
}

const NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/
const TAG = /^[a-z][a-z-]*:[A-Za-z0-9_.:-]{1,180}$/
const TTL_MAX_MS = HOUR_MS
const DEAF_TTL_MS = 1_000
const ENTRIES_MAX = 10_000
const MAX_BYTES = 8 * 1024 * 1024
const VALUE_MAX_BYTES = 256 * 1024
const TAGS_MAX = 8
// Longer keys are hashed: what people type must not make keys of any length.
const KEY_MAX_CHARACTERS = 200

export function specOf(limits: CacheLimits): CacheSpec {
  const { name, ttlMs, value } = limits
  invariant(NAME.test(name), `not a name of a cache: ${name}`)
  invariant(ttlMs > 0 && ttlMs <= TTL_MAX_MS, `${name}: ttlMs is between 1 and ${TTL_MAX_MS}`)
  const { maxBytes = MAX_BYTES } = limits
  return {
    ...{ name, ttlMs, maxBytes },
    absentTtlMs: limits.absentTtlMs ?? ttlMs,
    deafTtlMs: limits.deafTtlMs ?? Math.min(ttlMs, DEAF_TTL_MS),
    entriesMax: limits.entriesMax ?? ENTRIES_MAX,
    maxValueBytes: limits.maxValueBytes ?? Math.min(maxBytes, VALUE_MAX_BYTES),
    fingerprint: digest(JSON.stringify(value)).slice(0, 8),
    accepts: acceptorOf(value),
  }
}

/**
 * The question for one key of one owner. The owner is part of the key, and the parts are told apart by JSON: no text in
 * one part can reach into another, nor into another owner's.
 */
export function questionOf(
  spec: CacheSpec,
  owner: string,
  parts: readonly KeyPart[],
  tags: readonly string[],
): Question {
  invariant(tags.length > 0 && tags.length <= TAGS_MAX, `${spec.name}: a value has 1 to ${TAGS_MAX} tags`)
  for (const tag of tags) assertTag(tag)
  const written = JSON.stringify(parts)
  const tail = written.length > KEY_MAX_CHARACTERS ? `#${digest(written)}` : written
  return { spec, key: `${spec.name}:${spec.fingerprint}:${owner}:${tail}`, tags }
}

/** A tag names one thing that changes: `video:<id>`. */
export function assertTag(tag: string): void {
  invariant(TAG.test(tag), `not a tag: ${tag}`)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
