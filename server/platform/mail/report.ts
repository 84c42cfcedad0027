/** What a delivery report (RFC 3464) says, as far as it is asked here. */
export interface DeliveryReport {
  /** The identifier that we gave the envelope (RFC 3461 §4.4), where the server carried it. */
  readonly envelopeId: string | null
  /** The Message-ID of the mail that it is about, without brackets, where the report holds its headers. */
  readonly messageId: string | null
  readonly recipients: readonly RecipientReport[]
}

export interface RecipientReport {
  /** In lower case: as it was given when the mail was sent, or else as it was delivered to. */
  readonly address: string
  /** `failed`, `delayed`, `delivered`, `relayed`, `expanded`, in lower case. */
  readonly action: string
  /** Such as `5.1.1` (RFC 3463); empty when absent. */
  readonly status: string
  /** What the other server said; empty when absent. */
  readonly diagnostic: string
}

/** A mail that brings a report is small; whatever is larger is none. */
export const REPORT_MAX_BYTES = 1024 * 1024
const RECIPIENTS_MAX = 100

type Fields = ReadonlyMap<string, string>

/**
 * Reads a raw mail that may be a delivery report; null when it is none. Takes time proportional to its length, whatever is
 * in it.
 */
export function deliveryReport(raw: string): DeliveryReport | null {
  if (raw.length > REPORT_MAX_BYTES) return null
  const whole = entityOf(raw.replaceAll('\r\n', '\n'))
  const type = contentType(whole.fields)
  if (type.name !== 'multipart/report' || type.boundary === null) return null
  const parts = partsOf(whole.body, type.boundary).map(entityOf)
  const status = parts.find((part) => contentType(part.fields).name === 'message/delivery-status')
  if (status === undefined) return null
  const [aboutMail, ...aboutRecipients] = status.body.split(/\n[ \t]*\n/).map(fieldsOf)
  const original = parts.find((part) =>
    ['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers'].includes(
      contentType(part.fields).name,
    ),
  )
  return {
    envelopeId: aboutMail?.get('original-envelope-id') ?? null,
    messageId: original === undefined ? null : messageIdOf(entityOf(original.body.trimStart()).fields),
    recipients: aboutRecipients.flatMap(recipientOf).slice(0, RECIPIENTS_MAX),
  }
}

function recipientOf(fields: Fields): RecipientReport[] {
  const recipient = fields.get('original-recipient') ?? fields.get('final-recipient')
  const action = fields.get('action')
  if (recipient === undefined || action === undefined) return []
  return [
    {
      // `rfc822; somebody@example.org`
      address: recipient
        .slice(recipient.indexOf(';') + 1)
        .trim()
        .replace(/^<(.*)>$/, '$1')
        .toLowerCase(),
      action: action.toLowerCase(),
      status: fields.get('status') ?? '',
      diagnostic: fields.get('diagnostic-code') ?? '',
    },
  ]
}

function messageIdOf(fields: Fields): string | null {
  return /^<([^<>\s]+)>$/.exec(fields.get('message-id') ?? '')?.[1] ?? null
}

interface Entity {
  readonly fields: Fields
  readonly body: string
}

function entityOf(text: string): Entity {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n')
  if (end < 0) return { fields: fieldsOf(text), body: '' }
  return { fields: fieldsOf(text.slice(0, end)), body: text.slice(end).replace(/^\n{1,2}/, '') }
}

/** Fields by their names in lower case; of several with one name the first counts. Folded lines are joined (RFC 5322 §2.2.3). */
function fieldsOf(text: string): Fields {
  const fields = new Map<string, string>()
  for (const line of text.replaceAll(/\n(?=[ \t])/g, '').split('\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

function contentType(fields: Fields): { readonly name: string; readonly boundary: string | null } {
  const [name = '', ...parameters] = (fields.get('content-type') ?? 'text/plain').split(';')
  const boundary = parameters.map((parameter) => /^\s*boundary\s*=\s*("?)([^"]+)\1\s*$/i.exec(parameter)?.[2])
  return { name: name.trim().toLowerCase(), boundary: boundary.find((found) => found !== undefined) ?? null }
}

/** The parts between the lines `--boundary` (RFC 2046 §5.1.1). */
function partsOf(body: string, boundary: string): string[] {
  const parts: string[] = []
  let lines: string[] | null = null
  for (const line of body.split('\n')) {
    const isEnd = line.trimEnd() === `--${boundary}--`
    if (isEnd || line.trimEnd() === `--${boundary}`) {
      if (lines !== null) parts.push(lines.join('\n'))
      if (isEnd) return parts
      lines = []
    } else lines?.push(line)
  }
  return lines === null ? parts : [...parts, lines.join('\n')]
}
