import { call } from './api.ts'
import { bad, good, proofOf, typed, whenSent } from './dom.ts'
import { listSessions } from './sessions.ts'

/** The forms that change the password and the e-mail address. */
export function furnishCredentials(): void {
  whenSent('password-form', async (form) => {
    const given = { currentPassword: typed(form, 'currentPassword'), newPassword: typed(form, 'newPassword') }
    const answer = await call('POST', '/auth/password', given)
    if (!answer.ok) return bad(answer.says)
    form.reset()
    await listSessions()
    return good('Your password is changed, and every other device is signed out.')
  })
  whenSent('email-form', async (form) => {
    const newEmail = typed(form, 'newEmail')
    const answer = await call('POST', '/auth/email', { newEmail, ...proofOf(form) })
    if (!answer.ok) return bad(answer.says)
    form.reset()
    return good(`A mail is on its way to ${newEmail}. Its link moves your account there.`)
  })
}
