import { isUnchanged } from '#platform/http/etag.ts'
import { ifMatch, ifNoneMatch } from '#platform/http/parameters.ts'
import { PreconditionFailed } from '#platform/http/problems.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { CodeUnknown, applyShared, applyTemplate, copyShared, sharedTemplate } from './applying.ts'
import {
  Application,
  Applied,
  CodeParams,
  NewTemplate,
  Template,
  TemplateChange,
  TemplatePage,
  TemplateParams,
  TemplateQuery,
  TemplateShare,
  TemplateWords,
} from './schema.ts'
import {
  NotYourTemplate,
  TemplateNotFound,
  changeTemplate,
  copyTemplate,
  createTemplate,
  deleteTemplate,
  restoreTemplate,
  shareTemplate,
  templateWithTag,
  templates,
  unshareTemplate,
} from './service.ts'

const tag = 'Planner: templates'
const COLLECTION = '/api/v1/planner/templates'
const SHARED = '/api/v1/planner/shares/:code'
const TASKS = '/api/v1/planner/tasks'
const writes = { tag, permission: 'task:write' } as const
const params = TemplateParams

/** What guesses could be made at: counted narrowly, and by failures once more. */
const byCode = { tag, limit: 'auth', params: CodeParams } as const

const routes: readonly RouteDefinition[] = [
  route({
    ...{ id: 'listTemplates', method: 'GET', path: COLLECTION, tag, permission: 'task:read' },
    summary:
      'One’s own templates, those for all in the workspace, and the five that come with the server; newest first',
    query: TemplateQuery,
    ok: [200, TemplatePage],
    handler: (ctx, { query }) => templates(ctx, query),
  }),
  route({
    ...{ id: 'createTemplate', method: 'POST', path: COLLECTION, ...writes, idempotency: 'accepted' },
    summary: 'Write a template: a task and its one to ten steps',
    body: NewTemplate,
    ok: [201, Template],
    handler: async (ctx, { body, reply }) => {
      const { template, etag } = await createTemplate(ctx, body)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${template.id}`)
      return template
    },
  }),
  route({
    ...{ id: 'getTemplate', method: 'GET', path: `${COLLECTION}/:id`, tag, permission: 'task:read', params },
    summary: 'One template',
    ok: [200, Template],
    also: [[304, null]],
    headers: ifNoneMatch,
    problems: [TemplateNotFound],
    handler: async (ctx, { params: { id }, request, reply }) => {
      const { template, etag } = await templateWithTag(ctx, id)
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache')
      if (!isUnchanged(request.headers['if-none-match'], etag)) return template
      await reply.code(304).send()
      return undefined
    },
  }),
  route({
    ...{ id: 'changeTemplate', method: 'PATCH', path: `${COLLECTION}/:id`, ...writes, params, headers: ifMatch },
    summary: 'Change a template',
    body: TemplateChange,
    ok: [200, Template],
    problems: [TemplateNotFound, NotYourTemplate, PreconditionFailed],
    handler: async (ctx, { params: { id }, body, request, reply }) => {
      const { template, etag } = await changeTemplate(ctx, id, body, request.headers['if-match'])
      reply.header('ETag', etag)
      return template
    },
  }),
  route({
    ...{ id: 'deleteTemplate', method: 'DELETE', path: `${COLLECTION}/:id`, ...writes, params, headers: ifMatch },
    summary: 'Take a template away, and its code with it; both can be put back',
    ok: [204, null],
    problems: [TemplateNotFound, NotYourTemplate, PreconditionFailed],
    handler: (ctx, { params: { id }, request }) => deleteTemplate(ctx, id, request.headers['if-match']),
  }),
  route({
    ...{ id: 'restoreTemplate', method: 'POST', path: `${COLLECTION}/:id/restore`, ...writes, params },
    summary: 'Put a template back',
    idempotency: 'accepted',
    ok: [200, Template],
    problems: [TemplateNotFound, NotYourTemplate],
    handler: async (ctx, { params: { id }, reply }) => {
      const { template, etag } = await restoreTemplate(ctx, id)
      reply.header('ETag', etag)
      return template
    },
  }),
  route({
    ...{ id: 'copyTemplate', method: 'POST', path: `${COLLECTION}/:id/copy`, ...writes, params },
    summary: 'Make a template of one’s own with the same words',
    idempotency: 'accepted',
    ok: [201, Template],
    problems: [TemplateNotFound],
    handler: async (ctx, { params: { id }, reply }) => {
      const { template, etag } = await copyTemplate(ctx, id)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${template.id}`)
      return template
    },
  }),
  route({
    ...{ id: 'applyTemplate', method: 'POST', path: `${COLLECTION}/:id/apply`, ...writes, params },
    summary: 'Make the task and the steps of a template, due by the day on which it is begun',
    idempotency: 'accepted',
    body: Application,
    ok: [201, Applied],
    problems: [TemplateNotFound],
    handler: async (ctx, { params: { id }, body, reply }) => {
      const made = await applyTemplate(ctx, id, body)
      reply.header('Location', `${TASKS}/${made.task.id}`)
      return made
    },
  }),
  route({
    ...{ id: 'shareTemplate', method: 'PUT', path: `${COLLECTION}/:id/share`, ...writes, params },
    summary:
      'Give a template a code by which anybody on this server applies or copies it; one that has a code keeps it',
    ok: [200, TemplateShare],
    problems: [TemplateNotFound, NotYourTemplate],
    handler: (ctx, { params: { id } }) => shareTemplate(ctx, id),
  }),
  route({
    ...{ id: 'unshareTemplate', method: 'DELETE', path: `${COLLECTION}/:id/share`, ...writes, params },
    summary: 'Take the code of a template back for good; the next one is another',
    ok: [204, null],
    problems: [TemplateNotFound, NotYourTemplate],
    handler: (ctx, { params: { id } }) => unshareTemplate(ctx, id),
  }),
  route({
    ...{ id: 'getShared', method: 'GET', path: SHARED, permission: 'task:read', ...byCode },
    summary: 'What a code shares, whosever it is',
    ok: [200, TemplateWords],
    problems: [CodeUnknown],
    handler: (ctx, { params: { code } }) => sharedTemplate(ctx, code),
  }),
  route({
    ...{ id: 'applyShared', method: 'POST', path: `${SHARED}/apply`, permission: 'task:write', ...byCode },
    summary: 'Make the task and the steps of what a code shares, in one’s own workspace',
    idempotency: 'accepted',
    body: Application,
    ok: [201, Applied],
    problems: [CodeUnknown],
    handler: async (ctx, { params: { code }, body, reply }) => {
      const made = await applyShared(ctx, code, body)
      reply.header('Location', `${TASKS}/${made.task.id}`)
      return made
    },
  }),
  route({
    ...{ id: 'copyShared', method: 'POST', path: `${SHARED}/copy`, permission: 'task:write', ...byCode },
    summary: 'Make a template of one’s own of what a code shares',
    idempotency: 'accepted',
    ok: [201, Template],
    problems: [CodeUnknown],
    handler: async (ctx, { params: { code }, reply }) => {
      const { template, etag } = await copyShared(ctx, code)
      reply.header('ETag', etag).header('Location', `${COLLECTION}/${template.id}`)
      return template
    },
  }),
]

export default routes
