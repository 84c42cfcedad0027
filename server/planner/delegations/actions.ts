import { Type } from 'typebox'
import { orNull } from '#platform/fields.ts'
import { defineAudited } from '#commons/audit/action.ts'

const of = { owner: 'workspace', target: 'delegation' } as const
const text = Type.String()

export const delegationHandedOver = defineAudited({
  ...{ name: 'delegation.handed-over', ...of },
  fields: { taskId: text, mode: text, assignee: orNull(text) },
})
export const delegationReviewed = defineAudited({
  ...{ name: 'delegation.reviewed', ...of },
  fields: { state: text, assignee: orNull(text) },
})
