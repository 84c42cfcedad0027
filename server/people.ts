import { adminRoutes } from '#commons/admin/routes.ts'
import { accountJobs } from '#commons/accounts/jobs.ts'
import { type Accounts } from '#commons/accounts/accounts.ts'
import { Engine } from '#commons/accounts/engine.ts'
import { accountPageRoutes } from '#commons/accounts/pages/routes.ts'
import { flowSecret } from '#commons/sessions/flow-secret.ts'
import { factorRoutes } from '#commons/accounts/factor-routes.ts'
import { oauthRoutes } from '#commons/accounts/oauth/routes.ts'
import { providersOf } from '#commons/accounts/oauth/providers.ts'
import { accountRoutes } from '#commons/accounts/routes.ts'
import type { OAuthConfig } from '#platform/config/oauth.ts'
import { type Calling, type RequestPath, identify } from '#commons/identity/request-path.ts'
import { AccessTokens } from '#commons/sessions/access-tokens.ts'
import { sessionRoutes } from '#commons/sessions/routes.ts'
import { SessionLookup } from '#commons/sessions/request.ts'
import { sessionSchedules } from '#commons/sessions/jobs.ts'
import type { Actor } from '#platform/context.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { RouteDefinition } from '#platform/http/route.ts'
import type { AnyJob } from '#platform/jobs/job.ts'
import type { Vault } from '#platform/secrets/vault.ts'
import type { Schedule } from '#platform/jobs/schedule.ts'

/** How people come in and stay in, put together. */
export interface People {
  readonly routes: readonly RouteDefinition[]
  readonly jobs: readonly AnyJob[]
  readonly schedules: readonly Schedule[]
  /** Who calls; `pathWorkspaceId` is the workspace that the path names, where it names one. */
  identify(calling: Calling, pathWorkspaceId: string | null): Promise<Actor>
}

/** The routes by which people come in and are cared for. */
export function peopleRoutes(accounts: () => Accounts, origins: readonly string[]): readonly RouteDefinition[] {
  return [
    ...accountRoutes(accounts, origins),
    ...factorRoutes(accounts, origins),
    ...oauthRoutes(accounts, origins),
    ...sessionRoutes(() => accounts().tokens),
    ...accountPageRoutes(),
    ...adminRoutes(() => accounts().tokens),
  ]
}

export async function openPeople(
  parts: Omit<RequestPath, 'tokens' | 'sessions'> & { readonly vault: Vault; readonly oauth: OAuthConfig },
): Promise<People> {
  const { vault, database, publicUrl, origins, log, oauth } = parts
  const ground = { database, scope: systemScope }
  const accounts: Accounts = {
    engine: new Engine({ secret: await flowSecret(ground, vault), log, providers: providersOf(oauth) }),
    tokens: new AccessTokens({ ground, vault, publicUrl }),
  }
  const path: RequestPath = { ...parts, tokens: accounts.tokens, sessions: new SessionLookup(ground) }
  const schedules = sessionSchedules()
  return {
    routes: peopleRoutes(() => accounts, origins),
    jobs: [...accountJobs(() => accounts), ...schedules.map(({ job }) => job)],
    schedules,
    identify: (calling, pathWorkspaceId) => identify(path, calling, pathWorkspaceId),
  }
}
