import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Networks (`address/bits`) and names that may be reached though they are nobody's business outside. */
export interface Permitted {
  readonly names: ReadonlySet<string>
  readonly networks: readonly string[]
}

/** Sorts what the operator wrote: networks as `address/bits`, everything else a name in lower case. */
export function permittedOf(hosts: readonly string[]): Permitted {
  const isNetwork = (host: string): boolean => host.includes('/')
  return {
    names: new Set(hosts.filter((host) => !isNetwork(host)).map((host) => host.toLowerCase())),
    networks: hosts.filter(isNetwork),
  }
}

/**
 * True for an address that belongs to the public internet: not of this machine, a local network, a link (where clouds
 * keep what they tell to machines alone), nor one that carries such an address within it. What is no address is not
 * public either.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  // An IPv4 address that is mapped into IPv6 is that address.
  return ipaddr.process(address).range() === 'unicast'
}

export function isInNetworks(address: string, networks: readonly string[]): boolean {
  if (isIP(address) === 0) return false
  const one = ipaddr.process(address)
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network)
    return one.kind() === base.kind() && one.match(base, bits)
  })
}

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}
