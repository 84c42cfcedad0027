import { Readable } from 'node:stream'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { asCsv, asJsonLines } from './files.ts'
import { AuditFilter, AuditPage, AuditQuery, OwnAuditQuery } from './schema.ts'
import { TooManyEntries, auditLog, exportedEntries, ownAuditLog } from './service.ts'

const tag = 'Audit log'
const COLLECTION = '/api/v1/audit-log'

const exportRoute = (name: 'jsonl' | 'csv', id: string, type: string, summary: string): RouteDefinition =>
  route({
    ...{ id, summary, tag, method: 'GET', path: `${COLLECTION}/export.${name}`, permission: 'audit:read' },
    query: AuditFilter,
    ok: [200, type],
    problems: [TooManyEntries],
    handler: async (ctx, { query, reply }) => {
      const all = await exportedEntries(ctx, query)
      const written = name === 'csv' ? asCsv(all) : asJsonLines(all)
      return reply
        .type(`${type}; charset=utf-8`)
        .header('Content-Disposition', `attachment; filename="audit-log.${name}"`)
        .header('Cache-Control', 'private, no-store')
        .send(Readable.from(written, { objectMode: true }))
    },
  })

const routes: readonly RouteDefinition[] = [
  route({
    id: 'listAuditLog',
    method: 'GET',
    path: COLLECTION,
    summary: 'Who did what in the workspace, newest first',
    tag,
    permission: 'audit:read',
    query: AuditQuery,
    ok: [200, AuditPage],
    handler: (ctx, { query }) => auditLog(ctx, query),
  }),
  exportRoute('jsonl', 'exportAuditLogLines', 'application/x-ndjson', 'The same as a file of one JSON object a line'),
  exportRoute('csv', 'exportAuditLogTable', 'text/csv', 'The same as a table for spreadsheets'),
  route({
    id: 'listOwnAuditLog',
    method: 'GET',
    path: '/api/v1/me/audit-log',
    summary: 'What happened to one’s own account, newest first',
    tag,
    permission: 'account:read',
    query: OwnAuditQuery,
    ok: [200, AuditPage],
    handler: (ctx, { query }) => ownAuditLog(ctx, query),
  }),
]

export default routes
