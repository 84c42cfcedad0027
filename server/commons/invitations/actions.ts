import { Type } from 'typebox'
import { defineAudited } from '../audit/action.ts'

const of = { owner: 'workspace', target: 'invitation' } as const
const fields = { email: Type.String(), role: Type.String() }

export const invitationSent = defineAudited({ name: 'invitation.sent', ...of, fields })
export const invitationRevoked = defineAudited({ name: 'invitation.revoked', ...of, fields })
export const invitationAccepted = defineAudited({ name: 'invitation.accepted', ...of, fields })
