import { type LookupAddress, type LookupOptions, lookup as dnsLookup } from 'node:dns'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type LookupFunction, isIP } from 'node:net'
import { type Permitted, hostOf, isInNetworks, isPublicAddress, permittedOf } from './address.ts'

/** Somewhere that this server does not go. */
export class AddressRefused extends Error {
  constructor(host: string) {
    super(`${host} is not an address of the public internet, and the operator has not permitted it`)
    this.name = 'AddressRefused'
  }
}

/** An answer that does not end where it was said to. */
export class AnswerTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes`)
    this.name = 'AnswerTooLarge'
  }
}

/** Finds the addresses of a name. */
export type Resolve = (
  hostname: string,
  options: LookupOptions,
  found: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

const resolveBySystem: Resolve = (hostname, options, found) =>
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => found(error, error === null ? addresses : []))

/** Statuses that have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([204, 205, 304])

/**
 * Asks servers that people have named. It connects to addresses of the public internet and to those that the operator
 * permits, and to nothing else: the address is looked at when the connection is made, so that a name which means another
 * address a moment later leads nowhere. Redirects are not followed, answers are not larger than they may be and are not
 * unpacked, and every request has a connection of its own.
 */
export class Outside {
  readonly #permitted: Permitted
  readonly #resolve: Resolve

  /** `privateHosts`: names, and networks as `address/bits`. */
  constructor(options: { readonly privateHosts: readonly string[]; readonly resolve?: Resolve }) {
    this.#permitted = permittedOf(options.privateHosts)
    this.#resolve = options.resolve ?? resolveBySystem
  }

  /** True when the operator has named the host: a server of their own rather than one of the internet. */
  isOwn(url: URL): boolean {
    const host = hostOf(url)
    return this.#permitted.names.has(host) || isInNetworks(host, this.#permitted.networks)
  }

  /** Why a URL is not asked, whatever its name turns out to mean; null when nothing is known against it. */
  refusal(url: URL): string | null {
    if (url.username !== '' || url.password !== '') return 'must not hold a name or password'
    const isOwn = this.isOwn(url)
    if (url.protocol !== 'https:' && !(isOwn && url.protocol === 'http:')) {
      return 'must begin with https:// (http:// only for hosts that the operator has permitted)'
    }
    const host = hostOf(url)
    const isLocal = host === 'localhost' || host.endsWith('.localhost') || !/[.:]/.test(host)
    if (!isOwn && (isIP(host) === 0 ? isLocal : !isPublicAddress(host))) {
      return 'must be an address of the public internet, or one that the operator has permitted'
    }
    return null
  }

  /**
   * `fetch`, within these bounds. What it answers is read as it comes; it fails with `AnswerTooLarge` beyond `maxBytes`
   * and with `AddressRefused` where it does not connect.
   */
  fetch(bounds: { readonly maxBytes: number }): typeof fetch {
    return async (input, init) => {
      const request = new Request(input, init)
      const url = new URL(request.url)
      if (this.refusal(url) !== null) throw new AddressRefused(hostOf(url))
      const body = new Uint8Array(await request.arrayBuffer())
      const headers = { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity' }
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const send = url.protocol === 'https:' ? httpsRequest : httpRequest
        const { method, signal } = request
        const sent = send(url, { method, headers, signal, agent: false, lookup: this.#lookup })
        sent.on('response', resolve).on('error', reject)
        sent.end(body.length === 0 ? undefined : body)
      })
      return responseOf(answer, bounds.maxBytes)
    }
  }

  /** What the connection asks for its address: what it gets is what was looked at. */
  readonly #lookup: LookupFunction = (hostname, options, found) => {
    this.#resolve(hostname, options, (error, addresses) => {
      const fail = (failure: NodeJS.ErrnoException): void => found(failure, '', 0)
      const [first] = addresses
      if (error !== null) return fail(error)
      if (first === undefined || !addresses.every(({ address }) => this.#isOpen(hostname, address)))
        return fail(new AddressRefused(hostname))
      return options.all === true ? found(null, [...addresses]) : found(null, first.address, first.family)
    })
  }

  #isOpen(hostname: string, address: string): boolean {
    const { names, networks } = this.#permitted
    return names.has(hostname.toLowerCase()) || isPublicAddress(address) || isInNetworks(address, networks)
  }
}

function responseOf(answer: IncomingMessage, maxBytes: number): Response {
  const status = answer.statusCode ?? 0
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one)
  }
  if (status < 200 || status > 599) {
    answer.destroy()
    throw new Error(`an answer with the status ${status}`)
  }
  if (BODILESS.has(status)) {
    answer.resume()
    return new Response(null, { status, headers })
  }
  return new Response(bounded(answer, maxBytes), { status, headers })
}

/** The body as it comes, up to so many bytes. */
function bounded(answer: IncomingMessage, maxBytes: number): ReadableStream<Uint8Array> {
  let sizeBytes = 0
  const chunks = answer.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer>
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done === true) return controller.close()
      sizeBytes += value.length
      if (sizeBytes > maxBytes) {
        answer.destroy()
        throw new AnswerTooLarge(maxBytes)
      }
      controller.enqueue(new Uint8Array(value))
    },
    cancel() {
      answer.destroy()
    },
  })
}
