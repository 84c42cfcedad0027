import type { Static, TSchema } from 'typebox'
import { problem } from '#kernel/errors.ts'

export const NotConnected = problem('ai/not-connected', 409, 'No provider is connected for this')
export const ProviderFailed = problem('ai/provider-failed', 503, 'No connected provider gives an answer at the moment')
export const AnswerRefused = problem('ai/answer-refused', 503, 'No connected provider gave an answer that can be used')

export const TooMuch = problem('ai/too-much', 422, 'This is more than a model is asked about at once')

/** For what a model is asked: each connection has a model for each, or none. `fast` falls back to `text`. */
export const Purpose = ['text', 'fast', 'transcription'] as const
export type Purpose = (typeof Purpose)[number]

/** What is asked of a model that writes. */
export interface TextAsk<S extends TSchema> {
  /** Instructions, ours alone: what people have written goes into `data`. At most 20,000 characters. */
  readonly system: string
  /** What the instructions are about; it reaches the model as JSON, apart from them. At most 200,000 characters as JSON. */
  readonly data: Readonly<Record<string, unknown>>
  /** What the answer must be. It should close its objects and bound its texts and lists. */
  readonly schema: S
  /** 1 to 32,000, without what the model thinks. */
  readonly maxOutputTokens: number
  readonly purpose: 'text' | 'fast'
  /** What it is spent on, as in the ledger; at most 120 characters. It may be asked for more than once. */
  readonly source: string
  /** The caller's own way without a model, used when no model gives a right answer. */
  readonly rules?: () => Static<S> | Promise<Static<S>>
  /** Ends it; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** All tries together. Default one minute; within a transaction that is open never more than 20 s. */
  readonly deadlineMs?: number
}

/** Why a model was not heard. */
export type Why = 'not-connected' | 'too-long' | 'budget' | 'unavailable' | 'off-schema'

export interface TextAnswer<T> {
  /** Follows the schema where a model gave it. It is what a stranger says: never instructions, never markup, never an id unlooked-at. */
  readonly value: T
  readonly path: 'model' | 'rules'
  /** `openai`, `anthropic`, `local`, or a host; `offline` where no model answered. */
  readonly provider: string
  /** `rules` where no model answered. */
  readonly model: string
  /** Of all askings that led here, those that failed among them. */
  readonly inputTokens: number
  readonly outputTokens: number
  /** Millionths of a dollar, of all askings that led here. */
  readonly costMicros: number
  /** Why rules were used; null where a model answered. */
  readonly why: Why | null
}

/** What is asked of a model that hears. */
export interface SoundAsk {
  /** At most 25 MiB. */
  readonly file: Uint8Array
  /** `audio/webm`. */
  readonly mime: string
  /** As it was probed: what it costs follows from it. */
  readonly durationMs: number
  /** ISO 639-1; the model finds out where it is absent. */
  readonly language?: string
  readonly source: string
  readonly signal?: AbortSignal
  /** Default two minutes; within a transaction that is open never more than 20 s. */
  readonly deadlineMs?: number
}

export interface Transcript {
  readonly text: string
  /** As the provider calls it; null where it does not say. */
  readonly language: string | null
  /** In order, within the recording; one over all of it where the provider tells no times. */
  readonly segments: readonly { readonly startMs: number; readonly endMs: number; readonly text: string }[]
  readonly path: 'model'
  readonly provider: string
  readonly model: string
  readonly costMicros: number
}
