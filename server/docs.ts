import { openApiDocument } from '#platform/http/openapi.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'

/** The frame of the API's description. */
export const API_INFO = {
  title: 'Airdate',
  version: '1',
  description: 'From an idea to an audience: the API of one Airdate server. Errors are problem documents (RFC 9457).',
}

/** `/api/v1/openapi.json`: what is served, made from the routes themselves (its own included). */
export function docsRoutes(routes: readonly RouteDefinition[]): RouteDefinition[] {
  const described: RouteDefinition = route({
    id: 'openapi',
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This description',
    tag: 'Operations',
    permission: 'public',
    ok: [200, 'application/json'],
    handler: async (_ctx, { reply }) => reply.type('application/json').send(text()),
  })
  let kept: string | null = null
  const text = (): string => (kept ??= JSON.stringify(openApiDocument([...routes, described], API_INFO)))
  return [described]
}
