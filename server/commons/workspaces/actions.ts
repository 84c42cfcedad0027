import { Type } from 'typebox'
import { defineAudited } from '../audit/action.ts'

const name = { name: Type.String() }
const role = { role: Type.String() }

/** Written for the person: a new workspace has nobody yet who reads its log. */
export const workspaceCreated = defineAudited({
  ...{ name: 'workspace.created', owner: 'person', target: 'workspace' },
  fields: name,
} as const)
export const workspaceRenamed = defineAudited({
  ...{ name: 'workspace.renamed', owner: 'workspace', target: 'workspace' },
  fields: name,
} as const)
export const workspaceDeleted = defineAudited({
  ...{ name: 'workspace.deleted', owner: 'workspace', target: 'workspace' },
} as const)
export const workspaceRestored = defineAudited({
  ...{ name: 'workspace.restored', owner: 'workspace', target: 'workspace' },
} as const)
export const workspaceHandedOver = defineAudited({
  ...{ name: 'workspace.handed-over', owner: 'workspace', target: 'workspace' },
  fields: { ownerId: Type.String() },
} as const)
export const roleChanged = defineAudited({
  ...{ name: 'member.role-changed', owner: 'workspace', target: 'member' },
  fields: role,
} as const)
export const memberRemoved = defineAudited({
  ...{ name: 'member.removed', owner: 'workspace', target: 'member' },
  fields: role,
} as const)
export const memberLeft = defineAudited({
  ...{ name: 'member.left', owner: 'workspace', target: 'member' },
  fields: role,
} as const)
