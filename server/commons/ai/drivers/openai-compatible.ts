import type { OpenAI } from 'openai'
import type { Driver, Reached, SoundCall, TextCall, TextReply } from './driver.ts'
import { allRequired } from '../form.ts'
import { isAboutRoom } from './failure.ts'
import { sendingOnly } from './headers.ts'

/** Nothing of the environment is meant for connections of workspaces. */
const OWN = { adminAPIKey: null, organization: null, project: null, webhookSecret: null } as const
/** Whoever waits decides for how long; the signal ends it sooner. */
const TIMEOUT_MS = 10 * 60 * 1000

/** Servers that speak OpenAI's chat completions and transcriptions, at whatever address: their own, or Ollama and its like. */
export async function openAiCompatible({ baseUrl, key, fetch }: Reached): Promise<Driver> {
  const { OpenAI: Client, toFile } = await import('openai')
  // A server that asks for no key gets one that is none: the SDK insists.
  const apiKey = key ?? 'none'
  const client = new Client({
    ...{ ...OWN, baseURL: baseUrl, apiKey, logLevel: 'off' },
    fetch: sendingOnly(apiKey, fetch),
    ...{ maxRetries: 0, timeout: TIMEOUT_MS },
  })
  // OpenAI's own models know the newer name of the limit alone, older servers the older one alone.
  let isNewer = /(?:^|\.)openai\.(?:azure\.)?com$/.test(new URL(baseUrl).hostname)
  const create = (call: Asking, maxTokens: number, signal: AbortSignal): Promise<unknown> =>
    client.chat.completions.create(
      { ...call, ...(isNewer ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }) },
      { signal },
    )
  return {
    complete: async ({ model, system, turns, schema, maxTokens, signal }: TextCall): Promise<TextReply> => {
      const said = turns.map(({ by, text }) =>
        by === 'us' ? ({ role: 'user', content: text } as const) : ({ role: 'assistant', content: text } as const),
      )
      const format =
        schema === null
          ? {}
          : ({
              response_format: {
                type: 'json_schema',
                json_schema: { name: 'answer', strict: allRequired(schema), schema: { ...schema } },
              },
            } as const)
      const call = { model, messages: [{ role: 'system', content: system } as const, ...said], ...format }
      try {
        return replyOf(await create(call, maxTokens, signal))
      } catch (error) {
        if (!isOtherName(error)) throw error
        isNewer = !isNewer
        return replyOf(await create(call, maxTokens, signal))
      }
    },
    transcribe: async ({ model, file, mime, language, signal }: SoundCall): Promise<unknown> =>
      client.audio.transcriptions.create(
        {
          model,
          file: await toFile(file, nameOf(mime), { type: mime }),
          ...(language === null ? {} : { language }),
          // OpenAI's newer models tell no times.
          response_format: model.startsWith('gpt-') ? 'json' : 'verbose_json',
        },
        { signal },
      ),
  }
}

type Asking = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'max_tokens' | 'max_completion_tokens'>

/** The server knows the limit by its other name; such a call was refused and cost nothing. */
function isOtherName(error: unknown): boolean {
  const words = String(error)
  return isAboutRoom(words) && /unsupported|not supported|unrecognized|unknown|unexpected|extra/i.test(words)
}

/** Some servers tell the form of a recording by the end of its name. */
function nameOf(mime: string): string {
  const subtype = /^[a-z]+\/(?:x-)?([a-z0-9]+)/.exec(mime)?.[1] ?? 'bin'
  return `recording.${{ mpeg: 'mp3', mp4: 'm4a', quicktime: 'mov' }[subtype] ?? subtype}`
}

/** Reads an answer of which nothing is certain. */
function replyOf(answer: unknown): TextReply {
  const { choices, usage } = (answer ?? {}) as {
    readonly choices?: readonly { readonly message?: Message; readonly finish_reason?: unknown }[]
    readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown }
  }
  const choice = Array.isArray(choices) ? choices[0] : undefined
  const { content, refusal } = choice?.message ?? {}
  const reason = choice?.finish_reason
  return {
    text: typeof content === 'string' ? content : '',
    inputTokens: countOf(usage?.prompt_tokens),
    outputTokens: countOf(usage?.completion_tokens),
    isCut: reason === 'length',
    isRefusal: reason === 'content_filter' || (typeof refusal === 'string' && refusal !== ''),
  }
}

interface Message {
  readonly content?: unknown
  readonly refusal?: unknown
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
