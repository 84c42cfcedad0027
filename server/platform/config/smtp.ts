import { type Parsed, emailAddress } from './parse.ts'

/** The server that takes our mail, and in whose name it is sent. */
export interface SmtpConfig extends SmtpServer {
  readonly from: MailSender
}

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** `if-offered` only on this machine, where the certificate does not matter either. */
  readonly tls: 'from-the-start' | 'required' | 'if-offered'
  /** null: without signing in; `password` is null then too. */
  readonly user: string | null
  readonly password: string | null
}

export interface MailSender {
  /** Empty: the address alone is shown. */
  readonly name: string
  readonly address: string
}

// Submission (RFC 6409), and submission with TLS from the start (RFC 8314).
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const
const FORM = 'must be smtp://user:password@host:port or smtps://…, with nothing behind the port'

/**
 * `smtp://` or `smtps://`, with user and password where the server wants them, percent-encoded. `smtp://` begins in clear
 * and insists on STARTTLS before anything is said, unless the server is this machine itself.
 */
export function smtpServer(written: string): Parsed<SmtpServer> {
  const url = URL.canParse(written) ? new URL(written) : null
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) return { wrong: FORM }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (!/^[a-z0-9._:-]{1,253}$/.test(host) || url.search !== '' || url.hash !== '') return { wrong: FORM }
  if (url.pathname !== '' && url.pathname !== '/') return { wrong: FORM }
  const [user, password] = [decoded(url.username), decoded(url.password)]
  if (user === null || password === null) {
    return { wrong: 'must have user and password percent-encoded: no % alone, and no control characters' }
  }
  if ((user === '') !== (password === '')) return { wrong: 'must have both a user and a password, or neither' }
  const clear = isThisMachine(host) ? 'if-offered' : 'required'
  return {
    value: {
      host,
      port: url.port === '' ? PORTS[url.protocol] : Number(url.port),
      tls: url.protocol === 'smtps:' ? 'from-the-start' : clear,
      ...(user === '' ? { user: null, password: null } : { user, password }),
    },
  }
}

function decoded(part: string): string | null {
  try {
    const text = decodeURIComponent(part)
    return /\p{Cc}/u.test(text) ? null : text
  } catch {
    return null // a percent sign that begins nothing
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** `name@example.org`, or `A name <name@example.org>` with a name of at most 64 characters. */
export function mailSender(written: string): Parsed<MailSender> {
  const wrong = { wrong: 'must be an e-mail address, or a name with the address in angle brackets behind it' }
  if (written.length > 400 || /\p{Cc}/u.test(written)) return wrong
  const [, named, inBrackets] = /^([^<>]*)<([^<>]*)>$/.exec(written) ?? []
  const name = (named ?? '').trim().replace(/^"([^"]*)"$/, '$1')
  const address = emailAddress(inBrackets ?? written)
  return 'wrong' in address || name.length > 64 ? wrong : { value: { name, address: address.value } }
}
