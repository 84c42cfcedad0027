import { BlockList, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { invariant } from '#kernel/assert.ts'

/** More proxies in a row than anybody has; what they claim beyond that is not read. */
const HOPS_MAX = 32

/** What proxies say about whom they forward for. Node joins several lines of one header with commas. */
export interface ForwardingHeaders {
  readonly 'x-forwarded-for'?: string | string[] | undefined
  readonly forwarded?: string | string[] | undefined
}

/**
 * The one spelling of an address: IPv4 in dotted decimals, also when it came mapped into IPv6 (RFC 4291 §2.5.5.2), IPv6 as
 * in RFC 5952, without a zone. Null when the text is no address; forms that only some programs read, such as `0x7f.1` or
 * `010.0.0.1`, are none.
 */
export function canonicalAddress(text: string): string | null {
  const bare = text.split('%', 1)[0] ?? ''
  return isIP(bare) === 0 ? null : ipaddr.process(bare).toString()
}

/**
 * Whom an address stands for when calls are counted: itself, or for IPv6 its network of 64 bits, which is the least that
 * one customer is given (RFC 6177 §2) and all theirs to choose from. `address` is canonical.
 */
export function bucketOf(address: string): string {
  if (!address.includes(':')) return address
  const { parts } = ipaddr.IPv6.parse(address)
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}

/**
 * The network around an address, as somebody stays in it whose provider gives them another address now and then: 24 bits
 * of IPv4, 48 of IPv6, which is what a site is given (RFC 6177 §2). `address` is canonical.
 */
export function networkOf(address: string): string {
  const bits = address.includes(':') ? 48 : 24
  const base = bits === 48 ? ipaddr.IPv6 : ipaddr.IPv4
  return `${base.networkAddressFromCIDR(`${address}/${bits}`).toString()}/${bits}`
}

/** Whether an address, in its one spelling, is that of a configured proxy. */
export type IsTrusted = (address: string) => boolean

/** `networks` are written as `address/bits`, each checked already. */
export function trustIn(networks: readonly string[]): IsTrusted {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/')
    const family = isIP(address)
    invariant(family !== 0, `no network: ${network}`)
    list.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
  }
  return (address) => list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

/**
 * Who calls: `peer`, the other end of the connection, or, when that is a trusted proxy, whom it forwards for. Headers are
 * read from the right, where the nearest proxy writes, and only as far as proxies are trusted: what a client wrote before
 * them is never looked at. An address that cannot be read ends the walk at the proxy that handed it on.
 *
 * A proxy writes one of `X-Forwarded-For` and `Forwarded` (RFC 7239) and may let the other pass as the client wrote it:
 * when both are there and differ, neither is believed. Null when the connection has ended already.
 */
export function clientAddress(
  peer: string | undefined,
  headers: ForwardingHeaders,
  isTrusted: IsTrusted,
): string | null {
  const nearest = canonicalAddress(peer ?? '')
  if (nearest === null || !isTrusted(nearest)) return nearest
  const told = [
    { header: headers['x-forwarded-for'], read: addressOfEntry },
    { header: headers.forwarded, read: addressOfElement },
  ].flatMap(({ header, read }) => (header === undefined ? [] : [walk(nearest, String(header), read, isTrusted)]))
  const [one = nearest, other = one] = told
  return one === other ? one : nearest
}

function walk(nearest: string, header: string, read: (entry: string) => string | null, isTrusted: IsTrusted): string {
  let last = nearest
  let end = header.length
  for (let hops = 0; hops < HOPS_MAX && end >= 0; hops += 1) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1)
    const address = read(header.slice(comma + 1, end).trim())
    if (address === null) return last
    if (!isTrusted(address)) return address
    last = address
    end = comma
  }
  return last
}

const WITH_PORT = /^(?:\[(?<six>[^\]]+)\](?::\d{1,5})?|(?<four>\d[\d.]+):\d{1,5})$/

/** An address, bare or with a port; IPv6 with a port stands in brackets. */
function addressOfEntry(entry: string): string | null {
  const { six, four } = WITH_PORT.exec(entry)?.groups ?? {}
  return canonicalAddress(six ?? four ?? entry)
}

const PAIR = /^(?<name>[\w!#$%&'*+.^`|~-]+)=(?:"(?<quoted>[^"\\]*)"|(?<token>[^\s",;=]+))$/

/** The `for` of one element (RFC 7239 §4); null when there is none, two, or one that hides its address. */
function addressOfElement(element: string): string | null {
  const pairs = element.split(';').map((pair) => PAIR.exec(pair.trim())?.groups)
  const named = pairs.filter((pair) => pair?.['name']?.toLowerCase() === 'for')
  if (pairs.includes(undefined) || named.length !== 1) return null
  return addressOfEntry(named[0]?.['quoted'] ?? named[0]?.['token'] ?? '')
}
