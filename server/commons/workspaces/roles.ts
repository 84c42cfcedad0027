import { invariant } from '#kernel/assert.ts'

/** What somebody is in a workspace, the mightiest last. */
export const Role = ['viewer', 'editor', 'admin', 'owner'] as const
export type Role = (typeof Role)[number]

/** Whoever is in a workspace may look at what is made there. */
const VIEWER = [
  'video:read',
  'task:read',
  'production:read',
  'film:read',
  'journey:read',
  'workspace:read',
  'member:read',
] as const

/** Who makes things there. A thought becomes a task of the workspace, so keeping one is making something. */
const EDITOR = ['video:write', 'task:write', 'production:write', 'upload:write', 'capture:write'] as const

/** Who cares for the workspace and the people in it. */
const ADMIN = ['workspace:manage', 'member:manage', 'audit:read'] as const

/** Who answers for it: deletes it, or hands it over. */
const OWNER = ['workspace:own'] as const

/**
 * What is everybody's own, in whatever workspace and role: their account, their keys, the workspaces that they enter and
 * leave, their thoughts. Rows behind these are the person's by row-level security; no role gives those of others.
 */
const PERSONAL = [
  'account:read',
  'account:manage',
  'capture:read',
  'feed:manage',
  'filter:manage',
  'key:read',
  'key:manage',
  'workspace:create',
  'workspace:join',
  'workspace:leave',
] as const

/** Who administers the installation; given by no role of any workspace. */
const INSTANCE = ['admin:read', 'admin:manage', 'metrics:read'] as const

const BY_ROLE: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  editor: [...VIEWER, ...EDITOR],
  admin: [...VIEWER, ...EDITOR, ...ADMIN],
  owner: [...VIEWER, ...EDITOR, ...ADMIN, ...OWNER],
}

/** Every permission there is. A route that asks for another one does not start. */
export const Permission = [...VIEWER, ...EDITOR, ...ADMIN, ...OWNER, ...PERSONAL, ...INSTANCE] as const
export type Permission = (typeof Permission)[number]

/** Everything that the person may, now and later. */
const ALL = '*'
/** All that only reads. */
const READING = '*:read'

/** What a credential may be limited to. */
export const CredentialScope = [ALL, READING, ...Permission] as const
export type CredentialScope = (typeof CredentialScope)[number]

export function isPermission(word: string): word is Permission {
  return (Permission as readonly string[]).includes(word)
}

export function isRole(word: string | undefined): word is Role {
  return word !== undefined && (Role as readonly string[]).includes(word)
}

/** True when a credential of this scope may at least what one of the other may. */
function covers(one: string, other: string): boolean {
  if (one === ALL || one === other) return true
  return one === READING && other.endsWith(':read') && other !== READING
}

/** True when each of `wanted` lies within one of `scopes`. */
export function areWithin(wanted: readonly string[], scopes: readonly string[]): boolean {
  return wanted.every((scope) => scopes.some((own) => covers(own, scope)))
}

/**
 * What somebody may by a credential of any kind: what their role gives and what is their own, as far as the credential's
 * scopes go. Of scopes that nobody knows (any more) nothing follows. A service account is nobody: nothing is its own.
 */
export function permissionsOf(
  role: Role,
  scopes: readonly string[],
  who: { readonly isAdmin: boolean; readonly isService?: boolean },
): ReadonlySet<Permission> {
  const own = who.isService === true ? [] : [...PERSONAL, ...(who.isAdmin ? INSTANCE : [])]
  const held = [...BY_ROLE[role], ...own]
  return new Set(held.filter((permission) => areWithin([permission], scopes)))
}

/** True when a role may at least what the other may. */
export function isAtLeast(role: Role, other: Role): boolean {
  return Role.indexOf(role) >= Role.indexOf(other)
}

const OPEN: readonly string[] = ['public', 'signed-in']

/** Throws when something asks for a permission that no role gives. */
export function requireKnownPermissions(
  asking: readonly { readonly permission: string; readonly id?: string; readonly kind?: string }[],
): void {
  for (const { permission, id, kind } of asking) {
    const isKnown = OPEN.includes(permission) || isPermission(permission)
    invariant(isKnown, `${id ?? kind ?? 'something'} asks for ${permission}, a permission that nobody knows`)
  }
}
