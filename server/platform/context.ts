import { assertNever } from '#kernel/assert.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Cache } from './cache/cache.ts'
import type { Database } from './database/database.ts'
import type { Scope } from './database/scope.ts'
import type { Limits } from './limits/limits.ts'
import type { Logger } from './observability/log.ts'
import type { Outside } from './outside/outside.ts'
import type { Vault } from './secrets/vault.ts'
import type { Storage } from './storage/storage.ts'

/** Who acts. Permissions are checked against the actor; rows are shown by the scope that follows from it. */
export type Actor = AnonymousActor | UserActor | SystemActor

export interface AnonymousActor {
  readonly kind: 'anonymous'
}

export interface UserActor {
  readonly kind: 'user'
  readonly userId: string
  readonly workspaceId: string
  /** What the credential may do; `*` is everything that the user may. */
  readonly permissions: ReadonlySet<string>
  /** The credential itself, where what lasts longer than a request asks whether it still holds. */
  readonly credentialId?: string
  /** Who really acts, where somebody acts as this person. */
  readonly impersonatorId?: string
  /** An API key is of one workspace and is no way into others of its person. */
  readonly credentialKind?: 'api-key' | 'session'
  /** What the credential is limited to, `*` being nothing: it hands on no more than that. */
  readonly scopes?: readonly string[]
  /** What the person is in the workspace; `permissions` follow from it. */
  readonly role?: string
}

/** From where a request came, for records of who did what. */
export interface Origin {
  /** The address of who calls; null where it cannot be told any more. */
  readonly address: string | null
  /** What the program calls itself, at most 200 characters; null when it says nothing. */
  readonly userAgent: string | null
}

/** A job or a sweeper of ours. `workspaceId` null: it works across workspaces. */
export interface SystemActor {
  readonly kind: 'system'
  readonly name: string
  readonly workspaceId: string | null
}

/** What every use-case gets first. Built for each request and each job; nothing in it is global. */
export interface Ctx {
  readonly actor: Actor
  readonly scope: Scope
  readonly requestId: string
  /** Absent where there is no request: in jobs. */
  readonly origin?: Origin
  readonly log: Logger
  readonly clock: Clock
  readonly database: Database
  readonly storage: Storage
  /** What `cached` reads through. */
  readonly cache: Cache
  /** What `limited` counts in. */
  readonly limits: Limits
  /** Seals and opens what must not stand readable in the database. */
  readonly vault: Vault
  /** Asks servers that people have named. */
  readonly outside: Outside
  /** Where the world reaches this server, without a trailing slash; from the configuration, never from a request. */
  readonly publicUrl: string
}

/** The scope in which an actor sees rows. */
export function scopeOfActor(actor: Actor): Scope {
  switch (actor.kind) {
    case 'anonymous':
      return { role: 'app', workspaceId: null, userId: null }
    case 'user':
      return { role: 'app', workspaceId: actor.workspaceId, userId: actor.userId }
    case 'system':
      return actor.workspaceId === null
        ? { role: 'system' }
        : { role: 'app', workspaceId: actor.workspaceId, userId: null }
    default:
      return assertNever(actor)
  }
}

/**
 * The context of what a job does for a person: it sees the rows that they see. It holds no permissions; whoever asked for the
 * job had them.
 */
export function onBehalfOf(ctx: Ctx, person: { readonly userId: string; readonly workspaceId: string }): Ctx {
  const { userId, workspaceId } = person
  const actor: UserActor = { kind: 'user', userId, workspaceId, permissions: new Set() }
  return { ...ctx, actor, scope: scopeOfActor(actor) }
}
