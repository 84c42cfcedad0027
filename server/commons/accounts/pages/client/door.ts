import { type Answer, call } from './api.ts'
import { type Said, bad, byId, goTo, say, show, typed, whenPressed, whenSent } from './dom.ts'
import { passkeyFor, passkeysWork } from './passkey.ts'

/** What a way in answers to a page: in, or the question for the second factor. */
interface Entry {
  readonly signedIn?: true
  readonly challenge?: string
}

const hold = 'cookie'
let challenge = ''

/** The ways in. `enter` is called when somebody is. */
export function openDoor(enter: () => Promise<Said>): void {
  const led = async (answer: Answer<Entry>): Promise<Said> => {
    if (!answer.ok) return bad(answer.says)
    if (answer.body.challenge === undefined) return enter()
    oweSecondFactor(answer.body.challenge)
    return null
  }
  whenSent('door-form', async (form) => {
    const given = { email: typed(form, 'email'), password: typed(form, 'password'), hold }
    const answer = await call<Entry>('POST', '/auth/login', given)
    show('door-unconfirmed', !answer.ok && answer.kind === 'identity/email-not-verified')
    if (answer.ok) form.reset()
    return led(answer)
  })
  whenSent('step-form', async (form) => {
    const [code, backupCode] = [typed(form, 'code').replaceAll(/\s/g, ''), typed(form, 'backupCode')]
    const proof = byId('step-code').hidden ? { backupCode } : { code }
    const answer = await call<Entry>('POST', '/auth/2fa/verify', { challenge, ...proof, hold })
    if (!answer.ok && answer.kind === 'identity/challenge-expired') {
      goTo('door')
      say(byId('door-form'), bad(answer.says))
      return null
    }
    if (answer.ok) form.reset()
    return led(answer)
  })
  byId('step-other').addEventListener('click', () => askFor(byId('step-code').hidden ? 'code' : 'backup'))
  const passkey = byId('door-passkey')
  passkey.hidden = !passkeysWork()
  whenPressed(passkey, byId('door-form'), async () => {
    const begun = await call<{ ceremony: string; options: object }>('POST', '/auth/passkeys/login/options')
    if (!begun.ok) return bad(begun.says)
    const given = await passkeyFor('get', begun.body.options)
    if (typeof given === 'string') return bad(given)
    return led(
      await call<Entry>('POST', '/auth/passkeys/login', { ceremony: begun.body.ceremony, response: given, hold }),
    )
  })
}

/** Asks for the second factor of who gave the first: what `asked` stands for. */
export function oweSecondFactor(asked: string): void {
  challenge = asked
  goTo('step')
  askFor('code')
}

function askFor(kind: 'code' | 'backup'): void {
  show('step-code', kind === 'code')
  show('step-backup', kind === 'backup')
  byId('step-other').textContent = kind === 'code' ? 'Use a backup code instead' : 'Use the code of the app instead'
  const [asked, other] = kind === 'code' ? ['code', 'backup-code'] : ['backup-code', 'code']
  const [input, unused] = [byId(`step-${asked}-input`), byId(`step-${other}-input`)] as [
    HTMLInputElement,
    HTMLInputElement,
  ]
  input.required = true
  unused.required = false
  unused.value = ''
  input.focus()
}
