import { call } from './api.ts'
import { bad, byId, good, make, proofOf, say, show, typed, whenSent } from './dom.ts'

interface Enrolment {
  readonly totpUri: string
  readonly qrCode: { readonly size: number; readonly path: string }
  readonly backupCodes: readonly string[]
}

const SVG = 'http://www.w3.org/2000/svg'

/** A QR code as a picture; a reader is told that the key beside it says the same. */
function drawn({ size, path }: Enrolment['qrCode']): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', 'QR code of the key')
  const dark = document.createElementNS(SVG, 'path')
  dark.setAttribute('d', path)
  svg.append(dark)
  return svg
}

/** The forms that set up an authenticator app, renew its backup codes and take it off again. */
export function furnishSecondFactor(): void {
  whenSent('twofactor-begin', async (form) => {
    const answer = await call<Enrolment>('POST', '/auth/2fa', proofOf(form))
    if (!answer.ok) return bad(answer.says)
    form.reset()
    const { totpUri, qrCode, backupCodes } = answer.body
    byId('twofactor-qr').replaceChildren(drawn(qrCode))
    const link = byId('twofactor-uri') as HTMLAnchorElement
    if (totpUri.startsWith('otpauth://')) link.href = totpUri
    const secret = new URL(totpUri).searchParams.get('secret') ?? ''
    byId('twofactor-secret').textContent = (secret.match(/.{1,4}/g) ?? []).join(' ')
    showCodes('twofactor-codes', backupCodes)
    show('twofactor-off', false)
    show('twofactor-new', true)
    byId('twofactor-new-title').focus()
    return null
  })
  whenSent('twofactor-confirm', async (form) => {
    const answer = await call('POST', '/auth/2fa/confirm', { code: typed(form, 'code').replaceAll(/\s/g, '') })
    if (!answer.ok) return bad(answer.says)
    form.reset()
    showSecondFactor(true)
    say(byId('twofactor-change'), good('From now on every sign-in asks for a code of your app.'))
    return null
  })
  whenSent('twofactor-change', async (form, act) => {
    if (act === 'remove') {
      const answer = await call('POST', '/auth/2fa/remove', proofOf(form))
      if (!answer.ok) return bad(answer.says)
      form.reset()
      showSecondFactor(false)
      say(byId('twofactor-begin'), good('Signing in asks for no code any more.'))
      return null
    }
    const answer = await call<{ backupCodes: string[] }>('POST', '/auth/2fa/backup-codes', proofOf(form))
    if (!answer.ok) return bad(answer.says)
    form.reset()
    showCodes('twofactor-fresh', answer.body.backupCodes)
    return good('These are your new backup codes. The old ones do not work any more.')
  })
}

/** Shows what somebody with or without a second factor may do; what was told to set one up is not kept. */
export function showSecondFactor(isOn: boolean): void {
  show('twofactor-new', false)
  show('twofactor-off', !isOn)
  show('twofactor-on', isOn)
  byId('twofactor-uri').removeAttribute('href')
  for (const id of ['twofactor-qr', 'twofactor-secret', 'twofactor-codes', 'twofactor-fresh'])
    byId(id).replaceChildren()
}

function showCodes(id: string, codes: readonly string[]): void {
  byId(id).replaceChildren(...codes.map((code) => make('li', code)))
}
