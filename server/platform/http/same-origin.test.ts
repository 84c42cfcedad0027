import { describe, expect, test } from 'vitest'
import { CrossSiteRefused, isLoopback, isSameOrigin, ownOrigins, refuseCrossSite } from './same-origin.ts'

const OURS = ['https://tv.example', 'https://console.example']
const post = (headers: Record<string, string | string[]>, method = 'POST') => ({ method, headers })

describe('a call that a cookie authenticates', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('by %s changes nothing and may come from anywhere', (method) => {
    expect(isSameOrigin(post({ origin: 'https://evil.example' }, method), OURS)).toBe(true)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'get', ''])('by %j is asked whence it comes', (method) => {
    expect(isSameOrigin(post({ origin: 'https://evil.example' }, method), OURS)).toBe(false)
    expect(isSameOrigin(post({ origin: 'https://tv.example' }, method), OURS)).toBe(true)
  })

  test.each([
    ...['https://evil.example', 'null', '', 'http://tv.example', 'https://tv.example:444', 'https://tv.example/'],
    ...[
      'https://TV.example',
      'https://tv.example.evil.example',
      'https://sub.tv.example',
      'https://tv.example, x',
      '*',
    ],
  ])('is refused with the origin %j', (origin) => {
    expect(isSameOrigin(post({ origin }), OURS)).toBe(false)
    // What else a browser says does not make up for it.
    expect(isSameOrigin(post({ origin, 'sec-fetch-site': 'same-origin' }), OURS)).toBe(false)
  })

  test.each(['same-site', 'cross-site', 'none', '', 'Same-Origin', 'same-origin, same-origin'])(
    'without an origin is refused with Sec-Fetch-Site %j, and goes on with same-origin',
    (site) => {
      expect(isSameOrigin(post({ 'sec-fetch-site': site }), OURS)).toBe(false)
      expect(isSameOrigin(post({ 'sec-fetch-site': 'same-origin' }), OURS)).toBe(true)
    },
  )

  test('that says nothing of whence it comes is refused', () => {
    expect(() => refuseCrossSite(post({}), OURS)).toThrow(CrossSiteRefused().message)
    expect(() => refuseCrossSite(post({ referer: 'https://tv.example/' }), OURS)).toThrow(CrossSiteRefused().message)
    expect(() => refuseCrossSite(post({ origin: 'https://console.example' }), OURS)).not.toThrow()
  })
})

describe('the origins whose pages are ours', () => {
  test('are those of the public URL and the configured ones', () => {
    expect(ownOrigins('https://tv.example', ['https://console.example'])).toEqual(OURS)
  })

  test.each(['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000'])(
    'are, for %s, those of all names of this machine at the same port',
    (publicUrl) => {
      expect(isLoopback(publicUrl)).toBe(true)
      expect(ownOrigins(publicUrl, []).toSorted()).toEqual([
        ...['http://127.0.0.1:4000', 'http://[::1]:4000', 'http://localhost:4000'],
      ])
    },
  )

  test.each(['http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'http://192.168.0.1:4000'])(
    'are for %s its own alone',
    (publicUrl) => {
      expect(isLoopback(publicUrl)).toBe(false)
      expect(ownOrigins(publicUrl, [])).toEqual([publicUrl])
    },
  )
})
