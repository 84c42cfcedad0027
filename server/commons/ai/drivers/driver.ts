import type { TSchema } from 'typebox'

/** What one asking says. */
export interface TextCall {
  readonly model: string
  /** Instructions; nothing in it comes from people. */
  readonly system: string
  /** What is said in turns, beginning and ending with ours; the model's own answers are given back to it for repair. */
  readonly turns: readonly { readonly by: 'us' | 'model'; readonly text: string }[]
  /** The answer's schema, as far as providers understand it; null where the model is only told of it in words. */
  readonly schema: TSchema | null
  readonly maxTokens: number
  readonly signal: AbortSignal
}

/** What came back, as it came. */
export interface TextReply {
  readonly text: string
  /** Null where the provider does not say. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  /** The answer ended because it grew too long. */
  readonly isCut: boolean
  /** The provider did not want to answer. */
  readonly isRefusal: boolean
}

export interface SoundCall {
  readonly model: string
  readonly file: Uint8Array
  readonly mime: string
  readonly language: string | null
  readonly signal: AbortSignal
}

/** Who is asked, and how. Answers are what a stranger says: nothing of them is believed here. */
export interface Driver {
  complete(call: TextCall): Promise<TextReply>
  /** Absent where the provider hears nothing. What it answers is not looked at yet. */
  readonly transcribe?: (call: SoundCall) => Promise<unknown>
}

/** What a driver needs of a connection. */
export interface Reached {
  /** Without a slash at its end. */
  readonly baseUrl: string
  /** Null where the server asks for none. */
  readonly key: string | null
  readonly fetch: typeof fetch
}
