import { Type } from 'typebox'
import { defineAudited } from '#commons/audit/action.ts'

const of = { owner: 'workspace', target: 'delegation' } as const
const text = Type.String()

export const delegationHandedOver = defineAudited({
  ...{ name: 'delegation.handed-over', ...of },
  fields: { taskId: text, mode: text, assignee: Type.Union([text, Type.Null()]) },
})
export const delegationReviewed = defineAudited({
  ...{ name: 'delegation.reviewed', ...of },
  fields: { state: text, assignee: Type.Union([text, Type.Null()]) },
})
