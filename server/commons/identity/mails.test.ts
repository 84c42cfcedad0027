import { expect, test } from 'vitest'
import { compose } from '#platform/mail/compose.ts'
import * as mails from './mails.ts'

const PUBLIC = 'https://airdate.example'
const URL_WITH_SECRET = `${PUBLIC}/auth?token=${'s'.repeat(43)}`

/** Something for every field that any of the mails has; people put in what does most harm. */
const data = {
  ...{ displayName: 'Ada\r\nBcc: eve@example.org <script>', expiresMinutes: 90, change: 'off' },
  ...{ workspaceName: 'Free money at http://evil.example', inviterName: '<b>Eve</b>', newEmail: 'new@example.org' },
  ...{ when: '21 November 2026, 14:05 UTC', where: '192.0.2.7', device: 'Evil/1.0 (http://evil.example)' },
  ...{ url: URL_WITH_SECRET, signInUrl: URL_WITH_SECRET, resetUrl: URL_WITH_SECRET },
  ...{ sessionsUrl: URL_WITH_SECRET, securityUrl: URL_WITH_SECRET },
} as const

const all = Object.values(mails).map((mail) => mail as typeof mails.invitation)

test.each(all.map((mail) => [mail.name, mail] as const))(
  '%s says the same in both parts and passes nothing on',
  (_, mail) => {
    expect(mail.accepts(data)).toBe(true)
    const { subject, text, html } = compose(mail.write(data), PUBLIC)
    expect(subject.length).toBeGreaterThan(10)
    expect(subject).not.toMatch(/[\r\n]|evil\.example/)
    expect(text).not.toMatch(/evil\.example|http:|undefined|null|\[object/)
    expect(html).not.toMatch(/evil\.example|http:|undefined|null|\[object|<script|<b>/)
    for (const part of [text, html])
      expect(part).toContain(mail === (mails.emailChanged as unknown) ? 'new@example.org' : URL_WITH_SECRET)
  },
)

test('who must hear of a danger hears of it, whatever came before', () => {
  const essential = all.filter((mail) => mail.essential).map((mail) => mail.name)
  expect(essential.toSorted()).toEqual([
    ...['identity.email-changed', 'identity.password-changed', 'identity.reset-password'],
    'identity.two-factor-changed',
  ])
})

test('lengths of time are told as people say them', () => {
  const said = (expiresMinutes: number): string =>
    mails.verifyEmail.write({ displayName: '', url: URL_WITH_SECRET, expiresMinutes }).preheader
  expect([1, 45, 60, 90, 120, 1440, 10_080].map(said)).toEqual([
    ...['One click, within 1 minute.', 'One click, within 45 minutes.', 'One click, within 1 hour.'],
    ...['One click, within 90 minutes.', 'One click, within 2 hours.', 'One click, within 1 day.'],
    'One click, within 7 days.',
  ])
})

test('who gave no name is greeted all the same', () => {
  const [greeting] = mails.verifyEmail.write({ displayName: ' \r\n', url: URL_WITH_SECRET, expiresMinutes: 5 }).blocks
  expect(greeting).toEqual({ kind: 'paragraph', text: 'Hello,' })
})
