import { Type } from 'typebox'
import { defineAudited } from '#commons/audit/action.ts'

const of = { owner: 'workspace', target: 'agent' } as const
const skills = Type.Array(Type.String())

export const agentRegistered = defineAudited({
  ...{ name: 'agent.registered', ...of, fields: { name: Type.String(), userId: Type.String(), skills } },
})
export const agentRemoved = defineAudited({
  ...{ name: 'agent.removed', ...of, fields: { name: Type.String(), userId: Type.String() } },
})
