import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type AiDouble, aiDouble } from '../../../../tests/doubles/ai/double.ts'
import { anthropic } from './anthropic.ts'
import type { Driver, Reached } from './driver.ts'
import { openAiCompatible } from './openai-compatible.ts'

let ai: AiDouble
beforeAll(async () => {
  ai = await aiDouble()
})
afterAll(() => ai[Symbol.asyncDispose]())
afterEach(() => vi.unstubAllEnvs())

const SECRET = 'the-operators-own'
const headers = `Authorization: Bearer ${SECRET}\nX-Api-Key: ${SECRET}\nX-Proxy-Token: ${SECRET}\nCookie: a=${SECRET}`
const ENVIRONMENT = {
  ...{ OPENAI_CUSTOM_HEADERS: headers, OPENAI_API_KEY: SECRET, OPENAI_ADMIN_KEY: SECRET, OPENAI_ORG_ID: SECRET },
  ...{ OPENAI_PROJECT_ID: SECRET, OPENAI_BASE_URL: 'https://elsewhere.example', OPENAI_WEBHOOK_SECRET: SECRET },
  ...{ ANTHROPIC_CUSTOM_HEADERS: headers, ANTHROPIC_API_KEY: SECRET, ANTHROPIC_AUTH_TOKEN: SECRET },
  ...{ ANTHROPIC_BASE_URL: 'https://elsewhere.example', ANTHROPIC_WEBHOOK_SIGNING_KEY: SECRET },
}
const drivers: readonly [string, string, (reached: Reached) => Promise<Driver>][] = [
  ['OpenAI', '/v1', openAiCompatible],
  ['Anthropic', '', anthropic],
]

test.each(drivers)(
  'a server that speaks like %s is sent the key of its connection, and nothing of the environment (D9)',
  async (_, path, open) => {
    for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value)
    ai.reset()
    ai.answer({ json: { word: 'x' } })
    const driver = await open({ baseUrl: ai.url + path, key: 'sk-workspace', fetch })
    const signal = AbortSignal.timeout(10_000)
    const turns = [{ by: 'us', text: '{"data":{}}' }] as const
    const { text } = await driver.complete({ model: 'm', system: 's', turns, schema: null, maxTokens: 10, signal })
    expect(text).toBe('{"word":"x"}')
    ai.answer({ transcript: { text: 'heard' } })
    const file = Buffer.from('sound')
    await driver.transcribe?.({ model: 'm', file, mime: 'audio/webm', language: null, signal })
    expect(ai.asked.length).toBe(driver.transcribe === undefined ? 1 : 2)
    for (const asked of ai.asked) {
      expect(asked.headers.authorization).toBe('Bearer sk-workspace')
      expect(JSON.stringify(asked.headers)).not.toContain(SECRET)
      expect(asked.headers).not.toHaveProperty('x-proxy-token')
    }
  },
)
