import type { Driver, Reached, TextCall, TextReply } from './driver.ts'
import { sendingOnly } from './headers.ts'

/** Whoever waits decides for how long; the signal ends it sooner. */
const TIMEOUT_MS = 10 * 60 * 1000

/**
 * Anthropic's messages, and servers that speak them. Answers are held to a schema by structured outputs
 * (`output_config.format`): newer models refuse to be made to use a tool, and their thinking comes as blocks of its own.
 */
export async function anthropic({ baseUrl, key, fetch }: Reached): Promise<Driver> {
  const { Anthropic } = await import('@anthropic-ai/sdk')
  // With a key given, the SDK looks for no other in the environment or in files of this machine.
  const apiKey = key ?? 'none'
  const client = new Anthropic({
    ...{ baseURL: baseUrl, apiKey, webhookKey: null, logLevel: 'off' },
    fetch: sendingOnly(apiKey, fetch),
    ...{ maxRetries: 0, timeout: TIMEOUT_MS },
  })
  return {
    complete: async ({ model, system, turns, schema, maxTokens, signal }: TextCall): Promise<TextReply> => {
      const messages = turns.map(({ by, text }) =>
        by === 'us' ? ({ role: 'user', content: text } as const) : ({ role: 'assistant', content: text } as const),
      )
      const format =
        schema === null ? {} : { output_config: { format: { type: 'json_schema', schema: { ...schema } } as const } }
      const answer: unknown = await client.messages.create(
        { model, system, messages, max_tokens: maxTokens, ...format },
        { signal, timeout: TIMEOUT_MS },
      )
      return replyOf(answer)
    },
  }
}

/** Reads an answer of which nothing is certain. */
function replyOf(answer: unknown): TextReply {
  const {
    content,
    usage,
    stop_reason: reason,
  } = (answer ?? {}) as {
    readonly content?: readonly { readonly type?: unknown; readonly text?: unknown }[]
    readonly usage?: { readonly input_tokens?: unknown; readonly output_tokens?: unknown }
    readonly stop_reason?: unknown
  }
  const texts = (Array.isArray(content) ? content : []).flatMap((block: { type?: unknown; text?: unknown } | null) =>
    block?.type === 'text' && typeof block.text === 'string' ? [block.text] : [],
  )
  return {
    text: texts.join(''),
    inputTokens: countOf(usage?.input_tokens),
    outputTokens: countOf(usage?.output_tokens),
    isCut: reason === 'max_tokens' || reason === 'model_context_window_exceeded',
    isRefusal: reason === 'refusal',
  }
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
