import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clearCookie, cookieOf, sessionCookie, setCookie } from './cookies.ts'

const secure = sessionCookie('https://tv.example')
const plain = sessionCookie('http://192.168.0.2:4000')

describe('the cookie of a session', () => {
  test('is bound to this host and to TLS by its name where there is TLS', () => {
    expect(setCookie(secure, 'abc', 60_500)).toBe(
      '__Host-airdate_session=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure',
    )
    expect(clearCookie(secure)).toBe('__Host-airdate_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure')
  })

  test('is a plain one of this host alone where there is none', () => {
    expect(setCookie(plain, 'abc', 60_000)).toBe('airdate_session=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax')
  })

  test('names no domain, so that no other host is sent it', () => {
    expect(setCookie(plain, 'abc', 1000)).not.toMatch(/domain/i)
  })

  test.each(['', 'a b', 'a;b', 'a,b', 'a"b', 'a\r\nSet-Cookie: x=y', 'ä'])('never holds %j', (value) => {
    expect(() => setCookie(plain, value, 1000)).toThrow(TypeError)
  })
})

describe('a Cookie header', () => {
  test.each([
    ['airdate_session=abc', 'abc'],
    ['a=1; airdate_session=abc; b=2', 'abc'],
    ['a=1;airdate_session=abc', 'abc'],
    ['  airdate_session=a=b ', 'a=b'],
    ['airdate_session=abc; airdate_session=abc', 'abc'],
  ])('%j holds %j', (header, value) => {
    expect(cookieOf(header, plain)).toBe(value)
  })

  test.each([
    ...[
      undefined,
      '',
      'airdate_session',
      'airdate_session=',
      'Airdate_session=abc',
      'xairdate_session=abc',
      'a=airdate_session=abc',
    ],
    ...[
      '__Host-airdate_session=abc',
      'airdate_session=abc; airdate_session=def',
      'airdate_session="abc"',
      'airdate_session=a b',
    ],
    ...['airdate_session=ä', 'airdate_session=a\0b', 'airdate_session=a\\b'],
    ...[`airdate_session=abc; x=${'x'.repeat(8192)}`],
  ])('%j holds none', (header) => {
    expect(cookieOf(header, plain)).toBeNull()
  })

  test('gives back what was set, whatever stands around it, and a plain name never stands for the bound one', () => {
    const word = fc.stringMatching(/^[\w~-][\w.~-]{0,40}$/)
    const others = fc.array(fc.tuple(word, word).filter(([name]) => !name.endsWith('airdate_session')))
    fc.assert(
      fc.property(word, others, others, fc.boolean(), (value, before, after, isSecure) => {
        const [one, other] = isSecure ? [secure, plain] : [plain, secure]
        const pair = setCookie(one, value, 1000).split(';')[0] ?? ''
        const written = (pairs: [string, string][]): string[] => pairs.map(([name, text]) => `${name}=${text}`)
        const header = [...written(before), pair, ...written(after)].join('; ')
        expect(cookieOf(header, one)).toBe(value)
        expect(cookieOf(header, other)).toBeNull()
      }),
    )
  })

  test('of whatever text gives what stands in it and can be a value, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 300 }), (text) => {
        const header = `airdate_session=${text}`
        const value = cookieOf(header, plain)
        if (value === null) return
        expect(value).toMatch(/^[!-~]+$/)
        expect(header).toContain(`airdate_session=${value}`)
      }),
    )
  })
})
