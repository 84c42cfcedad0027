import { createHash } from 'node:crypto'
import { newId, newSecret } from '#kernel/ids.ts'
import { sessionCookie } from '#platform/http/cookies.ts'
import type { TestApp } from './app.ts'
import type { Stranger } from './attacks.ts'

/**
 * Writes a session of this person, in that workspace, into the database as signing in would. Returns the headers of a
 * browser that holds it on a page of the server.
 */
export async function givenSession(
  app: Pick<TestApp, 'db' | 'url'>,
  { userId, workspaceId }: Omit<Stranger, 'token'>,
): Promise<Record<string, string>> {
  const secret = newSecret(32)
  await app.db.sql(
    `insert into commons.sessions (id, user_id, workspace_id, kind, secret_hash, method, expires_at)
     values ($1, $2, $3, 'cookie', $4, 'password', now() + interval '1 hour')`,
    [newId(), userId, workspaceId, createHash('sha256').update(secret).digest()],
  )
  return { Cookie: `${sessionCookie(app.url).name}=${secret}`, Origin: app.url }
}
