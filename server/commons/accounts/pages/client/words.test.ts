import { expect, test } from 'vitest'
import { deviceOf, pageAmong, wordsFor, wordsOf } from './words.ts'

test.for([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0.0.0 Safari/537.36',
    'Chrome on Linux',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  ['curl/8.11.0', 'curl'],
  ['/', 'An unknown program'],
  [null, 'An unknown program'],
] as const)('the device of %s is told as %s', ([userAgent, device]) => {
  expect(deviceOf(userAgent)).toBe(device)
})

test('problems are told in plain words, and unknown ones by their own', () => {
  const expired = { type: '/problems/identity/link-expired', title: 'The link does not hold any more' }
  expect(wordsFor(400, expired, null)).toContain('was used already, or its time is over')
  const invalid = { title: 'Invalid', errors: [{ pointer: '/newPassword', detail: 'must have at least 8 characters' }] }
  expect(wordsFor(400, invalid, null)).toBe('The password must have at least 8 characters.')
  expect(wordsFor(429, { title: 'Too many requests' }, '61')).toBe(
    'Those were too many tries. Wait 61 seconds, then try again.',
  )
  expect(wordsFor(429, {}, '600')).toContain('Wait 10 minutes')
  expect(wordsFor(429, {}, null)).toContain('Wait a little')
  expect(wordsFor(403, { title: 'No', detail: 'Why not.' }, null)).toBe('No. Why not.')
  expect(wordsFor(502, {}, null)).toBe('The server did not answer as it should. Try again.')
})

test.for([
  ['/watch/1?a=b#c', 'https://here.example/watch/1?a=b#c'],
  ['/.//evil.example', 'https://here.example//evil.example'],
  ['', null],
  ['account', null],
  ['//evil.example', null],
  ['/\\evil.example', null],
  ['/\t/evil.example', null],
  ['https://here.example/', null],
  ['javascript:alert(1)', null],
] as const)('a link that names %j leads to %j', ([path, page]) => {
  expect(pageAmong('https://here.example', path)).toBe(page)
})

test('who is led here with a problem is told it in our words, and never in those of the address', () => {
  expect(wordsOf('identity/wrong-code')).toContain('The code is wrong')
  for (const kind of ['<b>bold</b>', 'identity/unheard-of', 'constructor', '__proto__'])
    expect(wordsOf(kind)).toBe('That did not work. Try again.')
})
