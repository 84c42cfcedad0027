import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf, canonicalAddress, clientAddress, trustIn } from './client-address.ts'

const isTrusted = trustIn(['10.0.0.0/8', '2001:db8:ffff::/48'])
const from = (peer: string, forwardedFor?: string, forwarded?: string): string | null =>
  clientAddress(peer, { 'x-forwarded-for': forwardedFor, forwarded }, isTrusted)

describe('an address has one spelling', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
  ])('%s is %s', (text, spelling) => {
    expect(canonicalAddress(text)).toBe(spelling)
  })

  test.each([
    ...[
      '',
      'unknown',
      'localhost',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '0x7f.1',
      '2130706433',
      '1.2.3.4/32',
    ],
    ...['::ffff:1.2.3.4.5', ':::1', '1::2::3', '2001:db8::g', '[::1]', ' 1.2.3.4', '1.2.3.4\n', '1.2.3.4,5.6.7.8'],
  ])('%j is none', (text) => {
    expect(canonicalAddress(text)).toBeNull()
  })

  test('whatever is read is read again as the same, and everything else is null', () => {
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string())
    fc.assert(
      fc.property(texts, (text) => {
        const once = canonicalAddress(text)
        if (once !== null) expect(canonicalAddress(once)).toBe(once)
      }),
    )
  })
})

describe('calls are counted', () => {
  test('for IPv4 by the address, for IPv6 by its network of 64 bits', () => {
    expect(bucketOf('1.2.3.4')).toBe('1.2.3.4')
    expect(bucketOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(bucketOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(bucketOf('2001:db8:1:3::')).not.toBe(bucketOf('2001:db8:1:2::'))
  })

  test('in one bucket however the last 64 bits are chosen and the whole is written', () => {
    const group = fc.integer({ min: 0, max: 0xffff })
    const network = fc.tuple(fc.integer({ min: 0x2000, max: 0x3fff }), group, group, group)
    const spelling = fc.record({ upper: fc.boolean(), padded: fc.boolean() })
    fc.assert(
      fc.property(network, fc.array(fc.tuple(group, group, group, group, spelling), { minLength: 2 }), (net, hosts) => {
        const buckets = hosts.map(([a, b, c, d, { upper, padded }]) => {
          const groups = [...net, a, b, c, d].map((part) => part.toString(16).padStart(padded ? 4 : 1, '0'))
          const text = upper ? groups.join(':').toUpperCase() : groups.join(':')
          return bucketOf(canonicalAddress(text) ?? '')
        })
        expect(new Set(buckets).size).toBe(1)
      }),
    )
  })
})

describe('who calls', () => {
  test.each([
    ['the other end of the connection', '1.2.3.4', undefined, undefined, '1.2.3.4'],
    ['that end in its one spelling', '::ffff:1.2.3.4', undefined, undefined, '1.2.3.4'],
    ['that end, whatever a stranger claims', '1.2.3.4', '9.9.9.9', 'for=9.9.9.9', '1.2.3.4'],
    ['whom a proxy forwards for', '10.0.0.1', '1.2.3.4', undefined, '1.2.3.4'],
    ['whom a proxy reached over IPv6 forwards for', '::ffff:10.0.0.1', '1.2.3.4', undefined, '1.2.3.4'],
    ['the last whom no proxy vouches for', '10.0.0.1', '9.9.9.9, 1.2.3.4', undefined, '1.2.3.4'],
    ['the first before several proxies', '10.0.0.1', '9.9.9.9, 1.2.3.4, 10.0.0.9, 10.0.0.8', undefined, '1.2.3.4'],
    ['the farthest proxy when there are but proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', undefined, '10.0.0.3'],
    ['a proxy that says nothing', '10.0.0.1', undefined, undefined, '10.0.0.1'],
    ['a proxy that says something empty', '10.0.0.1', '', undefined, '10.0.0.1'],
    ['the proxy that hands on what is no address', '10.0.0.1', '1.2.3.4, unknown', undefined, '10.0.0.1'],
    ['the proxy that hands on what is no address, behind another', '10.0.0.1', 'x, 10.0.0.2', undefined, '10.0.0.2'],
    ['an address with a port', '10.0.0.1', '1.2.3.4:5678', undefined, '1.2.3.4'],
    ['an IPv6 address with a port', '10.0.0.1', '[2001:DB8::1]:5678', undefined, '2001:db8::1'],
    ['an IPv6 address', '2001:db8:ffff::1', '2001:DB8:0::1', undefined, '2001:db8::1'],
    ['whom Forwarded names', '10.0.0.1', undefined, 'for=1.2.3.4', '1.2.3.4'],
    [
      'whom Forwarded names among other things',
      '10.0.0.1',
      undefined,
      'by=10.0.0.1; For="1.2.3.4:80";proto=https',
      '1.2.3.4',
    ],
    ['whom the last Forwarded names', '10.0.0.1', undefined, 'for=9.9.9.9, for="[2001:db8::7]:4711"', '2001:db8::7'],
    ['a proxy that hides for whom it forwards', '10.0.0.1', undefined, 'for=9.9.9.9, for=_hidden', '10.0.0.1'],
    ['a proxy whose Forwarded has no for', '10.0.0.1', undefined, 'for=9.9.9.9, proto=http', '10.0.0.1'],
    ['a proxy whose Forwarded has two for', '10.0.0.1', undefined, 'for=1.2.3.4;for=9.9.9.9', '10.0.0.1'],
    ['the last of a Forwarded that begins with an open quote', '10.0.0.1', undefined, 'for=", for=1.2.3.4', '1.2.3.4'],
    ['whom both headers name', '10.0.0.1', '1.2.3.4', 'for=1.2.3.4', '1.2.3.4'],
    ['the proxy, when the headers differ', '10.0.0.1', '1.2.3.4', 'for=9.9.9.9', '10.0.0.1'],
  ])('is %s', (_says, peer, forwardedFor, forwarded, who) => {
    expect(from(peer, forwardedFor, forwarded)).toBe(who)
  })

  test('is nobody when the connection has ended', () => {
    expect(clientAddress(undefined, { 'x-forwarded-for': '1.2.3.4' }, isTrusted)).toBeNull()
  })

  test('does not depend on what stands before the last address that is no proxy', () => {
    const outside = fc.ipV4().filter((address) => !isTrusted(address))
    const proxies = fc.array(fc.constantFrom('10.0.0.2', '10.1.2.3', '::ffff:10.9.9.9', '2001:db8:ffff::5'), {
      maxLength: 5,
    })
    // What a client writes: anything that a header can hold.
    const written = fc.string({ maxLength: 200 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, ''))
    fc.assert(
      fc.property(written, outside, proxies, (claim, client, hops) => {
        expect(from('10.0.0.1', [claim, client, ...hops].join(', '))).toBe(client)
        const elements = hops.map((hop) => (hop.includes(':') ? `for="[${hop}]"` : `for=${hop}`))
        expect(from('10.0.0.1', undefined, [claim, `for=${client}`, ...elements].join(', '))).toBe(client)
      }),
    )
  })

  test('is the other end of the connection for every header that a stranger can send', () => {
    fc.assert(
      fc.property(fc.option(fc.string()), fc.option(fc.string()), (forwardedFor, forwarded) => {
        expect(from('8.8.8.8', forwardedFor ?? undefined, forwarded ?? undefined)).toBe('8.8.8.8')
      }),
    )
  })

  test('is found without reading a header to its end that is nothing but proxies', () => {
    const endless = Array.from({ length: 5000 }, () => '10.0.0.2').join(',')
    expect(from('10.0.0.1', `9.9.9.9,${endless}`)).toBe('10.0.0.2')
  })
})
