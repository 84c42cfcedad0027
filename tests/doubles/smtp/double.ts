import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { type Certificate, makeCertificate } from './certificate.ts'
import { type Received, parseMail } from './received.ts'

/** What a server may do in place of taking a mail. Where several are told, each is for one occasion, in order. */
export type SmtpFault =
  /** Answers so to MAIL FROM, RCPT TO or the end of DATA: `{ at: 'rcpt', reply: '451 4.7.1 Come again' }`. */
  | { readonly at: 'mail' | 'rcpt' | 'data'; readonly reply: string }
  /** Breaks the connection off while the mail is being sent, or with the mail in hand and nothing said. */
  | { readonly at: 'drop-in-data' | 'drop-after-data' }
  /** Does this with the mail in hand, and then takes it. */
  | { readonly at: 'before-reply'; readonly call: () => Promise<void> }

export interface SmtpDoubleOptions {
  /** `starttls` is offered, `tls` is spoken from the start; default none. */
  readonly tls?: 'starttls' | 'tls'
  /** Who may send; absent: everybody. */
  readonly auth?: { readonly user: string; readonly password: string }
  /** Default any free one. */
  readonly port?: number
}

/** A mail server on this machine that keeps what it takes, taken apart, and misbehaves when told to. */
export class SmtpDouble implements AsyncDisposable {
  /** Mails that were taken, in order; one that was dropped after its last byte is among them. */
  readonly received: Received[] = []
  readonly certificate: Certificate = makeCertificate()
  readonly #faults: SmtpFault[] = []
  readonly #server: SMTPServer
  #port = 0
  /** Connections that were opened, and attempts to sign in. */
  connections = 0
  signIns = 0

  private constructor(options: SmtpDoubleOptions) {
    const { tls, auth } = options
    this.#server = new SMTPServer({
      ...this.certificate,
      secure: tls === 'tls',
      name: 'double.test',
      logger: false,
      disableReverseLookup: true,
      hideDSN: false,
      // replies are told whole, their status codes included
      hideENHANCEDSTATUSCODES: true,
      closeTimeout: 1,
      disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(auth === undefined ? ['AUTH'] : [])],
      allowInsecureAuth: tls === undefined,
      authOptional: auth === undefined,
      onAuth: ({ username, password }, _session, done) => {
        this.signIns += 1
        if (username === auth?.user && password === auth?.password) return done(null, { user: username })
        done(failure('535 5.7.8 Wrong user or password'))
      },
      onConnect: (_session, done) => {
        this.connections += 1
        done()
      },
      onMailFrom: (_address, _session, done) => done(this.#reply('mail')),
      onRcptTo: (_address, _session, done) => done(this.#reply('rcpt')),
      onData: (stream, session, done) => void this.#answer(stream, session, done),
    })
    // A client that goes in the middle is what some tests are about.
    this.#server.on('error', () => undefined)
  }

  static async start(options: SmtpDoubleOptions = {}): Promise<SmtpDouble> {
    const double = new SmtpDouble(options)
    const listening = double.#server.listen(options.port ?? 0, '127.0.0.1')
    await once(listening, 'listening')
    double.#port = (listening.address() as AddressInfo).port
    return double
  }

  get port(): number {
    return this.#port
  }

  /** As `SMTP_URL` names it. */
  get url(): string {
    return `smtp://127.0.0.1:${this.#port}`
  }

  /** Has it misbehave at the next occasions, one for each. */
  misbehave(...faults: readonly SmtpFault[]): void {
    this.#faults.push(...faults)
  }

  /** Occasions that have not come. */
  get pending(): number {
    return this.#faults.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve))
  }

  /** Breaks a connection off. What lies below TLS is left alone: Node crashes when it goes first. */
  #drop(session: SMTPServerSession): void {
    for (const connection of this.#server.connections) {
      if (connection.id === session.id) connection._socket.destroy()
    }
  }

  #reply(at: 'mail' | 'rcpt' | 'data'): Error | null {
    const [next] = this.#faults
    if (next?.at !== at || !('reply' in next)) return null
    this.#faults.shift()
    return failure(next.reply)
  }

  async #answer(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error | null) => void,
  ): Promise<void> {
    try {
      await this.#take(stream, session)
      done()
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const [next] = this.#faults
    if (next?.at === 'drop-in-data') {
      this.#faults.shift()
      await once(stream, 'data')
      this.#drop(session)
      stream.resume()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const refused = this.#reply('data')
    if (refused !== null) throw refused
    this.received.push(receivedOf(Buffer.concat(chunks).toString('utf8'), session))
    if (next?.at !== 'drop-after-data' && next?.at !== 'before-reply') return
    this.#faults.shift()
    if (next.at === 'before-reply') return next.call()
    this.#drop(session)
  }
}

function receivedOf(raw: string, session: SMTPServerSession): Received {
  const { mailFrom, rcptTo, dsn } = session.envelope
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    envelopeId: dsn?.envid ?? null,
    wasSecure: session.secure,
    user: typeof session.user === 'string' ? session.user : null,
    raw,
    ...parseMail(raw),
  }
}

/** The reply as the library wants it: `451 4.7.1 Come again`. */
function failure(reply: string): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })
}
