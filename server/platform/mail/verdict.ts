import { oneLine } from './address.ts'

/** What stopped a mail on its way to the server, as the SMTP client tells it. */
export interface Refusal {
  /** The client's word for the kind of failure, such as `EAUTH`. */
  readonly code: string | null
  /** The reply code of RFC 5321; null when the server did not answer. */
  readonly replyCode: number | null
  /** The command that was refused, such as `RCPT TO`. */
  readonly command: string | null
  /** The reply's own words, in one line without addresses of pages; empty when there are none. */
  readonly answer: string
}

/**
 * What becomes of the mail: tried again; failed for good; or bounced, which means that the recipient was refused.
 * `isDead` says that the address itself is the reason, so that no other mail need be tried.
 */
export type Verdict =
  | { readonly outcome: 'later' }
  | { readonly outcome: 'failed' }
  | { readonly outcome: 'bounced'; readonly isDead: boolean }

/** Replies that are about us and the server, not about this mail: authentication is wanted or refused (RFC 4954 §6). */
const ABOUT_US = new Set([503, 530, 534, 535, 538])
/** Only what is answered to these is about this one mail (RFC 5321 §3.3). */
const ABOUT_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])
/** Client errors without a reply that another try would only repeat. */
const HOPELESS = new Set(['EENVELOPE', 'EMESSAGE'])

/** Replies of the class 4 and faults of the connection pass; replies of the class 5 to a mail are final. */
export function verdictOf({ code, replyCode, command, answer }: Refusal): Verdict {
  if (replyCode === null) return { outcome: code !== null && HOPELESS.has(code) ? 'failed' : 'later' }
  const isFinal = replyCode >= 500 && replyCode < 600 && !ABOUT_US.has(replyCode)
  if (!isFinal || command === null || !ABOUT_THE_MAIL.has(command)) return { outcome: 'later' }
  const status = statusIn(answer)
  // Some servers look at the recipient only when they have the whole mail.
  if (command !== 'RCPT TO') return isDeadStatus(status) ? { outcome: 'bounced', isDead: true } : { outcome: 'failed' }
  const isDead = status === null ? replyCode !== 552 && replyCode !== 554 : isDeadStatus(status)
  return { outcome: 'bounced', isDead }
}

/** The first enhanced status code (RFC 3463) in a reply or a report, or null. */
export function statusIn(text: string): string | null {
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(text)?.[0] ?? null
}

/**
 * True when a status says that there is no such mailbox or domain, or that it takes no mail any more (RFC 3463 §3.2, §3.3).
 * A full mailbox, a policy, or doubts about the sender are not the address's fault for ever.
 */
export function isDeadStatus(status: string | null): boolean {
  return status !== null && /^5\.(?:1\.(?:1|2|3|6|10)|2\.1)$/.test(status)
}

/** A server's words as they may be kept: one line, and no address of a page, which might be one of the mail's own links. */
export function answerOf(reply: string): string {
  return oneLine(reply.replaceAll(/\b(?:https?:|www\.)\S+/gi, '[link]'), 300)
}
