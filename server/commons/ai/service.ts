import type { Static, TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { MINUTE_MS } from '#kernel/clock.ts'
import type { Problem } from '#kernel/errors.ts'
import type { Ctx } from '#platform/context.ts'
import { BudgetExceeded } from '../metering/service.ts'
import {
  AnswerRefused,
  NotConnected,
  ProviderFailed,
  type SoundAsk,
  type TextAnswer,
  type TextAsk,
  TooMuch,
  type Transcript,
  type Why,
} from './contract.ts'
import { askForSound } from './hearing.ts'
import { patienceOf } from './patience.ts'
import { type Provider, providersFor } from './providers.ts'
import { askForText } from './writing.ts'

export {
  AnswerRefused,
  NotConnected,
  ProviderFailed,
  type SoundAsk,
  type TextAnswer,
  type TextAsk,
  TooMuch,
  type Transcript,
} from './contract.ts'

const MOST = { systemChars: 20_000, dataChars: 200_000, outputTokens: 32_000, fileBytes: 25 * 1024 * 1024 } as const
const SOURCE = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,119}$/
const TEXT_DEADLINE_MS = MINUTE_MS
const SOUND_DEADLINE_MS = 2 * MINUTE_MS

/** Whether the workspace has connected somebody for this. One statement. */
export async function mayAsk(ctx: Ctx, what: 'text' | 'transcription'): Promise<boolean> {
  return (await providersFor(ctx, what)).length > 0
}

/**
 * Asks the workspace's models, one after the other in their order, until one gives an answer that follows the schema.
 * Each call is reserved before it is made and paid for afterwards. When no model does, the caller's own rules answer
 * where there are some. Best called in jobs, and never while rows are locked: it waits for others.
 * @throws NotConnected, TooMuch, BudgetExceeded, ProviderFailed, AnswerRefused without rules
 */
export async function completeText<S extends TSchema>(ctx: Ctx, ask: TextAsk<S>): Promise<TextAnswer<Static<S>>> {
  requireTextAsk(ask)
  const providers = await providersFor(ctx, ask.purpose)
  return textFrom(ctx, ask, providers)
}

/** As `completeText`, of these providers. */
export async function textFrom<S extends TSchema>(
  ctx: Ctx,
  ask: TextAsk<S>,
  providers: readonly Provider[],
): Promise<TextAnswer<Static<S>>> {
  const patience = patienceOf(ctx, { signal: ask.signal, deadlineMs: ask.deadlineMs ?? TEXT_DEADLINE_MS })
  const total = { inputTokens: 0, outputTokens: 0, costMicros: 0 }
  const isTooLong = JSON.stringify(ask.data).length > MOST.dataChars
  let why: Why = isTooLong && providers.length > 0 ? 'too-long' : 'not-connected'
  for (const provider of isTooLong ? [] : providers) {
    if (patience.isOver) break
    const { outcome, used, costMicros } = await askForText(ctx, ask, provider, patience)
    total.inputTokens += used.inputTokens
    total.outputTokens += used.outputTokens
    total.costMicros += costMicros
    if (typeof outcome !== 'string') {
      const { name, model } = provider
      // It was held to this very schema.
      return { value: outcome.value as Static<S>, path: 'model', provider: name, model, ...total, why: null }
    }
    why = outcome
  }
  patience.requireWanted()
  if (ask.rules === undefined) throw problemOf(why)
  return { value: await ask.rules(), path: 'rules', provider: 'offline', model: 'rules', ...total, why }
}

/**
 * Asks the workspace's models what is said in a recording, one after the other until one answers. There is no way
 * without a model: keep the recording.
 * @throws NotConnected, BudgetExceeded, ProviderFailed, AnswerRefused
 */
export async function transcribe(ctx: Ctx, ask: SoundAsk): Promise<Transcript> {
  invariant(SOURCE.test(ask.source), `not a source: ${ask.source}`)
  invariant(ask.file.length <= MOST.fileBytes, 'a recording of more than 25 MiB is not sent')
  invariant(Number.isFinite(ask.durationMs) && ask.durationMs >= 0, 'a recording has a length')
  const providers = await providersFor(ctx, 'transcription')
  const patience = patienceOf(ctx, { signal: ask.signal, deadlineMs: ask.deadlineMs ?? SOUND_DEADLINE_MS })
  let why: Why = 'not-connected'
  let total = 0
  for (const provider of providers) {
    if (patience.isOver) break
    const { heard, costMicros } = await askForSound(ctx, ask, provider, patience)
    total += costMicros
    const { name, model } = provider
    if (typeof heard !== 'string') return { ...heard, path: 'model', provider: name, model, costMicros: total }
    why = heard
  }
  patience.requireWanted()
  throw problemOf(why)
}

function requireTextAsk({ system, maxOutputTokens, source }: TextAsk<TSchema>): void {
  invariant(system.length <= MOST.systemChars, 'the instructions are too long')
  const isCount = Number.isInteger(maxOutputTokens) && maxOutputTokens >= 1 && maxOutputTokens <= MOST.outputTokens
  invariant(isCount, 'maxOutputTokens is from 1 to 32,000')
  invariant(SOURCE.test(source), `not a source: ${source}`)
}

function problemOf(why: Why): Problem {
  switch (why) {
    case 'not-connected':
      return NotConnected({ detail: 'Connect a provider in the settings of the workspace.' })
    case 'too-long':
      return TooMuch({ detail: `At most ${MOST.dataChars} characters are sent.` })
    case 'budget':
      return BudgetExceeded({ detail: 'What it may cost at most is more than what is left.' })
    case 'off-schema':
      return AnswerRefused({
        detail: 'The answers did not have the form that was asked for.',
        headers: { 'Retry-After': '60' },
      })
    case 'unavailable':
      return ProviderFailed({ detail: 'Try again later.', headers: { 'Retry-After': '60' } })
  }
}
