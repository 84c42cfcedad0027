import { Type } from 'typebox'
import { defineAudited } from '#commons/audit/action.ts'

const of = { owner: 'workspace', target: 'template' } as const

export const templateShared = defineAudited({
  ...{ name: 'template.shared', ...of, fields: { name: Type.String(), shareId: Type.String() } },
})
export const templateShareRevoked = defineAudited({
  ...{ name: 'template.share-revoked', ...of, fields: { shareId: Type.String(), uses: Type.Integer() } },
})
