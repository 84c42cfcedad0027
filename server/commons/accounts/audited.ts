import { Type } from 'typebox'
import { defineAudited } from '../audit/action.ts'

const person = { owner: 'person', target: 'person' } as const

export const personRegistered = defineAudited({ ...person, name: 'person.registered' })
export const emailVerified = defineAudited({ ...person, name: 'person.email-verified' })
export const emailChanged = defineAudited({ ...person, name: 'person.email-changed', fields: { email: Type.String() } })
export const passwordChanged = defineAudited({ ...person, name: 'person.password-changed' })
export const passwordReset = defineAudited({ ...person, name: 'person.password-reset' })
export const signedIn = defineAudited({
  ...person,
  name: 'person.signed-in',
  fields: { method: Type.String(), secondFactor: Type.Boolean() },
})
export const secondFactorSet = defineAudited({ ...person, name: 'person.second-factor-set' })
export const secondFactorRemoved = defineAudited({ ...person, name: 'person.second-factor-removed' })
export const backupCodesMade = defineAudited({ ...person, name: 'person.backup-codes-made' })
export const backupCodeUsed = defineAudited({ ...person, name: 'person.backup-code-used' })
export const passkeyAdded = defineAudited({ ...person, name: 'person.passkey-added' })
export const passkeyRemoved = defineAudited({ ...person, name: 'person.passkey-removed' })

const provider = { provider: Type.String() }
export const providerAdded = defineAudited({ ...person, name: 'person.provider-added', fields: provider })
export const providerRemoved = defineAudited({ ...person, name: 'person.provider-removed', fields: provider })
