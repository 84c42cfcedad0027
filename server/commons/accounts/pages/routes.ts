import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { Type } from 'typebox'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import { paper } from '#platform/http/paper.ts'
import { readTextFile } from '#platform/storage/files.ts'
import { type AccountPage, type Inlined, accountPage } from './page.ts'

// The link of a mail holds a token, and mail programs add parameters of their own; the browser alone reads them.
const AnyQuery = Type.Object({}, { additionalProperties: true })

/** The client's files, each after those that it imports. They stand in a page as one script. */
const MODULES = [
  ...['words', 'api', 'dom', 'proof', 'passkey', 'links', 'door', 'sessions', 'credentials', 'second-factor'],
  ...['passkeys', 'providers', 'home', 'main'],
] as const

/** The pages to which mails lead. They stand by themselves and speak with the API like any other client. */
export function accountPageRoutes(): readonly RouteDefinition[] {
  const page = (id: string, path: string, name: AccountPage, summary: string): RouteDefinition =>
    route({
      ...{ id, summary, path, method: 'GET', tag: 'Identity', permission: 'public', identity: 'ignored' },
      query: AnyQuery,
      ok: [200, 'text/html'],
      handler: async (_ctx, { reply }) => {
        const inlined = await inlinedOnce()
        return reply
          .type('text/html; charset=utf-8')
          .header('Content-Security-Policy', inlined.policy)
          .header('Cache-Control', 'no-store')
          .header('Referrer-Policy', 'no-referrer')
          .send(accountPage(name, inlined))
      },
    })
  return [
    page('accountPage', '/account', 'account', 'The page on which people sign in and care for their account'),
    page('securityPage', '/account/security', 'account', 'The same page, as mails about security name it'),
    page('verifyEmailPage', '/account/verify-email', 'verify-email', 'The page that confirms an address by a button'),
    page('forgotPasswordPage', '/account/forgot-password', 'forgot-password', 'The page that asks for a new password'),
    page('registerPage', '/account/register', 'register', 'The page on which people make an account'),
    page('resetPasswordPage', '/account/reset-password', 'reset-password', 'The page on which a new password is set'),
  ]
}

let kept: ReturnType<typeof readInlined> | null = null

/** What stands in each page, read when the first of them is asked for. */
function inlinedOnce(): ReturnType<typeof readInlined> {
  kept ??= readInlined().catch((error: unknown) => {
    kept = null
    throw error
  })
  return kept
}

async function readInlined(): Promise<Inlined & { readonly policy: string }> {
  const read = (name: string): Promise<string> => readTextFile(join(import.meta.dirname, name))
  const [shared, style, ...modules] = await Promise.all([
    ...[paper(), read('style.css')],
    ...MODULES.map((name) => read(`client/${name}.ts`)),
  ])
  const inlined = { style: `${shared}${style}`, script: modules.map(withoutModule).join('\n') }
  return { ...inlined, policy: policyFor(inlined) }
}

/** A module as a part of one script: no types, no imports of its neighbours, no exports. */
function withoutModule(text: string): string {
  return stripTypeScriptTypes(text)
    .replaceAll(/^import [^;]*? from '\.\/[\w-]+\.ts'$/gm, '')
    .replaceAll(/^export /gm, '')
}

/** Content Security Policy, Level 3: our style and our script by their hashes, calls to this server, and nothing else. */
function policyFor({ style, script }: Inlined): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
