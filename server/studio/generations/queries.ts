import type { StudioDb, StudioTx } from '../door.ts'
import type { GenerationKind, Summary } from '../projects/schema.ts'

export const generationOf = (db: StudioDb, projectId: string, kind: GenerationKind) =>
  db
    .selectFrom('studio.generations')
    .select(['id', 'provider', 'state', 'attempts', 'costMicros', 'summary', 'result', 'storageKeys'])
    .where('projectId', '=', projectId)
    .where('kind', '=', kind)

/**
 * Writes that the making begins, or begins again. Returns its id and which attempt this is, or undefined when it is done
 * already.
 */
export async function beginGeneration(
  tx: StudioTx,
  generation: { id: string; workspaceId: string; projectId: string; kind: GenerationKind; provider: string; at: Date },
): Promise<{ id: string; attempts: number } | undefined> {
  const { at, ...values } = generation
  return tx
    .insertInto('studio.generations')
    .values({ ...values, state: 'running', startedAt: at })
    .onConflict((conflict) =>
      conflict
        .columns(['projectId', 'kind'])
        .doUpdateSet((eb) => ({
          state: 'running',
          provider: values.provider,
          attempts: eb('studio.generations.attempts', '+', 1),
          startedAt: at,
          endedAt: null,
          failure: null,
        }))
        .where('studio.generations.state', '!=', 'done'),
    )
    .returning(['id', 'attempts'])
    .executeTakeFirst()
}

/** Writes what was made. False when another attempt has begun since. */
export async function finishGeneration(
  tx: StudioTx,
  of: { id: string; attempts: number },
  made: { summary: Summary; result: unknown; storageKeys: readonly string[]; costMicros: number },
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('studio.generations')
    .set({
      state: 'done',
      summary: JSON.stringify(made.summary),
      result: JSON.stringify(made.result),
      storageKeys: [...made.storageKeys],
      costMicros: made.costMicros,
      endedAt: at,
    })
    .where('id', '=', of.id)
    .where('attempts', '=', of.attempts)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Writes that this attempt made nothing. */
export async function failGeneration(
  tx: StudioTx,
  of: { id: string; attempts: number },
  failure: string,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('studio.generations')
    .set({ state: 'failed', failure, endedAt: at })
    .where('id', '=', of.id)
    .where('attempts', '=', of.attempts)
    .where('state', '=', 'running')
    .execute()
}
