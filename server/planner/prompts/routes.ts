import { type RouteDefinition, route } from '#platform/http/route.ts'
import { TaskNotFound } from '../tasks/service.ts'
import { AnsweredPrompt, NewPrompt, Prompt, PromptAnswer, PromptParams } from './schema.ts'
import { PromptAnswered, PromptNotFound, answerPrompt, createPrompt, ownPrompt } from './service.ts'

const tag = 'Planner: prompts'
const COLLECTION = '/api/v1/planner/prompts'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'createPrompt',
    method: 'POST',
    path: COLLECTION,
    summary: 'Make the text to paste into a chatbot, for a task or for something that one films and talks about',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    body: NewPrompt,
    ok: [201, Prompt],
    problems: [TaskNotFound],
    handler: async (ctx, { body, reply }) => {
      const prompt = await createPrompt(ctx, body)
      reply.header('Location', `${COLLECTION}/${prompt.id}`)
      return prompt
    },
  }),
  route({
    id: 'getPrompt',
    method: 'GET',
    path: `${COLLECTION}/:id`,
    summary: 'A prompt of one’s own, with the answer that was pasted',
    tag,
    permission: 'capture:read',
    params: PromptParams,
    ok: [200, Prompt],
    problems: [PromptNotFound],
    handler: (ctx, { params, reply }) => {
      reply.header('Cache-Control', 'private, no-store')
      return ownPrompt(ctx, params.id)
    },
  }),
  route({
    id: 'answerPrompt',
    method: 'POST',
    path: `${COLLECTION}/:id/answer`,
    summary:
      'Paste the answer of a chatbot: its steps become tasks below the one that was asked about, or below a new one',
    idempotency: 'accepted',
    tag,
    permission: 'capture:write',
    params: PromptParams,
    body: PromptAnswer,
    ok: [201, AnsweredPrompt],
    problems: [PromptNotFound, PromptAnswered, TaskNotFound],
    handler: (ctx, { params, body }) => answerPrompt(ctx, params.id, body),
  }),
]

export default routes
