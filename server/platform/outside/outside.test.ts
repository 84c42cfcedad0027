import { once } from 'node:events'
import { type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isPublicAddress } from './address.ts'
import { AddressRefused, AnswerTooLarge, Outside, type Resolve } from './outside.ts'

let server: Server
let asked: string[] = []
let answer: RequestListener
let port: number
beforeAll(async () => {
  server = createServer((request, reply) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, reply)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  answer = (_request, reply) => void reply.end('{}')
})

const own = new Outside({ privateHosts: ['127.0.0.1/32', 'gpu.internal'] })
const maxBytes = 1000
const urlOf = (host: string): string => `http://${host}:${port}/x`

/** Names that mean these addresses, one answer after the other. */
function meaning(...answers: readonly string[][]): Resolve {
  const left = [...answers]
  return (_hostname, _options, found) => {
    const addresses = left.length > 1 ? (left.shift() ?? []) : (left[0] ?? [])
    found(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}

const causeOf = async (asking: Promise<unknown>): Promise<unknown> => asking.catch((error: unknown) => error)

test.each([...['8.8.8.8', '93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '::ffff:8.8.8.8']])(
  '%s is an address of the internet',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test.each([
  ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
  ...['255.255.255.255', '::1', '::', 'fe80::1', 'fc00::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254'],
  ...['64:ff9b::7f00:1', '2002:7f00:1::', '192.0.2.1', '198.18.0.1', 'localhost', 'x', ''],
])('%s is none', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

describe('an address that somebody gives (D1)', () => {
  const closed = new Outside({ privateHosts: [] })

  test.each([
    ...[
      'https://127.0.0.1',
      'https://127.1',
      'https://2130706433',
      'https://0x7f.1',
      'https://[::1]',
      'https://localhost',
    ],
    ...[
      'https://[::ffff:127.0.0.1]',
      'https://169.254.169.254/latest',
      'https://10.0.0.1',
      'https://0',
      'https://ollama',
    ],
    ...['https://x.localhost', 'http://models.example.org', 'ftp://models.example.org', 'file:///etc/passwd'],
    ...['https://[fc00::1]', 'https://[::ffff:a9fe:a9fe]', 'https://017700000001', 'https://[64:ff9b::7f00:1]'],
  ])('is refused: %s', async (url) => {
    expect(closed.refusal(new URL(url))).toMatch(/^must /)
    expect(await causeOf(closed.fetch({ maxBytes })(url))).toBeInstanceOf(AddressRefused)
  })

  test('with a name or password in it is refused', async () => {
    const url = 'https://user:secret@models.example.org'
    expect(closed.refusal(new URL(url))).toBe('must not hold a name or password')
    expect(await causeOf(closed.fetch({ maxBytes })(url))).toBeInstanceOf(TypeError)
  })

  test('of the internet is not, and one’s own are not where the operator says so', () => {
    expect(closed.refusal(new URL('https://api.example.org/v1'))).toBeNull()
    expect(own.refusal(new URL('http://127.0.0.1:11434/v1'))).toBeNull()
    expect(own.refusal(new URL('http://gpu.internal/v1'))).toBeNull()
    expect(own.refusal(new URL('http://127.0.0.2/v1'))).not.toBeNull()
    expect(own.isOwn(new URL('http://gpu.internal/v1'))).toBe(true)
    expect(own.isOwn(new URL('https://api.example.org'))).toBe(false)
  })
})

describe('a name (D2)', () => {
  const outsideOf = (resolve: Resolve) => new Outside({ privateHosts: ['permitted.example.org'], resolve })
  const ask = (outside: Outside, host: string) => outside.fetch({ maxBytes })(`https://${host}:${port}/x`)

  test.each([[['127.0.0.1']], [['::ffff:127.0.0.1']], [['8.8.8.8', '127.0.0.1']], [['169.254.169.254']], [[]]])(
    'that means %j leads nowhere',
    async (addresses) => {
      const failure = await causeOf(ask(outsideOf(meaning(addresses)), 'models.example.org'))
      expect(failure).toBeInstanceOf(AddressRefused)
      expect(asked).toEqual([])
    },
  )

  test('is looked at again by each connection: what it meant to the one before counts for nothing', async () => {
    const outside = new Outside({ privateHosts: ['127.0.0.0/8'], resolve: meaning(['127.0.0.1'], ['10.0.0.1']) })
    const url = `https://models.example.org:${port}/x`
    // The server there speaks no TLS: the connection was made.
    expect(await causeOf(outside.fetch({ maxBytes })(url))).not.toBeInstanceOf(AddressRefused)
    expect(await causeOf(outside.fetch({ maxBytes })(url))).toBeInstanceOf(AddressRefused)
  })

  test('that the operator permits may mean what it likes', async () => {
    const outside = outsideOf(meaning(['127.0.0.1']))
    const reply = await outside.fetch({ maxBytes })(urlOf('permitted.example.org'))
    expect(await reply.text()).toBe('{}')
    expect(asked).toEqual(['GET /x'])
  })
})

describe('an answer (D3, D4)', () => {
  test('is given with its status and headers, a body that was sent with its own', async () => {
    answer = (request, reply) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        reply
          .writeHead(418, { 'X-Said': 'yes' })
          .end(`${request.headers['content-type']}: ${Buffer.concat(chunks).toString()}`)
      })
    }
    const form = new URLSearchParams({ a: '1' })
    const reply = await own.fetch({ maxBytes })(urlOf('127.0.0.1'), { method: 'POST', body: form })
    expect([reply.status, reply.headers.get('x-said')]).toEqual([418, 'yes'])
    expect(await reply.text()).toBe('application/x-www-form-urlencoded;charset=UTF-8: a=1')
  })

  test('that leads elsewhere is not followed', async () => {
    answer = (_request, reply) => void reply.writeHead(302, { Location: '/elsewhere' }).end()
    const reply = await own.fetch({ maxBytes })(urlOf('127.0.0.1'))
    expect(reply.status).toBe(302)
    expect(asked).toEqual(['GET /x'])
  })

  test('of more bytes than it may have is broken off', async () => {
    answer = (_request, reply) => void reply.end('x'.repeat(maxBytes + 1))
    const reply = await own.fetch({ maxBytes })(urlOf('127.0.0.1'))
    expect(await causeOf(reply.text())).toBeInstanceOf(AnswerTooLarge)
    answer = (_request, next) => void next.end('x'.repeat(maxBytes))
    expect(await (await own.fetch({ maxBytes })(urlOf('127.0.0.1'))).text()).toHaveLength(maxBytes)
  })

  test('that is packed is not unpacked, and was not asked for', async () => {
    let wanted: string | undefined
    answer = (request, reply) => {
      wanted = String(request.headers['accept-encoding'])
      reply.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)))
    }
    const bytes = await (await own.fetch({ maxBytes })(urlOf('127.0.0.1'))).arrayBuffer()
    expect([wanted, bytes.byteLength < maxBytes]).toEqual(['identity', true])
  })

  test('is not waited for by who has gone', async () => {
    answer = () => undefined
    const gone = new AbortController()
    const asking = causeOf(own.fetch({ maxBytes })(urlOf('127.0.0.1'), { signal: gone.signal }))
    await expect.poll(() => asked).toHaveLength(1)
    gone.abort(new Error('gone'))
    expect(await asking).toBeInstanceOf(Error)
  })

  test('that has no body is none', async () => {
    answer = (_request, reply) => void reply.writeHead(204).end()
    const reply = await own.fetch({ maxBytes })(urlOf('127.0.0.1'))
    expect([reply.status, reply.body]).toEqual([204, null])
  })
})
