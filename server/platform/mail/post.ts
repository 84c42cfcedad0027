import type { Transporter } from 'nodemailer'
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts'
import type { SmtpConfig } from '../config/smtp.ts'
import { type Refusal, answerOf } from './verdict.ts'

/** A mail with all that the server is told of it. */
export interface OutgoingMail {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly createdAt: Date
}

/** The server did not take a mail, or could not be asked. What a log shows of it names no address and nothing of the mail. */
export class NotTaken extends Error {
  // Not a property: loggers write down all that there is of an error, and servers repeat the address in their answers.
  readonly #refusal: Refusal

  constructor(refusal: Refusal) {
    const { code, replyCode, command } = refusal
    const what = replyCode === null ? `no answer (${code ?? 'unknown'})` : `the answer ${replyCode}`
    super(`The mail server gave ${what}${command === null ? '' : ` to ${command}`}`)
    this.name = 'NotTaken'
    this.#refusal = refusal
  }

  get refusal(): Refusal {
    return this.#refusal
  }
}

/** The way to the mail server. */
export interface Post extends AsyncDisposable {
  /**
   * Hands a mail over; the server has it when this resolves, with what the server answered. The same mail has the same
   * Message-ID and the same words at each try, so that one which was handed over twice is recognised.
   * @throws NotTaken
   */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<string>
  /**
   * Connects and signs in, without sending anything.
   * @throws NotTaken
   */
  check(): Promise<void>
}

/**
 * Opens the way; nothing is connected before there is a mail. Disposing closes what is open, without waiting. `authority`
 * is the certificate (PEM) to trust instead of those that Node trusts.
 */
export function openPost(smtp: SmtpConfig, authority?: string): Post {
  let opened: Promise<Transporter> | null = null
  const transport = (): Promise<Transporter> => (opened ??= connectable(smtp, authority))
  return {
    async send(mail, signal) {
      const transporter = await transport()
      try {
        const info = await transporter.sendMail({ ...messageOf(mail, smtp), signal })
        return answerOf(info.response ?? '')
      } catch (error) {
        throw signal.aborted ? signal.reason : new NotTaken(refusalOf(error))
      }
    },
    async check() {
      const transporter = await transport()
      try {
        await transporter.verify()
      } catch (error) {
        throw new NotTaken(refusalOf(error))
      }
    },
    async [Symbol.asyncDispose]() {
      if (opened !== null) (await opened).close({ force: true })
    },
  }
}

async function connectable(smtp: SmtpConfig, authority: string | undefined): Promise<Transporter> {
  // Only who sends mail pays for loading it.
  const { createTransport } = await import('nodemailer')
  return createTransport({
    pool: true,
    host: smtp.host,
    port: smtp.port,
    secure: smtp.tls === 'from-the-start',
    requireTLS: smtp.tls === 'required',
    // On its way through this machine alone nobody can listen or step between, so any certificate will do.
    tls: { rejectUnauthorized: smtp.tls !== 'if-offered', ...(authority === undefined ? {} : { ca: authority }) },
    ...(smtp.user === null ? {} : { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    maxConnections: 4,
    // A mail whose connection broke is the job's to try again: the pool would do it behind the row's back.
    maxRequeues: 0,
    idleTimeout: 15 * SECOND_MS,
    connectionTimeout: 15 * SECOND_MS,
    greetingTimeout: 15 * SECOND_MS,
    dnsTimeout: 10 * SECOND_MS,
    socketTimeout: MINUTE_MS,
    socketCloseTimeout: SECOND_MS,
    maxResponseSize: 64 * 1024,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  })
}

function messageOf(mail: OutgoingMail, { from }: SmtpConfig) {
  return {
    messageId: `<${mail.id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    date: mail.createdAt,
    from: { name: from.name, address: from.address },
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    // No vacation notes in answer to what nobody wrote: RFC 3834 §5, and a large vendor's own word for it.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    // What comes back names the mail (RFC 3461 §4.4), and brings no body with it.
    dsn: { id: mail.id, return: 'HDRS', notify: ['FAILURE'], recipient: mail.to },
  }
}

// The error itself is left behind on purpose: it may quote the mail, and errors go to the log.
function refusalOf(error: unknown): Refusal {
  const of = (name: string): unknown =>
    typeof error === 'object' && error !== null && name in error ? (error as Record<string, unknown>)[name] : undefined
  const [code, replyCode, command, response] = [of('code'), of('responseCode'), of('command'), of('response')]
  const words = typeof response === 'string' ? response : error instanceof Error ? error.message : ''
  return {
    code: typeof code === 'string' ? code : null,
    replyCode: typeof replyCode === 'number' ? replyCode : null,
    command: typeof command === 'string' ? command : null,
    answer: answerOf(words),
  }
}
