import type { Ctx } from '#platform/context.ts'
import { type PlannerTx, planner } from '../door.ts'
import { indexTask, tasksWithTerms } from './queries.ts'
import { TERMS_MAX, restsOf, wordsOf } from './words.ts'

const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Has a task found by the words of these texts, in the transaction that writes them. */
export function findBy(tx: PlannerTx, taskId: string, texts: readonly string[]): Promise<void> {
  const words = wordsOf(texts.join('\n'))
  const rests = words.flatMap((word) => restsOf(word).map((rest) => ({ rest, word })))
  return indexTask(tx, taskId, words, rests)
}

/**
 * Ids of the workspace's tasks that hold every word of a question, or words that begin so, or that differ in one letter
 * where none begins so; newest first, at most `limit` that are older than `before`. None for a question without a word.
 */
export async function tasksFound(ctx: Ctx, question: string, before: string | null, limit: number): Promise<string[]> {
  const terms = wordsOf(question, TERMS_MAX)
  if (terms.length === 0) return []
  const rests = terms.map((term) => restsOf(term).join(' '))
  const rows = await planner.one(ctx, (db) => tasksWithTerms(db, terms, rests, before ?? NEWEST, limit))
  return rows.map(({ id }) => id)
}
