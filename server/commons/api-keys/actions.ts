import { Type } from 'typebox'
import { orNull } from '#platform/fields.ts'
import { defineAudited } from '../audit/action.ts'

const of = { owner: 'workspace', target: 'api-key' } as const
const fields = {
  name: Type.String(),
  userId: Type.String(),
  scopes: Type.Array(Type.String()),
  expiresAt: orNull(Type.String()),
}

export const keyCreated = defineAudited({ name: 'api-key.created', ...of, fields })
export const keyRenamed = defineAudited({ name: 'api-key.renamed', ...of, fields: { name: Type.String() } })
export const keyRotated = defineAudited({ name: 'api-key.rotated', ...of, fields: { keyId: Type.String() } })
export const keyRevoked = defineAudited({ name: 'api-key.revoked', ...of, fields: { userId: Type.String() } })
export const serviceCreated = defineAudited({
  ...{ name: 'service-account.created', owner: 'workspace', target: 'service-account' },
  fields: { name: Type.String(), role: Type.String() },
} as const)
