import { type KeyObject, createPrivateKey } from 'node:crypto'
import { type Parsed, text } from './parse.ts'
import type { VariableName } from './variables.ts'

/** How this server is known to a provider by which people sign in. */
interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
}

/** Providers by which people may sign in; null: not offered. Endpoints are without a slash at their end. */
export interface OAuthConfig {
  readonly google: (OAuthClient & { readonly issuer: string }) | null
  readonly apple: AppleConfig | null
  readonly github: (OAuthClient & { readonly url: string; readonly apiUrl: string }) | null
  readonly microsoft: (OAuthClient & { readonly url: string; readonly tenant: string }) | null
}

/** Apple knows no secret of its own: clients make theirs with a key. */
export interface AppleConfig {
  readonly clientId: string
  readonly teamId: string
  readonly keyId: string
  /** P-256. */
  readonly privateKey: KeyObject
  readonly issuer: string
}

type Read = <T>(name: VariableName, parse: (text: string) => Parsed<T>) => T | null
/** Tells what is missing beside what is set. Returns whether all of them are set. */
type AllOf = (names: readonly VariableName[]) => boolean

/** Reads the variables of all providers: those of one belong together. */
export function oauthConfig(read: Read, allOf: AllOf): OAuthConfig {
  return {
    google: google(read, allOf),
    apple: apple(read, allOf),
    github: github(read, allOf),
    microsoft: microsoft(read, allOf),
  }
}

const clientText = text(1, 500)

function google(read: Read, allOf: AllOf): OAuthConfig['google'] {
  const clientId = read('AIRDATE_OAUTH_GOOGLE_CLIENT_ID', clientText)
  const clientSecret = read('AIRDATE_OAUTH_GOOGLE_CLIENT_SECRET', clientText)
  const issuer = read('AIRDATE_OAUTH_GOOGLE_ISSUER', endpoint)
  const isWhole = allOf(['AIRDATE_OAUTH_GOOGLE_CLIENT_ID', 'AIRDATE_OAUTH_GOOGLE_CLIENT_SECRET'])
  if (!isWhole || clientId === null || clientSecret === null || issuer === null) return null
  return { clientId, clientSecret, issuer }
}

function apple(read: Read, allOf: AllOf): OAuthConfig['apple'] {
  const clientId = read('AIRDATE_OAUTH_APPLE_CLIENT_ID', clientText)
  const teamId = read('AIRDATE_OAUTH_APPLE_TEAM_ID', clientText)
  const keyId = read('AIRDATE_OAUTH_APPLE_KEY_ID', clientText)
  const privateKey = read('AIRDATE_OAUTH_APPLE_PRIVATE_KEY', p256Key)
  const issuer = read('AIRDATE_OAUTH_APPLE_ISSUER', endpoint)
  const isWhole = allOf([
    'AIRDATE_OAUTH_APPLE_CLIENT_ID',
    'AIRDATE_OAUTH_APPLE_TEAM_ID',
    'AIRDATE_OAUTH_APPLE_KEY_ID',
    'AIRDATE_OAUTH_APPLE_PRIVATE_KEY',
  ])
  if (!isWhole || clientId === null || teamId === null || keyId === null) return null
  return privateKey === null || issuer === null ? null : { clientId, teamId, keyId, privateKey, issuer }
}

function github(read: Read, allOf: AllOf): OAuthConfig['github'] {
  const clientId = read('AIRDATE_OAUTH_GITHUB_CLIENT_ID', clientText)
  const clientSecret = read('AIRDATE_OAUTH_GITHUB_CLIENT_SECRET', clientText)
  const url = read('AIRDATE_OAUTH_GITHUB_URL', endpoint)
  const apiUrl = read('AIRDATE_OAUTH_GITHUB_API_URL', endpoint)
  const isWhole = allOf(['AIRDATE_OAUTH_GITHUB_CLIENT_ID', 'AIRDATE_OAUTH_GITHUB_CLIENT_SECRET'])
  if (!isWhole || clientId === null || clientSecret === null) return null
  return url === null || apiUrl === null ? null : { clientId, clientSecret, url, apiUrl }
}

function microsoft(read: Read, allOf: AllOf): OAuthConfig['microsoft'] {
  const clientId = read('AIRDATE_OAUTH_MICROSOFT_CLIENT_ID', clientText)
  const clientSecret = read('AIRDATE_OAUTH_MICROSOFT_CLIENT_SECRET', clientText)
  const tenant = read('AIRDATE_OAUTH_MICROSOFT_TENANT', tenantName)
  const url = read('AIRDATE_OAUTH_MICROSOFT_URL', endpoint)
  const isWhole = allOf(['AIRDATE_OAUTH_MICROSOFT_CLIENT_ID', 'AIRDATE_OAUTH_MICROSOFT_CLIENT_SECRET'])
  if (!isWhole || clientId === null || clientSecret === null) return null
  return tenant === null || url === null ? null : { clientId, clientSecret, tenant, url }
}

const ON_THIS_MACHINE: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Where a provider is found: over https, unless it runs on this machine. */
function endpoint(written: string): Parsed<string> {
  const parsed = URL.parse(written)
  const isSafe =
    parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && ON_THIS_MACHINE.includes(parsed.hostname))
  if (parsed === null || !isSafe) return { wrong: 'must be a URL that begins with https://' }
  const hasMore = parsed.search !== '' || parsed.hash !== '' || parsed.username !== '' || parsed.password !== ''
  if (hasMore) return { wrong: 'must be a URL without user, query or fragment' }
  return { value: written.replace(/\/+$/, '') }
}

/** A directory's id or domain, or the words for many of them. */
function tenantName(written: string): Parsed<string> {
  const fits = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(written)
  return fits
    ? { value: written }
    : { wrong: 'must be common, organizations, consumers, or the id or domain of a tenant' }
}

/** A P-256 key in PKCS #8, as PEM; line breaks may be written as `\n`, and the frame may be missing. */
function p256Key(written: string): Parsed<KeyObject> {
  const wrong = { wrong: 'must be the whole text of the .p8 file that Apple made' }
  if (written.length > 2000) return wrong
  const body = written
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll(/-----[A-Z ]+-----/g, '')
    .replaceAll(/\s/g, '')
  try {
    const key = createPrivateKey({ key: Buffer.from(body, 'base64'), format: 'der', type: 'pkcs8' })
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? { value: key } : wrong
  } catch {
    return wrong // no key at all
  }
}
