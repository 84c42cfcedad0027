import { afterAll, beforeAll, expect, test } from 'vitest'
import { SmtpDouble } from '#tests/doubles/smtp/double.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { PASSWORD, givenPerson, post } from '../../server/commons/accounts/fixtures/people.ts'

let server: SmtpDouble
let app: TestApp
beforeAll(async () => {
  server = await SmtpDouble.start()
  app = await testApp({ settings: { SMTP_URL: server.url, AIRDATE_MAIL_FROM: 'films@airdate.example' } })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** What a name may hold to get out of where it stands in a mail to somebody else. */
const NAMES = [
  'Ada\r\nBcc: everybody@evil.example',
  'Ada\nSubject: You won\n\n<h1>Hello</h1>',
  'Ada\u2028X-Evil: 1\u2029\u0085X-Evil: 2',
  'Ada\r\n--boundary\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>',
  '"Ada" <evil@evil.example>, everybody@evil.example',
  '=?utf-8?q?Ada=0D=0ABcc:_everybody=40evil.example?=',
  'Win at https://evil.example/now or www.evil.example',
  '[Ada](javascript:alert(1)) <a href="javascript:alert(1)">x</a>',
  '\u202eadA\u202c\ufeff\u200f',
]

/** The mail that an address gets next. */
async function mailFor(address: string) {
  const found = () => server.received.find(({ to }) => to.includes(address))
  await expect.poll(found, { timeout: 15_000 }).toBeDefined()
  const mail = found()
  if (mail === undefined) throw new Error(`no mail to ${address}`)
  return mail
}

/** The names of the header fields, each as often as it is there. */
const fieldsOf = ({ headers }: Awaited<ReturnType<typeof mailFor>>): string[] =>
  [...headers].flatMap(([name, values]) => values.map(() => name)).toSorted()

/** Where a mail leads, by links and by addresses that a program would make links of. */
const linksOf = ({ text, html }: Awaited<ReturnType<typeof mailFor>>): string[] => [
  ...(text.match(/\b(?:[a-z]+:\/\/|www\.)\S+|\b\S+@\S+\.\S+/gi) ?? []),
  ...[...html.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, link = '']) => link),
]

const tagsOf = (html: string): string[] =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))

test('C8: no name gets out of its place in a mail to somebody else: no header, recipient, link or markup comes of it', async () => {
  const { accessToken: token } = await givenPerson(app)
  const { workspaceId } = (await app.call('GET', '/api/v1/me', { token })).json<{ workspaceId: string }>()
  const invited = async (name: string, email: string) => {
    const named = await app.call('PATCH', '/api/v1/me', { token, body: { displayName: name } })
    const renamed = await app.call('PATCH', `/api/v1/workspaces/${workspaceId}`, { token, body: { name } })
    expect([named.status, renamed.status]).toEqual([200, 200])
    const body = { email, role: 'viewer' }
    const reply = await app.call('POST', `/api/v1/workspaces/${workspaceId}/invitations`, { token, body })
    expect(reply.status).toBe(201)
    return mailFor(email)
  }
  const plain = await invited('Ada', 'plain@example.org')
  expect(linksOf(plain).length).toBeGreaterThan(1)
  for (const [at, name] of NAMES.entries()) {
    const mail = await invited(name, `invited-${at}@example.org`)
    expect(mail.to).toEqual([`invited-${at}@example.org`])
    expect(fieldsOf(mail)).toEqual(fieldsOf(plain))
    expect(tagsOf(mail.html)).toEqual(tagsOf(plain.html))
    expect(linksOf(mail).filter((link) => !link.startsWith(app.url))).toEqual([])
    expect(mail.headers.get('subject')?.[0]).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u)
  }
})

test('C8: nor of the name of who registers, in the mail to themselves', async () => {
  for (const [at, displayName] of NAMES.entries()) {
    const email = `new-${at}@example.org`
    expect((await post(app, 'register', { email, password: PASSWORD, displayName })).status).toBe(202)
    const mail = await mailFor(email)
    expect(mail.to).toEqual([email])
    expect([...mail.headers.keys()].filter((name) => /bcc|x-evil|cc/.test(name))).toEqual([])
    expect(linksOf(mail).filter((link) => !link.startsWith(app.url))).toEqual([])
  }
})

test('C8: an address that holds more than an address is refused, wherever a mail would go to it', async () => {
  const { accessToken: token, password } = await givenPerson(app)
  const { workspaceId } = (await app.call('GET', '/api/v1/me', { token })).json<{ workspaceId: string }>()
  const before = await app.db.sql('select id from platform.mails order by id')
  for (const email of [
    ...['ada@example.org\r\nBcc: eve@example.org', 'ada@example.org\n', 'ada@example.org, eve@example.org'],
    ...['Ada <ada@example.org>', 'ada@example.org>', 'ada@example.org\0', 'ada@exa mple.org', '"a\r\nb"@example.org'],
  ]) {
    const replies = await Promise.all([
      post(app, 'register', { email, password, displayName: 'Ada' }),
      post(app, 'password/forgot', { email }),
      post(app, 'verify-email/send', { email }),
      post(app, 'email', { newEmail: email, password }, { token }),
      app.call('POST', `/api/v1/workspaces/${workspaceId}/invitations`, { token, body: { email, role: 'viewer' } }),
    ])
    expect([email, replies.map(({ status }) => status)]).toEqual([email, [400, 400, 400, 400, 400]])
  }
  expect(await app.db.sql('select id from platform.mails order by id')).toEqual(before)
})
