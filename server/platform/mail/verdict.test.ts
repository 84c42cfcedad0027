import { expect, test } from 'vitest'
import { type Refusal, answerOf, isDeadStatus, statusIn, verdictOf } from './verdict.ts'

/** `550 5.1.1 No such user at RCPT TO` as the client tells it. */
function refusal(reply: string | null, command: string | null = 'RCPT TO', code = 'EENVELOPE'): Refusal {
  return { code, command, replyCode: reply === null ? null : Number(reply.slice(0, 3)), answer: reply ?? '' }
}

const later = { outcome: 'later' }
const failed = { outcome: 'failed' }
const bounced = (isDead: boolean) => ({ outcome: 'bounced', isDead })

test.each<[string, Refusal, object]>([
  ['greylisting', refusal('451 4.7.1 Come again'), later],
  ['a server that closes', refusal('421 4.3.2 Going down', 'MAIL FROM'), later],
  ['a server that is full', refusal('452 4.3.1 No space', 'DATA'), later],
  ['an unknown user', refusal('550 5.1.1 No such user'), bounced(true)],
  ['an unknown user, told without a status', refusal('550 No such user here'), bounced(true)],
  ['an unknown domain', refusal('550 5.1.2 Bad destination system'), bounced(true)],
  ['a null MX', refusal('556 5.1.10 Takes no mail'), bounced(true)],
  ['a disabled mailbox', refusal('550 5.2.1 Disabled'), bounced(true)],
  ['a full mailbox', refusal('552 5.2.2 Full'), bounced(false)],
  ['a full mailbox, told without a status', refusal('552 Full'), bounced(false)],
  ['a relay that we may not use', refusal('550 5.7.1 Relaying denied'), bounced(false)],
  ['a policy, told without a status', refusal('554 Transaction failed'), bounced(false)],
  ['a sender that is refused', refusal('550 5.1.8 Bad sender', 'MAIL FROM'), failed],
  ['content that is refused', refusal('554 5.7.1 Spam', 'DATA', 'EMESSAGE'), failed],
  ['a recipient that is refused after the mail', refusal('550 5.1.1 No such user', 'DATA', 'EMESSAGE'), bounced(true)],
  ['a wrong password', refusal('535 5.7.8 Wrong', 'AUTH PLAIN', 'EAUTH'), later],
  ['a missing password', refusal('530 5.7.0 Authentication required', 'MAIL FROM'), later],
  ['a command in the wrong place', refusal('503 5.5.1 Bad sequence', 'DATA'), later],
  ['an address of ours that is blocked', refusal('554 5.7.1 Blocked', 'CONN', 'EPROTOCOL'), later],
  ['no STARTTLS where it is wanted', refusal('502 Not implemented', 'STARTTLS', 'ETLS'), later],
  ['nobody listening', refusal(null, 'CONN', 'ESOCKET'), later],
  ['a recipient that the client itself refuses', refusal(null, 'API', 'EENVELOPE'), failed],
  ['nothing known at all', { code: null, command: null, replyCode: null, answer: '' }, later],
])('%s', (_what, told, verdict) => {
  expect(verdictOf(told)).toEqual(verdict)
})

test('a status is found between words, and not inside of addresses and versions', () => {
  expect(statusIn('550-5.1.1 The account does not exist')).toBe('5.1.1')
  expect(statusIn('550 host 10.5.1.1 said no')).toBeNull()
  expect(statusIn('250 ok 15.1.20')).toBeNull()
  expect(isDeadStatus('5.1.1')).toBe(true)
  expect(isDeadStatus('5.1.10')).toBe(true)
  expect(isDeadStatus('5.1.11')).toBe(false)
  expect(isDeadStatus('4.1.1')).toBe(false)
  expect(isDeadStatus(null)).toBe(false)
})

test('an answer is kept as one line without links', () => {
  expect(answerOf('550-Blocked, see\r\n550 HTTPS://list.example/?ip=1 or www.x.example.')).toBe(
    '550-Blocked, see 550 [link] or [link]',
  )
  expect(answerOf('x'.repeat(5000))).toHaveLength(300)
})
