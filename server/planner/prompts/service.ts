import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { titleOf } from '../captures/title.ts'
import { type PlannerTx, planner } from '../door.ts'
import { STEP_LEVEL, type Task } from '../tasks/schema.ts'
import { addTasks, changeTaskIn, personOf, taskHeld, tasksIn } from '../tasks/service.ts'
import { type AnswerStep, type ParsedAnswer, parseAnswer } from './answer.ts'
import { promptFor } from './prompt.ts'
import { type PromptRow, insertPrompt, lockedPrompt, markAnswered, promptById } from './queries.ts'
import { ANSWER_LENGTH_MAX, type AnsweredPrompt, type NewPrompt, type Prompt, type PromptAnswer } from './schema.ts'

export const PromptNotFound = problem('planner/prompt-not-found', 404, 'There is no such prompt')
export const PromptAnswered = problem('planner/prompt-answered', 409, 'The prompt has its answer')

const UNNAMED = 'What I filmed'

/**
 * Makes the text to paste into a chatbot, for a task of the workspace or for something to be filmed.
 * @throws InvalidInput where neither or both are said, or the task is a step already
 * @throws TaskNotFound
 */
export function createPrompt(ctx: Ctx, wish: NewPrompt): Promise<Prompt> {
  const [taskId, about] = [wish.taskId ?? null, wish.about ?? null]
  const { userId, workspaceId } = personOf(ctx)
  if ((taskId === null) === (about === null)) {
    throw InvalidInput({ errors: [{ pointer: '/taskId', detail: 'must be given where about is not, and only there' }] })
  }
  return planner.write(ctx, async (tx) => {
    const id = newId<'Prompt'>()
    const prompt = await textFor(tx, ctx, { taskId, about })
    await insertPrompt(tx, { id, workspaceId, userId, taskId, about, prompt })
    return shown(await promptById(tx, userId, id).executeTakeFirstOrThrow())
  })
}

async function textFor(tx: PlannerTx, ctx: Ctx, { taskId, about }: { taskId: string | null; about: string | null }) {
  if (taskId === null) return promptFor({ kind: 'film', about: about ?? '' })
  const { title, notes, level } = await taskHeld(tx, ctx, taskId)
  if (level >= STEP_LEVEL) throw InvalidInput({ errors: [{ pointer: '/taskId', detail: 'is a step already' }] })
  return promptFor({ kind: 'task', title, notes })
}

/**
 * A prompt of one's own.
 * @throws PromptNotFound also for those of others
 */
export async function ownPrompt(ctx: Ctx, id: string): Promise<Prompt> {
  const { userId } = personOf(ctx)
  const [row] = await planner.one(ctx, (db) => promptById(db, userId, id))
  if (row === undefined) throw PromptNotFound({ detail: `No prompt ${id} is yours here.` })
  return shown(row)
}

/**
 * Keeps the answer of a chatbot and makes its steps: below the task that was asked about, or below a new one. Once: an
 * answer stays.
 * @throws PromptNotFound, PromptAnswered
 * @throws TaskNotFound where the task has gone
 * @throws InvalidInput when nothing in the text can be seen
 */
export function answerPrompt(ctx: Ctx, id: string, { text }: PromptAnswer): Promise<AnsweredPrompt> {
  const { userId } = personOf(ctx)
  if (titleOf(text) === null)
    throw InvalidInput({ errors: [{ pointer: '/text', detail: 'must hold something to read' }] })
  const answer = parseAnswer(text)
  return planner.write(ctx, async (tx) => {
    const row = await lockedPrompt(tx, userId, id).executeTakeFirst()
    if (row === undefined) throw PromptNotFound({ detail: `No prompt ${id} is yours here.` })
    if (row.answer !== null) throw PromptAnswered({ detail: `Its steps are below task ${row.parentId}.` })
    const { parentId, extra } = await parentFor(tx, ctx, row, answer)
    const steps = [...answer.steps, ...extra]
    const ids = await addTasks(
      tx,
      ctx,
      steps.map((step) => seedOf(step, parentId)),
    )
    await markAnswered(tx, id, { answer: text, parentId, answeredAt: ctx.clock.now() })
    const tasks = await tasksIn(tx, [parentId, ...ids])
    const [parent, ...below] = tasks as [Task, ...Task[]]
    const after = await promptById(tx, userId, id).executeTakeFirstOrThrow()
    return { prompt: shown(after), shape: answer.shape, parent, steps: below }
  })
}

const seedOf = ({ title, notes, minutes, priority }: AnswerStep, parentId: string) => ({
  ...{ title, notes, parentId, priority },
  ...(minutes !== null && { estimateMinutes: minutes }),
})

/**
 * The task above the steps. What the answer says beside them goes to its notes; where those are full, to a step of its own.
 */
async function parentFor(
  tx: PlannerTx,
  ctx: Ctx,
  { taskId, about }: PromptRow,
  { title, notes }: ParsedAnswer,
): Promise<{ parentId: string; extra: AnswerStep[] }> {
  if (taskId === null) {
    const [parentId = ''] = await addTasks(tx, ctx, [{ title: title ?? titleOf(about ?? '') ?? UNNAMED, notes }])
    return { parentId, extra: [] }
  }
  const task = await taskHeld(tx, ctx, taskId)
  const said = [title ?? '', notes].filter((part) => part !== '').join('\n')
  if (said === '') return { parentId: taskId, extra: [] }
  const together = [task.notes, said].filter((part) => part !== '').join('\n\n')
  if (together.length > ANSWER_LENGTH_MAX) {
    return { parentId: taskId, extra: [{ title: title ?? 'What else was said', notes, minutes: null, priority: 0 }] }
  }
  await changeTaskIn(tx, ctx, taskId, { notes: together })
  return { parentId: taskId, extra: [] }
}

function shown(row: PromptRow): Prompt {
  const { version: _, ...prompt } = row
  return {
    ...prompt,
    answeredAt: row.answeredAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}
