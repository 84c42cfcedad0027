import { expect, test } from 'vitest'
import { StartFailure } from '#platform/config/start-failure.ts'
import { refusalOf } from './refusal.ts'

const replied = (status: number, body: string | ReadableStream<Uint8Array>) => refusalOf(new Response(body, { status }))
const problem = (status: number, body: unknown) => replied(status, JSON.stringify(body))

test('every fault of the input is told, by what it is about', async () => {
  const errors = [
    { pointer: '/text', detail: 'must not be empty' },
    { pointer: '/timeZone', detail: 'is no IANA time zone' },
  ]
  const refusal = await problem(400, { title: 'The input is invalid', errors })
  expect([refusal.message, refusal instanceof StartFailure]).toEqual([
    ...['text must not be empty; timeZone is no IANA time zone', false],
  ])
})

test.each([
  [{ title: 'There is no such task', detail: 'No task 1 is here.' }, 'No task 1 is here.'],
  [{ title: 'There is no such task' }, 'There is no such task'],
  [{ title: 7, detail: null, errors: 'many' }, 'the server answered 404'],
  [{}, 'the server answered 404'],
  [{ detail: 'a\u001b]0;owned\u0007b\u202ec\r\nd' }, 'a ]0;owned b c d'],
])('a problem says what it says: %j', async (body, said) => {
  expect((await problem(404, body)).message).toBe(said)
})

test.each([
  ['<html><head><title>502 Bad\n Gateway</title></head><body><h1>nginx</h1></body></html>', '“502 Bad Gateway”'],
  ['<h1>Service <b>Unavailable</b></h1><script>steal()</script>', '“Service Unavailable”'],
  ['upstream connect error\u001b[2J\u001b]52;c;ZXZpbA==\u0007', '“upstream connect error [2J ]52;c;ZXZpbA==”'],
  ['"a text"', '“"a text"”'],
  ['[1]', '“[1]”'],
  ['', 'nothing that can be read'],
  ['<p></p>', 'nothing that can be read'],
])('what is no answer of ours is told by what it says, and what to look at: %j', async (body, says) => {
  const { message } = await replied(502, body)
  expect(message).toContain(`answered 502 and says ${says}: that is not Airdate.`)
  expect(message).toContain('a proxy')
  // eslint-disable-next-line no-control-regex -- that there is none is what is asked
  expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
})

test('a refusal of a stranger is a failure of where the server is, whatever its status', async () => {
  for (const status of [200, 403]) expect(await replied(status, '<title>Sign in</title>')).toBeInstanceOf(StartFailure)
})

test('of an endless answer the beginning is told', async () => {
  let given = 0
  let isLeft = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      given += 1
      controller.enqueue(Buffer.from('spam '.repeat(1000)))
    },
    cancel: () => {
      isLeft = true
    },
  })
  const { message } = await replied(500, endless)
  expect(message).toContain('spam spam')
  expect([message.length < 500, given < 50, isLeft]).toEqual([true, true, true])
})

test('of an answer that breaks off what came is told', async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from('half a ')),
    pull: (controller) => controller.error(new Error('reset')),
  })
  expect((await replied(500, broken)).message).toContain('“half a”')
})
