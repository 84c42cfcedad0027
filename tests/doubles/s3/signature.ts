import { createHash, createHmac } from 'node:crypto'
import { S3Error, invalidRequest } from './errors.ts'

/** A request as it came over the line. */
export interface SignedRequest {
  readonly method: string
  /** Before the `?`, still encoded. */
  readonly path: string
  /** After the `?`, still encoded; '' when there is none. */
  readonly query: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

/** What a request says of its signature. */
interface Claim {
  readonly scope: string
  readonly amzDate: string
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
  readonly signature: string
}

/** A request whose signature holds. */
export interface Verified {
  /** `x-amz-content-sha256`: the hash of the body, or what stands in its place. */
  readonly payloadHash: string
  /** Signs what follows the head: the chunks of a signed stream. */
  readonly seed: { readonly signature: string; readonly scope: string; readonly amzDate: string; readonly key: Buffer }
}

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const ALGORITHM = 'AWS4-HMAC-SHA256'
const SKEW_MS = 15 * 60_000
const MAX_PRESIGNED_S = 7 * 24 * 3600

export const sha256Hex = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** Percent-encodes all but unreserved characters (RFC 3986 §2.3), as AWS asks. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter((pair) => pair !== '')
  const encoded = pairs.map((pair) => {
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    return [uriEncode(decodeURIComponent(name)), uriEncode(decodeURIComponent(value))] as const
  })
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return encoded
    .toSorted(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** The key that signs under `scope` (`date/region/service/aws4_request`). */
export function signingKey(secretAccessKey: string, scope: string): Buffer {
  const [date = '', region = '', service = ''] = scope.split('/')
  return hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), 'aws4_request')
}

/**
 * The signature of a request, hex. As S3 asks, its path is encoded once and not normalised; of the query everything counts
 * that is given. Source: "Signature Calculations for the Authorization Header", Amazon S3 API Reference.
 */
export function signatureOf(request: SignedRequest, claim: Omit<Claim, 'signature'>, secretAccessKey: string): string {
  const { scope, amzDate, signedHeaders, payloadHash } = claim
  const path = request.path.split('/').map((part) => uriEncode(decodeURIComponent(part)))
  const headers = signedHeaders.map((name) => {
    return `${name}:${(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`
  })
  const canonical = [
    request.method,
    path.join('/'),
    canonicalQuery(request.query),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
  const toSign = [ALGORITHM, amzDate, scope, sha256Hex(canonical)].join('\n')
  return hmac(signingKey(secretAccessKey, scope), toSign).toString('hex')
}

/** The signature of one chunk of a signed stream. Source: "Transferring Payload in Multiple Chunks", the same reference. */
export function chunkSignature(seed: Verified['seed'], previous: string, chunk: Buffer): string {
  const toSign = [`${ALGORITHM}-PAYLOAD`, seed.amzDate, seed.scope, previous, sha256Hex(''), sha256Hex(chunk)]
  return hmac(seed.key, toSign.join('\n')).toString('hex')
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/

const denied = (message: string): S3Error => new S3Error('AccessDenied', 403, message)

/**
 * Verifies the signature of a request, in its header or its query.
 * @throws S3Error as S3 answers: AccessDenied, InvalidAccessKeyId, RequestTimeTooSkewed, SignatureDoesNotMatch …
 */
export function verify(request: SignedRequest, credentials: Credentials, now: Date): Verified {
  const inQuery = /(?:^|&)X-Amz-Signature=/.test(request.query)
  const { accessKeyId, claim, signed } = inQuery ? claimOfQuery(request, now) : claimOfHeader(request, now)
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.')
  }
  demandScope(claim, credentials)
  demandSignedHeaders(request, claim)
  if (signatureOf(signed, claim, credentials.secretAccessKey) !== claim.signature) {
    const message = 'The request signature we calculated does not match the signature you provided.'
    throw new S3Error('SignatureDoesNotMatch', 403, message)
  }
  const { signature, scope, amzDate, payloadHash } = claim
  return { payloadHash, seed: { signature, scope, amzDate, key: signingKey(credentials.secretAccessKey, scope) } }
}

function claimOfHeader(
  request: SignedRequest,
  now: Date,
): { accessKeyId: string; claim: Claim; signed: SignedRequest } {
  const { authorization } = request.headers
  if (authorization === undefined) throw denied('Access Denied')
  const match = AUTHORIZATION.exec(authorization)
  if (match === null) throw new S3Error('AuthorizationHeaderMalformed', 400, 'The authorization header is malformed')
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature = ''] = match
  const { 'x-amz-date': amzDate, 'x-amz-content-sha256': payloadHash } = request.headers
  if (payloadHash === undefined) throw invalidRequest('Missing required header for this request: x-amz-content-sha256')
  if (amzDate === undefined) throw denied('AWS authentication requires a valid Date or x-amz-date header')
  if (Math.abs(timeOf(amzDate) - now.getTime()) > SKEW_MS) {
    const message = 'The difference between the request time and the current time is too large.'
    throw new S3Error('RequestTimeTooSkewed', 403, message)
  }
  const claim = { scope, amzDate, signedHeaders: signedHeaders.split(';'), payloadHash, signature }
  return { accessKeyId, claim, signed: request }
}

function claimOfQuery(request: SignedRequest, now: Date): { accessKeyId: string; claim: Claim; signed: SignedRequest } {
  const asked = new URLSearchParams(request.query)
  const [accessKeyId = '', ...scope] = (asked.get('X-Amz-Credential') ?? '').split('/')
  const amzDate = asked.get('X-Amz-Date') ?? ''
  const expiresS = Number(asked.get('X-Amz-Expires') ?? Number.NaN)
  if (asked.get('X-Amz-Algorithm') !== ALGORITHM || !(expiresS >= 1 && expiresS <= MAX_PRESIGNED_S)) {
    throw new S3Error('AuthorizationQueryParametersError', 400, 'The query-string authentication is malformed')
  }
  const signedAt = timeOf(amzDate)
  if (now.getTime() > signedAt + expiresS * 1000) throw denied('Request has expired')
  if (now.getTime() < signedAt - SKEW_MS) throw denied('Request is not yet valid')
  const claim = {
    ...{ scope: scope.join('/'), amzDate },
    signedHeaders: (asked.get('X-Amz-SignedHeaders') ?? '').split(';'),
    payloadHash: request.headers['x-amz-content-sha256'] ?? asked.get('X-Amz-Content-Sha256') ?? UNSIGNED_PAYLOAD,
    signature: asked.get('X-Amz-Signature') ?? '',
  }
  const rest = request.query.split('&').filter((pair) => !pair.startsWith('X-Amz-Signature='))
  return { accessKeyId, claim, signed: { ...request, query: rest.join('&') } }
}

function timeOf(amzDate: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate)
  if (match === null) throw denied('AWS authentication requires a valid Date or x-amz-date header')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function demandScope(claim: Claim, { region }: Credentials): void {
  if (claim.scope === `${claim.amzDate.slice(0, 8)}/${region}/s3/aws4_request`) return
  const message = `The authorization header is malformed; the scope '${claim.scope}' is wrong; expecting region '${region}'`
  throw new S3Error('AuthorizationHeaderMalformed', 400, message)
}

function demandSignedHeaders(request: SignedRequest, claim: Claim): void {
  const sent = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'))
  if (sent.every((name) => claim.signedHeaders.includes(name))) return
  throw denied('There were headers present in the request which were not signed')
}
