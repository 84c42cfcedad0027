import type { PlannerDb, PlannerTx } from '../door.ts'

const shown = (db: PlannerDb) =>
  db
    .selectFrom('planner.prompts')
    .select(['id', 'taskId', 'about', 'prompt', 'answer', 'parentId', 'answeredAt', 'version', 'createdAt'])

export type PromptRow = Awaited<ReturnType<ReturnType<typeof shown>['execute']>>[number]

/** One's own prompt in the workspace. */
export const promptById = (db: PlannerDb, userId: string, id: string) =>
  shown(db).where('id', '=', id).where('userId', '=', userId)

export const lockedPrompt = (tx: PlannerTx, userId: string, id: string) => promptById(tx, userId, id).forUpdate()

export async function insertPrompt(
  tx: PlannerTx,
  prompt: {
    readonly id: string
    readonly workspaceId: string
    readonly userId: string
    readonly taskId: string | null
    readonly about: string | null
    readonly prompt: string
  },
): Promise<void> {
  await tx.insertInto('planner.prompts').values(prompt).execute()
}

export async function markAnswered(
  tx: PlannerTx,
  id: string,
  answered: { readonly answer: string; readonly parentId: string; readonly answeredAt: Date },
): Promise<void> {
  await tx
    .updateTable('planner.prompts')
    .set((eb) => ({ ...answered, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute()
}
