import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Config, type ConfigFault, type Flags, toConfig } from './config.ts'
import { VARIABLE_NAMES, type VariableName, variable } from './variables.ts'

const places = { workingFolder: '/home/me', checkout: '/srv/airdate' }
type Values = Partial<Record<VariableName, string>>

function good(values: Values, flags: Flags = {}): Config {
  const { config, faults } = toConfig(values, flags, places)
  if (config === undefined) throw new Error(JSON.stringify(faults))
  return config
}

function bad(values: Values, flags: Flags = {}): readonly ConfigFault[] {
  const { faults } = toConfig(values, flags, places)
  if (faults === undefined) throw new Error('there are no faults')
  return faults
}

test('with nothing set, everything has a default', () => {
  expect(good({})).toEqual({
    host: '127.0.0.1',
    port: 4000,
    dataDir: '/srv/airdate/.airdate',
    roles: ['api', 'worker', 'scheduler'],
    publicUrl: null,
    origins: [],
    trustedProxies: [],
    rateLimitScale: 1,
    masterKey: null,
    masterKeyPrevious: null,
    owner: { email: 'owner@localhost', password: null },
    aiPrivateHosts: [],
    dbMax: 50,
    autoscale: null,
    slowQueryMs: 200,
    drainMs: 0,
    logLevel: 'info',
    databaseUrl: null,
    redisUrl: null,
    s3: null,
    smtp: null,
    oauth: { google: null, apple: null, github: null, microsoft: null },
  })
})

test('all faults are told at once', () => {
  const faults = bad(
    {
      AIRDATE_PUBLIC_URL: 'airdate.example',
      AIRDATE_ORIGINS: 'https://one.example,two.example',
      AIRDATE_TRUSTED_PROXIES: '10.0.0.0/33',
      AIRDATE_RATE_LIMIT_SCALE: 'off',
      AIRDATE_MASTER_KEY: 'short',
      AIRDATE_OWNER_EMAIL: 'nobody',
      AIRDATE_OWNER_PASSWORD: 'short',
      AIRDATE_DB_MAX: '201',
      AIRDATE_WORKER_AUTOSCALE: '2,4',
      AIRDATE_SLOW_QUERY_MS: '-1',
      AIRDATE_LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x/y',
      REDIS_URL: 'http://x',
      S3_ENDPOINT: 'ftp://x',
      SMTP_URL: 'mail',
      AIRDATE_MAIL_FROM: 'nobody',
    },
    { port: '65536', host: 'a b', roles: 'api,cook' },
  )
  expect(new Set(faults.map(({ name }) => name))).toEqual(
    new Set([
      ...['--port', '--host', '--roles', 'AIRDATE_PUBLIC_URL', 'AIRDATE_ORIGINS', 'AIRDATE_MASTER_KEY'],
      ...['AIRDATE_OWNER_EMAIL', 'AIRDATE_TRUSTED_PROXIES', 'AIRDATE_RATE_LIMIT_SCALE'],
      ...['AIRDATE_OWNER_PASSWORD', 'AIRDATE_DB_MAX', 'AIRDATE_WORKER_AUTOSCALE', 'AIRDATE_SLOW_QUERY_MS'],
      ...['AIRDATE_LOG_LEVEL', 'DATABASE_URL', 'REDIS_URL', 'S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID'],
      ...['S3_SECRET_ACCESS_KEY', 'SMTP_URL', 'AIRDATE_MAIL_FROM'],
    ]),
  )
})

test('no fault repeats the value of a secret', () => {
  const secrets = VARIABLE_NAMES.filter((name) => variable(name).secret === true)
  const values = Object.fromEntries(secrets.map((name) => [name, 'hush\u0001']))
  expect(bad(values).length).toBeGreaterThanOrEqual(secrets.length)
  expect(JSON.stringify(bad(values))).not.toContain('hush')
})

test('autoscale wants max before min', () => {
  expect(good({ AIRDATE_WORKER_AUTOSCALE: '10,3' }).autoscale).toEqual({ maxWorkers: 10, minWorkers: 3 })
  expect(good({ AIRDATE_WORKER_AUTOSCALE: ' 4 , 0 ' }).autoscale).toEqual({ maxWorkers: 4, minWorkers: 0 })
  expect(bad({ AIRDATE_WORKER_AUTOSCALE: '3,10' })).toEqual([
    { name: 'AIRDATE_WORKER_AUTOSCALE', detail: 'must have max before min: max 3 is less than min 10' },
  ])
  for (const text of ['', '3', '0,0', '3,2,1', '-1,0', '257,1', '1.5,1']) {
    if (text !== '') expect(bad({ AIRDATE_WORKER_AUTOSCALE: text })).toHaveLength(1)
  }
})

test('the master key is exactly 32 bytes of base64', () => {
  const key = Buffer.alloc(32, 0xfb)
  expect(good({ AIRDATE_MASTER_KEY: key.toString('base64') }).masterKey).toEqual(key)
  expect(good({ AIRDATE_MASTER_KEY: key.toString('base64url') }).masterKey).toEqual(key)
  const [next, previous] = [Buffer.alloc(32, 1).toString('base64'), key.toString('base64')]
  const rotated = good({ AIRDATE_MASTER_KEY: next, AIRDATE_MASTER_KEY_PREVIOUS: previous })
  expect(rotated.masterKeyPrevious).toEqual(key)
  expect(bad({ AIRDATE_MASTER_KEY_PREVIOUS: previous })).toMatchObject([{ name: 'AIRDATE_MASTER_KEY_PREVIOUS' }])
  for (const length of [0, 16, 31, 33, 64]) {
    if (length > 0) expect(bad({ AIRDATE_MASTER_KEY: Buffer.alloc(length).toString('base64') })).toHaveLength(1)
  }
})

test('the public URL is an origin without a slash at its end', () => {
  expect(good({ AIRDATE_PUBLIC_URL: 'https://tv.example/' }).publicUrl).toBe('https://tv.example')
  for (const text of [
    'https://tv.example/path',
    'https://u@tv.example',
    'https://tv.example/?q',
    'javascript:alert(1)',
  ]) {
    expect(bad({ AIRDATE_PUBLIC_URL: text })).toHaveLength(1)
  }
})

test('other origins are a list, each without a slash at its end', () => {
  expect(good({ AIRDATE_ORIGINS: 'https://one.example/ , http://two.example:8080' }).origins).toEqual([
    'https://one.example',
    'http://two.example:8080',
  ])
  const many = Array.from({ length: 51 }, (_, n) => `https://${n}.example`).join(',')
  for (const AIRDATE_ORIGINS of ['https://one.example,', 'https://one.example/path', '*', many]) {
    expect(bad({ AIRDATE_ORIGINS }).map(({ name }) => name)).toEqual(['AIRDATE_ORIGINS'])
  }
})

test('trusted proxies are networks, each in one spelling', () => {
  const AIRDATE_TRUSTED_PROXIES = '10.0.0.1/8, 192.168.0.7, 2001:DB8:0::1/32,::1, ::ffff:172.16.0.9/108'
  expect(good({ AIRDATE_TRUSTED_PROXIES }).trustedProxies).toEqual([
    ...['10.0.0.0/8', '192.168.0.7/32', '2001:db8::/32', '::1/128', '172.16.0.0/12'],
  ])
})

test.each([
  ...['10.0.0.0/33', '2001:db8::/129', '10.0.0.0/', '10.0.0/8', 'proxy.example', '*', '10.0.0.0/8,', '10.0.0.0/-1'],
  ...[
    '0.0.0.0/0',
    '::/0',
    '::ffff:0.0.0.0/96',
    '::ffff:10.0.0.0/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    'fe80::1%eth0',
    ' ',
  ],
])('no proxies are %j', (AIRDATE_TRUSTED_PROXIES) => {
  expect(bad({ AIRDATE_TRUSTED_PROXIES }).map(({ name }) => name)).toEqual(['AIRDATE_TRUSTED_PROXIES'])
})

test('hosts of one’s own are names in lower case and networks, each in one spelling', () => {
  const AIRDATE_AI_PRIVATE_HOSTS = 'Ollama, gpu.example.internal, 127.0.0.1, 10.0.0.1/8, ::1'
  expect(good({ AIRDATE_AI_PRIVATE_HOSTS }).aiPrivateHosts).toEqual([
    ...['ollama', 'gpu.example.internal', '127.0.0.1/32', '10.0.0.0/8', '::1/128'],
  ])
  for (const hosts of ['*', 'http://ollama', 'ollama:11434', '0.0.0.0/0', 'a b', '-x', '10.0.0.0/33', 'a,,b']) {
    expect(bad({ AIRDATE_AI_PRIVATE_HOSTS: hosts }).map(({ name }) => name)).toEqual(['AIRDATE_AI_PRIVATE_HOSTS'])
  }
})

test('rate limits can be made wider and narrower, and never be switched off', () => {
  for (const scale of ['0.01', '0.5', '2', '1000']) {
    expect(good({ AIRDATE_RATE_LIMIT_SCALE: scale }).rateLimitScale).toBe(Number(scale))
  }
  for (const scale of ['0', '0.001', '1001', '-1', 'off', 'none', 'Infinity', '1e9', '1.', ' 2'])
    expect(bad({ AIRDATE_RATE_LIMIT_SCALE: scale })).toHaveLength(1)
})

test('a relative data folder begins where the caller stands, and the root is refused', () => {
  expect(good({}, { data: 'here/../there' }).dataDir).toBe('/home/me/there')
  expect(good({}, { data: '/abs/' }).dataDir).toBe('/abs')
  expect(bad({}, { data: '/' })).toHaveLength(1)
})

test('roles keep one order and say each name once', () => {
  expect(good({}, { roles: 'worker, api,worker' }).roles).toEqual(['api', 'worker'])
  expect(bad({}, { roles: '' })).toHaveLength(1)
})

test('S3 is complete or absent', () => {
  const all: Values = {
    S3_ENDPOINT: 'https://s3.example',
    S3_BUCKET: 'films',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
  }
  expect(good(all).s3).toMatchObject({ bucket: 'films', region: 'us-east-1' })
  expect(bad({ S3_BUCKET: 'films' }).map(({ name }) => name)).toEqual([
    'S3_ENDPOINT',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
  ])
})

test('a mail server needs a sender, and a sender alone is no fault', () => {
  const sender = { AIRDATE_MAIL_FROM: 'Films <films@example.org>' }
  expect(good({ SMTP_URL: 'smtp://mail.example', ...sender }).smtp).toMatchObject({
    host: 'mail.example',
    from: { name: 'Films', address: 'films@example.org' },
  })
  expect(good(sender).smtp).toBeNull()
  expect(bad({ SMTP_URL: 'smtp://mail.example' }).map(({ name }) => name)).toEqual(['AIRDATE_MAIL_FROM'])
})

test('whatever is written, the answer is a configuration or faults, and every fault names a variable that is set or needed', () => {
  const anything = fc.record(
    Object.fromEntries(VARIABLE_NAMES.map((name) => [name, fc.string({ maxLength: 300, unit: 'binary' })])),
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(anything, (values) => {
      const { config, faults } = toConfig(values, {}, places)
      expect(config === undefined).toBe(faults !== undefined)
      for (const { name } of faults ?? [])
        expect(name in values || /^S3_|^AIRDATE_OAUTH_|^AIRDATE_MAIL_FROM$/.test(name)).toBe(true)
    }),
  )
})
