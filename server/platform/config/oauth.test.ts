import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { toConfig } from './config.ts'
import type { VariableName } from './variables.ts'

const read = (values: Partial<Record<VariableName, string>>) =>
  toConfig(values, {}, { workingFolder: '/work', checkout: '/airdate' })
const keyOf = (namedCurve: string): string =>
  String(generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'pem', type: 'pkcs8' }))
const google = { AIRDATE_OAUTH_GOOGLE_CLIENT_ID: 'id', AIRDATE_OAUTH_GOOGLE_CLIENT_SECRET: 'secret' }
const apple = (privateKey: string) => ({
  ...{ AIRDATE_OAUTH_APPLE_CLIENT_ID: 'id', AIRDATE_OAUTH_APPLE_TEAM_ID: 'team', AIRDATE_OAUTH_APPLE_KEY_ID: 'key' },
  AIRDATE_OAUTH_APPLE_PRIVATE_KEY: privateKey,
})

test('a provider is offered when its client is known, and found where it is for everybody', () => {
  expect(read({}).config?.oauth).toEqual({ google: null, apple: null, github: null, microsoft: null })
  expect(read(google).config?.oauth.google).toEqual({
    ...{ clientId: 'id', clientSecret: 'secret', issuer: 'https://accounts.google.com' },
  })
})

test('half a client is a fault that names the other half', () => {
  const { faults } = read({ AIRDATE_OAUTH_GITHUB_CLIENT_ID: 'id', AIRDATE_OAUTH_APPLE_KEY_ID: 'key' })
  expect(faults?.map(({ name }) => name).toSorted()).toEqual([
    ...['AIRDATE_OAUTH_APPLE_CLIENT_ID', 'AIRDATE_OAUTH_APPLE_PRIVATE_KEY', 'AIRDATE_OAUTH_APPLE_TEAM_ID'],
    'AIRDATE_OAUTH_GITHUB_CLIENT_SECRET',
  ])
})

test.each([
  'http://provider.example',
  'ftp://provider.example',
  'https://a:b@provider.example',
  'https://x.example/?a',
])('a provider at %s is a fault', (issuer) => {
  const { faults } = read({ ...google, AIRDATE_OAUTH_GOOGLE_ISSUER: issuer })
  expect(faults?.map(({ name }) => name)).toEqual(['AIRDATE_OAUTH_GOOGLE_ISSUER'])
})

test('a provider on this machine needs no https', () => {
  const issuer = 'http://localhost:8080/realm/'
  expect(read({ ...google, AIRDATE_OAUTH_GOOGLE_ISSUER: issuer }).config?.oauth.google?.issuer).toBe(
    'http://localhost:8080/realm',
  )
})

test('Apple’s key is taken as its file has it, in one line, and without its frame', () => {
  const pem = keyOf('P-256')
  const oneLine = pem.replaceAll('\n', String.raw`\n`)
  const bare = pem.replaceAll(/-----[A-Z ]+-----|\n/g, '')
  for (const written of [pem, oneLine, bare])
    expect(read(apple(written)).config?.oauth.apple?.privateKey.asymmetricKeyType).toBe('ec')
})

test('a key of another kind, or none, is a fault that does not repeat it', () => {
  for (const written of [keyOf('P-384'), 'no key', '-----BEGIN PRIVATE KEY-----']) {
    const { faults } = read(apple(written))
    expect(faults).toEqual([
      { name: 'AIRDATE_OAUTH_APPLE_PRIVATE_KEY', detail: 'must be the whole text of the .p8 file that Apple made' },
    ])
  }
})
