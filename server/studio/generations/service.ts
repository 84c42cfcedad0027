import { problem, isProblem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { type StudioTx, studio } from '../door.ts'
import type { GenerationKind, Summary } from '../projects/schema.ts'
import { type Project, projectOf } from '../projects/service.ts'
import { beginGeneration, failGeneration, finishGeneration, generationOf } from './queries.ts'

export const StageMissing = problem('studio/stage-missing', 409, 'Something that this is made of is not there yet')

/** What a stage of a film has made, as it is told to whoever asked for it. */
export interface Made {
  /** Which provider made it: `offline` for all that is computed here. */
  readonly provider: string
  /** Millionths of a US dollar. */
  readonly costMicros: number
  readonly summary: Summary
}

/** What the work of a generation hands over. */
export interface Product<Result> {
  readonly summary: Summary
  /** What later stages read; JSON. */
  readonly result: Result
  readonly storageKeys?: readonly string[]
  readonly costMicros?: number
  /** More that is written in the transaction that ends the generation. */
  readonly settle?: (tx: StudioTx) => Promise<void>
}

export interface Making<Result> {
  readonly kind: GenerationKind
  readonly provider: string
  /** `key` is the generation's id, the same after a crash: whoever is paid gets it as idempotency key. */
  readonly work: (project: Project, key: string) => Promise<Product<Result>>
}

/** What a provider of any kind is told beside its request. */
export interface ProviderCall {
  /** The same each time the same thing is asked for: a paid provider charges it once. */
  readonly key: string
  readonly signal: AbortSignal
}

/**
 * Makes something of a film once: what was made before is answered again, what was begun and lost is made anew under the
 * same storage keys.
 * @throws FilmNotFound; the problems of the work, which are final; other errors when it is worth another try
 */
export async function make<Result>(ctx: Ctx, projectId: string, making: Making<Result>): Promise<Made> {
  const project = await projectOf(ctx, projectId)
  const { kind, provider } = making
  const begun = await studio.write(ctx, (tx) =>
    beginGeneration(tx, {
      ...{ id: newId<'Generation'>(), workspaceId: project.workspaceId, projectId, kind, provider },
      at: ctx.clock.now(),
    }),
  )
  if (begun === undefined) return madeBefore(ctx, projectId, kind)
  try {
    const { summary, result, storageKeys = [], costMicros = 0, settle } = await making.work(project, begun.id)
    const finished = await studio.write(ctx, async (tx) => {
      const isOurs = await finishGeneration(tx, begun, { summary, result, storageKeys, costMicros }, ctx.clock.now())
      if (isOurs) await settle?.(tx)
      return isOurs
    })
    if (!finished) throw new Error(`Another attempt at the ${kind} of film ${projectId} has begun meanwhile`)
    return { provider, costMicros, summary }
  } catch (error) {
    const failure = isProblem(error) ? error.message : 'It could not be made.'
    await studio.write(ctx, (tx) => failGeneration(tx, begun, failure.slice(0, 2_000), ctx.clock.now()))
    throw error
  }
}

async function madeBefore(ctx: Ctx, projectId: string, kind: GenerationKind): Promise<Made> {
  const [row] = await studio.one(ctx, (db) => generationOf(db, projectId, kind))
  if (row === undefined) throw new Error(`The ${kind} of film ${projectId} has gone`)
  return { provider: row.provider, costMicros: row.costMicros, summary: row.summary as Summary }
}

/**
 * What an earlier stage has made for the next ones, and its storage keys. The shape of the result is that stage's own.
 * @throws StageMissing
 */
export async function productOf<Result>(
  ctx: Ctx,
  projectId: string,
  kind: GenerationKind,
): Promise<{ readonly result: Result; readonly storageKeys: readonly string[] }> {
  const [row] = await studio.one(ctx, (db) => generationOf(db, projectId, kind))
  if (row === undefined || row.state !== 'done') throw StageMissing({ detail: `The ${kind} has to be made first.` })
  return { result: row.result as Result, storageKeys: row.storageKeys }
}
