import { newId } from '#kernel/ids.ts'
import { isProblem } from '#kernel/errors.ts'
import { MINUTE_MS } from '#kernel/clock.ts'
import type { Ctx } from '#platform/context.ts'
import type { Writing } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { ReservationOwner } from '../metering/expiry.ts'
import { costMicros } from '../metering/money.ts'
import { type ModelPrices, modelPrices } from '../metering/prices.ts'
import { BudgetExceeded, release, reserve, settle } from '../metering/service.ts'
import { type Failure, failureOf } from './drivers/failure.ts'
import { type Provider, workspaceOf } from './providers.ts'

/** So many units of what a model is paid for. */
export interface Units {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly audioSeconds: number
}

export const NOTHING: Units = { inputTokens: 0, outputTokens: 0, audioSeconds: 0 }

/** What became of a call that is paid for. */
export type Paid<T> =
  | { readonly kind: 'answered'; readonly answer: T; readonly used: Units; readonly costMicros: number }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly costMicros: number }
  | { readonly kind: 'budget' }

const OWNER = 'ai'
const CURRENCY = 'USD'
const doors = handle<never>()

/**
 * Makes a call that costs. What it may cost at most is reserved and committed before anything is sent, apart from any
 * transaction that is open, and settled at what it used afterwards. What was sent and did not come to an answer is paid
 * for as if it had used everything: nobody can say that it did not. Calls whose server died are ended in the same way, by
 * `callsOfTheDead`.
 */
export async function paid<T>(
  ctx: Ctx,
  about: { readonly source: string; readonly provider: Provider; readonly most: Units; readonly lastsMs: number },
  call: () => Promise<{ readonly answer: T; readonly used: Units }>,
): Promise<Paid<T>> {
  const { provider, most, lastsMs } = about
  const ground = { database: ctx.database.apart, scope: systemScope }
  const write = <R>(work: (tx: Writing) => Promise<R>): Promise<R> => doors.write(ground, work)
  const workspaceId = workspaceOf(ctx)
  const asked = { workspaceId, provider: provider.name, model: provider.model, at: ctx.clock.now() }
  const prices = await modelPrices(ground, asked)
  const mostMicros = priceOf(most, prices)
  const source = `${about.source}:${newId<'Call'>()}`
  const wish = { workspaceId, source, provider: provider.name, amountMicros: mostMicros, currency: CURRENCY }
  try {
    await write((tx) => reserve(tx, { ...wish, owner: OWNER, ttlMs: lastsMs + 5 * MINUTE_MS }))
  } catch (error) {
    if (isProblem(error, BudgetExceeded)) return { kind: 'budget' }
    throw error
  }
  let answered: Awaited<ReturnType<typeof call>>
  try {
    answered = await call()
  } catch (error) {
    const failure = failureOf(error, ctx.clock.now())
    await write((tx) => (failure.mayHaveCost ? settle(tx, source, mostMicros) : release(tx, source)))
    return { kind: 'failed', failure, costMicros: failure.mayHaveCost ? mostMicros : 0 }
  }
  const used = within(answered.used, most)
  const cost = priceOf(used, prices)
  await write((tx) => settle(tx, source, cost))
  return { kind: 'answered', answer: answered.answer, used, costMicros: cost }
}

/** Nobody is paid for more than was possible, whatever they say. */
function within(used: Units, most: Units): Units {
  return {
    inputTokens: Math.min(used.inputTokens, most.inputTokens),
    outputTokens: Math.min(used.outputTokens, most.outputTokens),
    audioSeconds: Math.min(used.audioSeconds, most.audioSeconds),
  }
}

function priceOf(units: Units, prices: ModelPrices): number {
  return (
    costMicros(units.inputTokens, prices.inputTokens) +
    costMicros(units.outputTokens, prices.outputTokens) +
    costMicros(units.audioSeconds, prices.audioSeconds)
  )
}

/** A call whose server died may have been made, and then it is paid for: nobody can ask whether it was. */
export const callsOfTheDead: ReservationOwner = {
  name: OWNER,
  outcomeOf: ({ heldMicros }) => ({ settleMicros: heldMicros }),
}
