import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newId, newSecret } from '#kernel/ids.ts'
import { createLogger, redactUrl } from './log.ts'

describe('of an address the log tells', () => {
  const id = newId()
  test.each([
    [`/api/v1/stream/videos/${id}`, `/api/v1/stream/videos/${id}`],
    ['/api/v1/stream/videos?limit=20&q=cats', '/api/v1/stream/videos?limit=20&q=cats'],
    ['/watch/x?token=1', '/watch/x?token=[redacted]'],
    ['/x?access_token=1&b=2', '/x?access_token=[redacted]&b=2'],
    ['/x?ACCESS_TOKEN=1', '/x?ACCESS_TOKEN=[redacted]'],
    ['/x?%74oken=1', '/x?%74oken=[redacted]'],
    [
      '/x?newPassword=a&code=1&sig=2&apiKey=3',
      '/x?newPassword=[redacted]&code=[redacted]&sig=[redacted]&apiKey=[redacted]',
    ],
    ['/x?token=a=b', '/x?token=[redacted]'],
    ['/x?token', '/x?token'],
    ['/x?%E0%A4%A=1', '/x?%E0%A4%A=1'],
  ])('%s as %s', (url, told) => {
    expect(redactUrl(url)).toBe(told)
  })

  test('nothing that could be a secret, wherever it stands', () => {
    const secret = fc.constantFrom(16, 18, 24, 32, 48).map((bytes) => newSecret(bytes))
    const place = fc.constantFrom(
      (text: string) => `/media/${id}/g/${text}/master.m3u8`,
      (text: string) => `/api/v1/things/${text}`,
      (text: string) => `/x?anything=${text}&limit=1`,
      (text: string) => `/x?a=air_${text}`,
      (text: string) => `/x?a=${text}#b`,
      (text: string) => `/x?a=${encodeURIComponent(`${text}==`)}`,
      (text: string) => `http://tv.example/x?a=${text}`,
    )
    fc.assert(
      fc.property(secret, place, (text, at) => {
        expect(redactUrl(at(text))).not.toContain(text)
      }),
    )
  })
})

test('fields that hold secrets are written without them', () => {
  const lines: string[] = []
  const log = createLogger(
    'trace',
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString())
        done()
      },
    }),
  )
  const secret = 'hush-hush'
  const headers = { authorization: secret, cookie: secret, 'set-cookie': secret }
  log.info({ authorization: secret, password: secret, token: secret, secret, cookie: secret, headers }, 'one')
  log.info(
    { request: { headers, body: { password: secret } }, config: { masterKey: secret, databaseUrl: secret } },
    'two',
  )
  log.child({ token: secret }).info('three')
  expect(lines).toHaveLength(3)
  expect(lines.join('')).not.toContain(secret)
})
