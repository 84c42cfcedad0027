import type { FastifyReply } from 'fastify'
import type { Ctx } from '#platform/context.ts'
import { sessionCookie, setCookie } from '#platform/http/cookies.ts'
import { type Sender, ownOrigins, refuseCrossSite } from '#platform/http/same-origin.ts'
import { SESSION_MS } from '../sessions/service.ts'
import { type Accounts, tokensOf } from './accounts.ts'
import type { Entered, Entry, Hold } from './sign-in.ts'

/** A cookie is set for who asks from a page of ours; a page of somebody else could sign people in as somebody else. */
export function refuseForeignHold(ctx: Ctx, request: Sender, hold: Hold, origins: readonly string[]): void {
  if (hold === 'cookie') refuseCrossSite(request, ownOrigins(ctx.publicUrl, origins))
}

/** What is answered to who came as far as a way in leads. */
export async function answerTo(ctx: Ctx, accounts: Accounts, entry: Entry, reply: FastifyReply) {
  if (entry.kind === 'session') return answerIn(ctx, accounts, entry, reply)
  reply.header('Cache-Control', 'no-store')
  return { twoFactorRequired: true as const, challenge: entry.challenge }
}

/** What is answered to who is in: tokens, or a cookie beside it. */
export async function answerIn(ctx: Ctx, accounts: Accounts, { grant, userId }: Entered, reply: FastifyReply) {
  reply.header('Cache-Control', 'no-store')
  if (grant.kind === 'token') return tokensOf(ctx, accounts, userId, grant)
  reply.header('Set-Cookie', setCookie(sessionCookie(ctx.publicUrl), grant.secret, SESSION_MS))
  return { signedIn: true as const }
}
