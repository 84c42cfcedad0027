import { expect, test } from 'vitest'
import { mailSender, smtpServer } from './smtp.ts'

const clear = { port: 587, tls: 'required', user: null, password: null }

test.each([
  ['smtp://mail.example.org', { ...clear, host: 'mail.example.org' }],
  ['smtp://Mail.Example.org:2525/', { ...clear, host: 'mail.example.org', port: 2525 }],
  ['smtps://mail.example.org', { ...clear, host: 'mail.example.org', port: 465, tls: 'from-the-start' }],
  [
    'smtps://me%40example.org:p%25%3A%2Fw@mail.example.org:8465',
    { host: 'mail.example.org', port: 8465, tls: 'from-the-start', user: 'me@example.org', password: 'p%:/w' },
  ],
  ['smtp://localhost:25', { ...clear, host: 'localhost', port: 25, tls: 'if-offered' }],
  ['smtp://127.0.0.1', { ...clear, host: '127.0.0.1', tls: 'if-offered' }],
  ['smtp://[::1]:1025', { ...clear, host: '::1', port: 1025, tls: 'if-offered' }],
  ['smtps://localhost', { ...clear, host: 'localhost', port: 465, tls: 'from-the-start' }],
  // names that only look like this machine
  ['smtp://127.0.0.1.example.org', { ...clear, host: '127.0.0.1.example.org' }],
  ['smtp://localhost.example.org', { ...clear, host: 'localhost.example.org' }],
])('%s', (written, value) => {
  expect(smtpServer(written)).toEqual({ value })
})

test.each([
  ...['', 'mail', 'smtp:', 'smtp://', 'smtp:///x', 'http://mail.example.org', 'smtp://mail.example.org/path'],
  ...['smtp://mail.example.org?x=1', 'smtp://mail.example.org#x', 'smtp://a b', 'smtp://mail.example.org:99999'],
  ...['smtp://user@mail.example.org', 'smtp://:word@mail.example.org', 'smtp://a:%zz@mail.example.org'],
  ...['smtp://a:b%0d%0aQUIT@mail.example.org'],
])('%s is refused', (written) => {
  expect(smtpServer(written)).toEqual({ wrong: expect.stringMatching(/^must /) })
})

test('a sender is an address, with a name where one is given', () => {
  expect(mailSender('Films@Example.org')).toEqual({ value: { name: '', address: 'films@example.org' } })
  expect(mailSender('Our films <films@example.org>')).toEqual({
    value: { name: 'Our films', address: 'films@example.org' },
  })
  expect(mailSender('"Films, ours" <films@example.org>')).toEqual({
    value: { name: 'Films, ours', address: 'films@example.org' },
  })
  for (const written of [
    ...['', 'nobody', '<>', 'a <b>', 'a@b.c, d@e.f', 'a <b@c.d> x', 'a <b@c.d> <e@f.g>', `${'n'.repeat(65)} <b@c.d>`],
    ...['a\r\nBcc: x@y.z <b@c.d>', 'a <b@c.d\r\n>'],
  ]) {
    expect({ written, parsed: mailSender(written) }).toEqual({ written, parsed: { wrong: expect.any(String) } })
  }
})
