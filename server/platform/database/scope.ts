/**
 * In whose name a statement runs. `app` is the role of requests and jobs: row-level security shows it the rows of the
 * workspace, of the person, and what is public. `system` is the role of reconcilers, sweepers and the outbox, with a pool
 * of its own and policies written for each table.
 */
export type Scope = AppScope | { readonly role: 'system' }

export interface AppScope {
  readonly role: 'app'
  /** null for who has no workspace, such as an anonymous viewer. */
  readonly workspaceId: string | null
  readonly userId: string | null
}

export const systemScope: Scope = { role: 'system' }
export const anonymousScope: AppScope = { role: 'app', workspaceId: null, userId: null }
