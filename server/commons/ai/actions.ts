import { Type } from 'typebox'
import { defineAudited } from '../audit/action.ts'

const of = { owner: 'workspace', target: 'ai-connection' } as const
const fields = {
  ...{ name: Type.String(), kind: Type.String(), baseUrl: Type.String(), enabled: Type.Boolean() },
  // That there is a key, or another one; never the key.
  hasKey: Type.Boolean(),
  keyChanged: Type.Boolean(),
}

export const connectionAdded = defineAudited({ name: 'ai-connection.added', ...of, fields })
export const connectionChanged = defineAudited({ name: 'ai-connection.changed', ...of, fields })
export const connectionRemoved = defineAudited({ name: 'ai-connection.removed', ...of, fields })
