import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { isUnchanged } from '#platform/http/etag.ts'
import { ifNoneMatch } from '#platform/http/parameters.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { readTextFile } from '#platform/storage/files.ts'
import { describeApi } from './document.ts'
import { docsPage } from './page.ts'

const tag = 'Operations'
const described = {
  method: 'GET',
  tag,
  permission: 'public',
  identity: 'ignored',
  also: [[304, null]],
  headers: ifNoneMatch,
} as const

/**
 * `/api/v1/openapi.json` and the same for reading, `/docs`: what is served, made from the routes themselves, their own
 * included. Both are written once, at the first request.
 */
export async function docsRoutes(routes: readonly RouteDefinition[]): Promise<RouteDefinition[]> {
  const style = await readTextFile(join(import.meta.dirname, 'docs.css'))
  // The style's own hash (CSP Level 3 §8.3): nothing else on the page may style it, and nothing may run.
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  const own: RouteDefinition[] = [
    route({
      ...described,
      id: 'openapi',
      path: '/api/v1/openapi.json',
      ok: [200, 'application/json'],
      summary: 'This description, as OpenAPI 3.1',
      handler: async (_ctx, { request, reply }) => {
        const { text, etag } = document()
        reply.header('ETag', etag).header('Cache-Control', 'no-cache')
        if (isUnchanged(request.headers['if-none-match'], etag)) return reply.code(304).send()
        return reply.type('application/json; charset=utf-8').send(text)
      },
    }),
    route({
      ...described,
      id: 'docsPage',
      path: '/docs',
      ok: [200, 'text/html'],
      summary: 'This description, as a page',
      handler: async (_ctx, { request, reply }) => {
        const { text, etag } = page()
        reply.header('ETag', etag).header('Cache-Control', 'no-cache').header('Content-Security-Policy', policy)
        if (isUnchanged(request.headers['if-none-match'], etag)) return reply.code(304).send()
        return reply.type('text/html; charset=utf-8').send(text)
      },
    }),
  ]
  const all = [...routes, ...own]
  const document = once(() => JSON.stringify(describeApi(all)))
  const page = once(() => docsPage(describeApi(all), style))
  return own
}

/** A text that is made when it is first asked for, with its tag. */
function once(make: () => string): () => { readonly text: string; readonly etag: string } {
  let kept: { readonly text: string; readonly etag: string } | null = null
  return () => {
    if (kept !== null) return kept
    const text = make()
    kept = { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 20)}"` }
    return kept
  }
}
