import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMailAddress, mailboxOf, nameInMail, oneLine } from './address.ts'
import { compose } from './compose.ts'
import { type Block, type Letter, action, allowedLink, facts, note, paragraph } from './letter.ts'

const PUBLIC = 'https://airdate.example'

function letter(blocks: readonly Block[], more: Partial<Letter> = {}): Letter {
  return { subject: 'A subject', preheader: 'Before', title: 'A title', blocks, why: 'Because.', ...more }
}

/** Anything that a person might put into a field to break out of where it is shown. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    ...[
      '\r\nBcc: everybody@example.org',
      'a\nb',
      '\u2028x',
      '\u202egpj.exe',
      '\ud800',
      '\0',
      '&amp;',
      '<!--',
      '"\' onload=x',
    ],
    ...['<script>alert(1)</script>', '</td></table><img src=https://evil.example/x>', 'javascript:alert(1)'],
  ),
)

test('no text leaves its place in either part, whatever it holds', () => {
  const plain = compose(letter(['x', 'x', 'x', 'x'].map(paragraph)), PUBLIC).html
  const tagsOf = (html: string): string[] =>
    [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))
  fc.assert(
    fc.property(nasty, nasty, nasty, (one, two, three) => {
      const { subject, html, text } = compose(
        letter([one, two, three, one].map(paragraph), { subject: one, preheader: two, title: three, why: one }),
        PUBLIC,
      )
      expect(tagsOf(html)).toEqual(tagsOf(plain))
      expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u)
      expect(text).not.toMatch(/[^\P{Cc}\n]/u)
      expect((html + text + subject).isWellFormed()).toBe(true)
    }),
  )
})

test('an attribute stays an attribute', () => {
  const { html } = compose(letter([action('x', `${PUBLIC}/?a="><b>&c='d`)]), PUBLIC)
  expect(html).toContain('href="https://airdate.example/?a=%22%3E%3Cb%3E&amp;c=%27d"')
  expect(html).not.toContain('<b>')
})

test('links are https or this server; any other is left out with its words kept', () => {
  for (const url of [
    ...[
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,x',
      'http://evil.example/',
      '//evil.example',
      '/reset',
    ],
    ...['https://airdate.example@evil.example/', 'ftp://airdate.example/', 'http://airdate.example/', '', 'x'],
  ]) {
    expect({ url, link: allowedLink(url, PUBLIC) }).toEqual({ url, link: null })
    const { html, text } = compose(letter([action('Open it', url)]), PUBLIC)
    expect(html).not.toContain('href')
    expect(html).toContain('Open it')
    expect(text).toContain('Open it')
    expect(text).not.toContain('evil')
  }
  expect(allowedLink('https://elsewhere.example/a b', PUBLIC)).toBe('https://elsewhere.example/a%20b')
  expect(allowedLink('http://127.0.0.1:4000/x', 'http://127.0.0.1:4000')).toBe('http://127.0.0.1:4000/x')
  expect(allowedLink('http://127.0.0.1:4001/x', 'http://127.0.0.1:4000')).toBeNull()
})

test('both parts say the same, the text in lines of at most 72 characters with the link whole', () => {
  const url = `${PUBLIC}/verify?token=${'t'.repeat(100)}`
  const long = 'Somebody, most likely you, asked for a new password for the account at this server. '.repeat(3)
  const known = facts({ When: '21 November 2026, 14:05 UTC', 'With what': 'word '.repeat(25) })
  const { html, text } = compose(letter([paragraph(long), action('Go', url), known, note('A remark.')]), PUBLIC)
  const lines = text.split('\n')
  expect(lines.filter((line) => line.length > 72)).toEqual([url])
  expect(text).toContain('\nWhen:      21 November 2026, 14:05 UTC\nWith what: word word')
  expect(text.endsWith(`\n\n-- \nBecause.\nAirdate, ${PUBLIC}\n`)).toBe(true)
  for (const said of [long.trim(), 'A remark.', '21 November 2026, 14:05 UTC', 'Because.', 'A title']) {
    expect(html).toContain(said)
  }
})

test('the HTML fetches nothing and names its language and what it is', () => {
  const { html } = compose(letter([paragraph('x'), action('Go', `${PUBLIC}/`)]), PUBLIC)
  expect(html).not.toMatch(/<(img|link|script|iframe|object|video|audio|form|input)\b|url\(|@import|\bon\w+=/i)
  expect(html).toMatch(/<html lang="en" dir="ltr">/)
  expect(html).toMatch(/role="article" aria-roledescription="email" aria-label="A subject"/)
  // every table is either layout, which says so, or has a row header
  expect(html.match(/<table/g)?.length).toBe(html.match(/<table role="presentation"/g)?.length)
})

test('an address that could end a header or name a second recipient is none', () => {
  for (const address of ['ada@example.org', 'a+b.c@mail.example.co', 'owner@localhost', 'zoë@exämple.org']) {
    expect({ address, is: isMailAddress(address) }).toEqual({ address, is: true })
  }
  for (const address of [
    ...[
      '',
      '@',
      'a@',
      '@b',
      'a b@c.d',
      'a@b\r\nBcc: c@d',
      'a@b\n',
      '"a b"@c.d',
      'a,b@c.d',
      'a@b,c@d',
      '<a@b>',
      'a@b.',
      'a@.b',
    ],
    ...['a@b..c', 'a@-b', `${'a'.repeat(65)}@b.c`, `a@${'b'.repeat(253)}`, 'a\0@b.c', 'a@b\u202e.c', 'a(b)@c.d'],
  ]) {
    expect({ address, is: isMailAddress(address) }).toEqual({ address, is: false })
  }
  fc.assert(
    fc.property(nasty, nasty, (one, two) => {
      if (isMailAddress(`${one}@${two}`)) expect(`${one}@${two}`).not.toMatch(/[\s\p{Cc},;<>]/u)
    }),
  )
})

test('one mailbox is one however it is written', () => {
  expect(mailboxOf('Ada+films@Example.ORG')).toBe('ada@example.org')
  expect(mailboxOf('+x@example.org')).toBe('+x@example.org')
  expect(mailboxOf('ada@example.org')).toBe('ada@example.org')
})

test('a name in a mail holds nothing that becomes a link', () => {
  expect(nameInMail('Win money at https://evil.example/now\r\n')).toBe('Win money at https evil example now')
  expect(nameInMail('ada@example.org')).toBe('ada example org')
  expect(nameInMail('\r\n \u202e')).toBe('')
  expect([...nameInMail('x'.repeat(500))]).toHaveLength(60)
})

test('a line keeps emoji whole and tells where it was cut', () => {
  expect(oneLine('👩‍👩‍👧 '.repeat(100), 12)).toMatch(/…$/)
  expect(oneLine('a\t\r\n b', 10)).toBe('a b')
  expect(oneLine('ab', 2)).toBe('ab')
  expect(oneLine('abc', 2)).toBe('a…')
})
