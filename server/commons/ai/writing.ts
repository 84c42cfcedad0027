import type { TSchema } from 'typebox'
import type { Ctx } from '#platform/context.ts'
import type { TextAsk } from './contract.ts'
import type { Driver, TextCall, TextReply } from './drivers/driver.ts'
import { portable } from './form.ts'
import { NOTHING, type Paid, type Units, paid } from './paid.ts'
import type { Patience } from './patience.ts'
import { dataText, readAnswer, repairText, systemText } from './prompt.ts'
import type { Provider } from './providers.ts'

/** What became of asking one provider, with everything that it used. */
export interface Asked {
  readonly outcome: { readonly value: unknown } | 'budget' | 'unavailable' | 'off-schema'
  readonly used: Units
  readonly costMicros: number
}

/** Newer models think before they answer, and that counts as output; older ones have no room for it. */
const THINKING_TOKENS = 8192
/** What providers add to what they are sent: the schema in their own words, marks between turns. */
const FRAME_TOKENS = 4000
/** Askings of one provider that may fail in a way that passes. */
const TRIES = 3
/** What is given back to a model of its own wrong answer. */
const REPAIRED_CHARS = 20_000

/**
 * Asks one provider until it gives an answer that follows the schema: again after failures that pass, in words where it
 * takes no schema, and once more with the faults of a wrong answer.
 */
export async function askForText<S extends TSchema>(
  ctx: Ctx,
  ask: TextAsk<S>,
  provider: Provider,
  patience: Patience,
): Promise<Asked> {
  const driver = await provider.open()
  const total = { used: NOTHING, costMicros: 0 }
  const state = { inWords: false, thinkingTokens: THINKING_TOKENS, isRepaired: false, failures: 0 }
  let turns: TextCall['turns'] = [{ by: 'us', text: dataText(ask.data) }]
  const ended = (outcome: Asked['outcome']): Asked => ({ outcome, ...total })
  for (;;) {
    patience.requireWanted()
    const made = await oneCall(ctx, ask, { provider, driver, turns, patience, ...state })
    if (made.kind === 'budget') return ended('budget')
    total.costMicros += made.costMicros
    if (made.kind === 'failed') {
      const { failure } = made
      const { connectionId, name } = provider
      ctx.log.info(
        { connectionId, provider: name, status: failure.status, says: failure.says },
        'a model was not heard',
      )
      patience.requireWanted()
      if (failure.kind === 'form' && !state.inWords) {
        state.inWords = true
        continue
      }
      if (failure.kind === 'room' && state.thinkingTokens > 0) {
        state.thinkingTokens = 0
        continue
      }
      state.failures += 1
      const isOver = failure.kind !== 'again' || state.failures >= TRIES
      if (isOver || !(await patience.wait(failure, state.failures))) return ended('unavailable')
      continue
    }
    total.used = sum(total.used, made.used)
    const { text, isRefusal, isCut } = made.answer
    const read = readAnswer(text, ask.schema)
    if ('value' in read) return ended({ value: read.value })
    if (isRefusal || state.isRepaired) return ended('off-schema')
    state.isRepaired = true
    const tooLong = { pointer: '', detail: 'was too long and was cut off: say less' }
    const said = text === '' ? '(nothing)' : text.slice(0, REPAIRED_CHARS)
    turns = [
      ...turns,
      { by: 'model', text: said },
      { by: 'us', text: repairText([...(isCut ? [tooLong] : []), ...read.faults]) },
    ]
  }
}

async function oneCall<S extends TSchema>(
  ctx: Ctx,
  ask: TextAsk<S>,
  how: {
    readonly provider: Provider
    readonly driver: Driver
    readonly turns: TextCall['turns']
    readonly inWords: boolean
    readonly thinkingTokens: number
    readonly patience: Patience
  },
): Promise<Paid<TextReply>> {
  const { provider, driver, turns, inWords, thinkingTokens, patience } = how
  const form = portable(ask.schema)
  const system = systemText(ask.system, inWords ? form : null)
  const maxTokens = ask.maxOutputTokens + thinkingTokens
  const schema = inWords ? null : form
  const sent = [system, JSON.stringify(form), ...turns.map(({ text }) => text)].join('')
  // No token is shorter than a byte: it is never more.
  const most = { ...NOTHING, inputTokens: Buffer.byteLength(sent) + FRAME_TOKENS, outputTokens: maxTokens }
  const about = { source: ask.source, provider, most, lastsMs: patience.lastsMs }
  return paid(ctx, about, async () => {
    const { signal } = patience
    const answer = await driver.complete({ model: provider.model, system, turns, schema, maxTokens, signal })
    const { inputTokens, outputTokens } = answer
    // Who does not say what was used is paid for all that it may have been.
    const used = { inputTokens: inputTokens ?? most.inputTokens, outputTokens: outputTokens ?? most.outputTokens }
    return { answer, used: { ...NOTHING, ...used } }
  })
}

function sum(one: Units, other: Units): Units {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    audioSeconds: one.audioSeconds + other.audioSeconds,
  }
}
