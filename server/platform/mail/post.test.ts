import { expect, test } from 'vitest'
import type { SmtpConfig } from '#platform/config/smtp.ts'
import { SmtpDouble } from '#tests/doubles/smtp/double.ts'
import { smtpOf } from './fixtures/support.ts'
import { NotTaken, type OutgoingMail, openPost } from './post.ts'

const mail: OutgoingMail = {
  ...{
    id: '019b0000-0000-7000-8000-000000000001',
    to: 'ada@example.org',
    subject: 'Zoë – 映画',
    text: 'x',
    html: '<p>x',
  },
  createdAt: new Date('2026-11-21T12:00:00Z'),
}
const signal = new AbortController().signal

/** What comes of sending to this server: its answer, or why not. */
async function outcome(smtp: SmtpConfig, authority?: string): Promise<string> {
  await using post = openPost(smtp, authority)
  try {
    return await post.send(mail, signal)
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error
    return `${error.refusal.code}: ${error.refusal.answer}`
  }
}

test('STARTTLS and TLS from the start are spoken with a server whose certificate is trusted', async () => {
  for (const tls of ['starttls', 'tls'] as const) {
    await using server = await SmtpDouble.start({ tls, auth: { user: 'a@b', password: 'p%: w' } })
    const asked = tls === 'tls' ? 'from-the-start' : 'required'
    const smtp = smtpOf(server, { host: 'localhost', tls: asked, user: 'a@b', password: 'p%: w' })
    expect(await outcome(smtp, server.certificate.cert)).toMatch(/^250 /)
    expect(server.received).toMatchObject([{ wasSecure: true, user: 'a@b' }])
    expect(server.received[0]?.headers.get('subject')).toEqual(['Zoë – 映画'])
    expect(await outcome(smtp)).toMatch(/self-signed certificate/)
    expect(server.received).toHaveLength(1)
  }
})

test('nothing is said in clear to a server that must offer STARTTLS and does not', async () => {
  await using server = await SmtpDouble.start({ auth: { user: 'a', password: 'b' } })
  expect(await outcome(smtpOf(server, { tls: 'required', user: 'a', password: 'b' }))).toMatch(/^ETLS/)
  expect(server.received).toEqual([])
  expect(server.signIns).toBe(0)
})

test('on this machine TLS is used where it is offered, whoever signed the certificate', async () => {
  await using server = await SmtpDouble.start({ tls: 'starttls' })
  expect(await outcome(smtpOf(server))).toMatch(/^250 /)
  expect(server.received).toMatchObject([{ wasSecure: true }])
})

test('a check signs in and sends nothing', async () => {
  await using server = await SmtpDouble.start({ auth: { user: 'a', password: 'b' } })
  await using good = openPost(smtpOf(server, { user: 'a', password: 'b' }))
  await good.check()
  await using bad = openPost(smtpOf(server, { user: 'a', password: 'c' }))
  await expect(bad.check()).rejects.toThrow('The mail server gave the answer 535 to AUTH PLAIN')
  expect(server.received).toEqual([])
})

test('a job that is stopped lets go of a server that does not answer', async () => {
  await using server = await SmtpDouble.start()
  const [inHand, stop] = [Promise.withResolvers<void>(), new AbortController()]
  server.misbehave({
    at: 'before-reply',
    call: () => {
      inHand.resolve()
      return new Promise(() => undefined)
    },
  })
  await using post = openPost(smtpOf(server))
  const sent = post.send(mail, stop.signal)
  await inHand.promise
  stop.abort(new Error('stopped'))
  await expect(sent).rejects.toThrow('stopped')
})
