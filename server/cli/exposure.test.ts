import { expect, test } from 'vitest'
import { exposureOf } from './exposure.ts'

const local = { publicUrl: null, host: '127.0.0.1', port: 4000, trustedProxies: [] }
const told = (change: Partial<Parameters<typeof exposureOf>[0]>): string[] =>
  exposureOf({ ...local, ...change }).map(({ part, state }) => `${state} ${part}`)

test.each([
  ['this machine alone', {}, ['good public URL']],
  ['this machine over IPv6', { host: '::1' }, ['good public URL']],
  ['this machine by its public URL', { publicUrl: 'http://localhost:4000' }, ['good public URL']],
  ['every interface', { host: '0.0.0.0' }, ['note public URL']],
  ['a name without TLS', { publicUrl: 'http://tv.example' }, ['note public URL']],
  ['TLS and nobody believed', { publicUrl: 'https://tv.example' }, ['good public URL', 'note proxies']],
  [
    'TLS behind a proxy',
    { publicUrl: 'https://tv.example', trustedProxies: ['10.0.0.0/8'] },
    ['good public URL', 'good proxies'],
  ],
])('a server at %s is told of so', (_says, change, findings) => {
  expect(told(change)).toEqual(findings)
})
