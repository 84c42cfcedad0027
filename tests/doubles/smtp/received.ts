/** A mail as it arrived, taken apart. */
export interface Received {
  readonly from: string
  readonly to: readonly string[]
  /** What the client said the envelope is called (RFC 3461); null when it did not. */
  readonly envelopeId: string | null
  readonly wasSecure: boolean
  /** Who signed in; null when nobody did. */
  readonly user: string | null
  readonly raw: string
  /** Header fields, unfolded and decoded (RFC 2047), by their names in lower case; all of a name, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly text: string
  readonly html: string
}

type Headers = ReadonlyMap<string, readonly string[]>

/** Takes apart a mail of one or two parts, as far as our own mails go. Throws on what is no such mail. */
export function parseMail(raw: string): Pick<Received, 'headers' | 'text' | 'html'> {
  const { headers, body } = split(raw)
  const type = headers.get('content-type')?.[0] ?? ''
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1]
  if (!type.startsWith('multipart/alternative') || boundary === undefined) throw new Error(`not two parts: ${type}`)
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => split(part.replace(/^\r\n/, '')))
  const partOf = (wanted: string): string => {
    const part = parts.find((one) => one.headers.get('content-type')?.[0]?.startsWith(wanted) === true)
    if (part === undefined) throw new Error(`no part ${wanted}`)
    return decoded(part.body, part.headers.get('content-transfer-encoding')?.[0] ?? '7bit')
  }
  if (parts.length !== 2) throw new Error(`${parts.length} parts`)
  return { headers, text: partOf('text/plain'), html: partOf('text/html') }
}

function split(raw: string): { headers: Headers; body: string } {
  const end = raw.indexOf('\r\n\r\n')
  const headers = new Map<string, string[]>()
  for (const line of raw
    .slice(0, end)
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n')) {
    const colon = line.indexOf(':')
    if (!/^[!-9;-~]+$/.test(line.slice(0, Math.max(0, colon)))) throw new Error(`not a header field: ${line}`)
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), words(line.slice(colon + 1).trim())])
  }
  return { headers, body: raw.slice(end + 4) }
}

/** Encoded words (RFC 2047 §2); white space between two of them is nothing. */
function words(value: string): string {
  return value
    .replaceAll(/(\?=)\s+(?==\?)/g, '$1')
    .replaceAll(/(?:=\?utf-8\?[QB]\?[^?]*\?=)+/gi, (run) =>
      Buffer.concat(
        [...run.matchAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi)].map(([, encoding = '', text = '']) =>
          encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quoted(text.replaceAll('_', ' ')),
        ),
      ).toString(),
    )
}

function decoded(body: string, encoding: string): string {
  const content = body.replace(/\r\n$/, '')
  if (encoding === 'base64') return Buffer.from(content, 'base64').toString()
  return encoding === 'quoted-printable' ? quoted(content.replaceAll('=\r\n', '')).toString() : content
}

function quoted(text: string): Buffer {
  return Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}
