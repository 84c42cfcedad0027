import { isAbsolute, join, resolve } from 'node:path'
import {
  autoscale,
  bucketName,
  decimal,
  emailAddress,
  hostOrNetwork,
  key256,
  listOf,
  network,
  oneOf,
  text,
  url,
  wholeNumber,
  type Parsed,
} from './parse.ts'
import { type OAuthConfig, oauthConfig } from './oauth.ts'
import { type SmtpConfig, mailSender, smtpServer } from './smtp.ts'
import { DB_MAX_LIMIT, LogLevel, RATE_LIMIT_SCALE, variable, type VariableName } from './variables.ts'

/** What a process does: answer requests, work on jobs, start what is due. */
export const Role = ['api', 'worker', 'scheduler'] as const
export type Role = (typeof Role)[number]

/** Everything that the operator decides, checked. Nothing reads the environment after this. */
export interface Config {
  /** The address to listen on: a name or an IP address of this machine. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Origin without a slash at its end; null: the address that the server listens on. */
  readonly publicUrl: string | null
  /** Origins beside the public one whose pages may open live connections, and call with a cookie. */
  readonly origins: readonly string[]
  /** Networks of reverse proxies, each `address/bits`. */
  readonly trustedProxies: readonly string[]
  /** All rate limits are multiplied by it. */
  readonly rateLimitScale: number
  /** Absolute. */
  readonly dataDir: string
  /** At least one, in the order of `Role`. */
  readonly roles: readonly Role[]
  /** 32 bytes; null: made once and kept in the data folder. */
  readonly masterKey: Buffer | null
  /** 32 bytes; the key that `masterKey` follows, while it is rotated. */
  readonly masterKeyPrevious: Buffer | null
  readonly owner: { readonly email: string; readonly password: string | null }
  /** Names in lower case, and networks as `address/bits`, at which people may name servers though they are private. */
  readonly aiPrivateHosts: readonly string[]
  /** Connections to the database that all processes together may hold. */
  readonly dbMax: number
  /** null: fitted to the processors. */
  readonly autoscale: { readonly maxWorkers: number; readonly minWorkers: number } | null
  /** Queries that take longer are logged; 0: none. */
  readonly slowQueryMs: number
  /** How long a process that stops still serves what comes, saying that it is not ready. */
  readonly drainMs: number
  readonly logLevel: LogLevel
  /** null: PostgreSQL in the data folder. */
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly s3: S3Config | null
  /** null: mail is kept here. */
  readonly smtp: SmtpConfig | null
  readonly oauth: OAuthConfig
}

export interface S3Config {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What the command line says, as written; absent where it says nothing. */
export interface Flags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly data?: string | undefined
  readonly roles?: string | undefined
}

/** One thing that is wrong. `name` is the variable or the flag; the value itself is never repeated. */
export interface ConfigFault {
  readonly name: string
  readonly detail: string
}

export type ConfigResult =
  | { readonly config: Config; readonly faults?: never }
  | { readonly faults: readonly ConfigFault[]; readonly config?: never }

/** With a database of its own there may be other processes, and something that chooses between them. */
const SHARED_DRAIN_MS = 2000
const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 4000

/** Where paths that are not absolute begin, and where the data folder lies when none is named. Both absolute. */
export interface Places {
  readonly workingFolder: string
  readonly checkout: string
}

/**
 * Checks the environment's values and the command line's flags together and tells all faults at once, in the order of
 * the documentation, flags first. Pure: no file, clock or environment is asked.
 */
export function toConfig(
  values: Readonly<Partial<Record<VariableName, string>>>,
  flags: Flags,
  places: Places,
): ConfigResult {
  const faults: ConfigFault[] = []
  const take = <T>(name: string, written: string | undefined, parse: (text: string) => Parsed<T>): T | null => {
    if (written === undefined) return null
    const parsed = parse(written)
    if ('value' in parsed) return parsed.value
    faults.push({ name, detail: parsed.wrong })
    return null
  }
  const read = <T>(name: VariableName, parse: (text: string) => Parsed<T>): T | null =>
    take(name, values[name] ?? variable(name).fallback, parse)

  const allOf = (needed: readonly VariableName[]): boolean => {
    const set = needed.filter((name) => values[name] !== undefined)
    const missing = needed.filter((name) => values[name] === undefined)
    if (set.length > 0)
      for (const name of missing) faults.push({ name, detail: `must be set too, because ${set.join(', ')} is` })
    return missing.length === 0
  }

  const config: Config = {
    host: take('--host', flags.host, hostName) ?? DEFAULT_HOST,
    port: take('--port', flags.port, wholeNumber(0, 65_535)) ?? DEFAULT_PORT,
    dataDir: take('--data', flags.data, (path) => folderPath(path, places)) ?? join(places.checkout, '.airdate'),
    roles: take('--roles', flags.roles, roleList) ?? Role,
    publicUrl: read('AIRDATE_PUBLIC_URL', url(['http:', 'https:'], 'origin')),
    origins: read('AIRDATE_ORIGINS', listOf(url(['http:', 'https:'], 'origin'), 50)) ?? [],
    trustedProxies: read('AIRDATE_TRUSTED_PROXIES', listOf(network, 100)) ?? [],
    rateLimitScale: read('AIRDATE_RATE_LIMIT_SCALE', decimal(RATE_LIMIT_SCALE.min, RATE_LIMIT_SCALE.max)) ?? 1,
    masterKey: read('AIRDATE_MASTER_KEY', key256),
    masterKeyPrevious: previousKey(values, read, faults),
    owner: {
      email: read('AIRDATE_OWNER_EMAIL', emailAddress) ?? 'owner@localhost',
      password: read('AIRDATE_OWNER_PASSWORD', text(8, 128)),
    },
    aiPrivateHosts: read('AIRDATE_AI_PRIVATE_HOSTS', listOf(hostOrNetwork, 100)) ?? [],
    dbMax: read('AIRDATE_DB_MAX', wholeNumber(5, DB_MAX_LIMIT)) ?? 0,
    autoscale: read('AIRDATE_WORKER_AUTOSCALE', autoscale),
    slowQueryMs: read('AIRDATE_SLOW_QUERY_MS', wholeNumber(0, 600_000)) ?? 0,
    drainMs:
      read('AIRDATE_DRAIN_MS', wholeNumber(0, 60_000)) ?? (values['DATABASE_URL'] === undefined ? 0 : SHARED_DRAIN_MS),
    logLevel: read('AIRDATE_LOG_LEVEL', oneOf(LogLevel)) ?? 'info',
    databaseUrl: read('DATABASE_URL', url(['postgres:', 'postgresql:'], 'any')),
    redisUrl: read('REDIS_URL', url(['redis:', 'rediss:'], 'any')),
    s3: s3Config(read, allOf),
    smtp: smtpConfig(values, read, faults),
    oauth: oauthConfig(read, allOf),
  }
  return faults.length > 0 ? { faults } : { config }
}

function previousKey(
  values: Readonly<Partial<Record<VariableName, string>>>,
  read: <T>(name: VariableName, parse: (text: string) => Parsed<T>) => T | null,
  faults: ConfigFault[],
): Buffer | null {
  const name = 'AIRDATE_MASTER_KEY_PREVIOUS'
  const isAlone = values[name] !== undefined && values['AIRDATE_MASTER_KEY'] === undefined
  if (isAlone) faults.push({ name, detail: 'must be unset while AIRDATE_MASTER_KEY is: it is what that key follows' })
  return read(name, key256)
}

function s3Config(
  read: <T>(name: VariableName, parse: (text: string) => Parsed<T>) => T | null,
  allOf: (needed: readonly VariableName[]) => boolean,
): S3Config | null {
  const endpoint = read('S3_ENDPOINT', url(['http:', 'https:'], 'any'))
  const bucket = read('S3_BUCKET', bucketName)
  const region = read('S3_REGION', text(1, 64))
  const accessKeyId = read('S3_ACCESS_KEY_ID', text(1, 256))
  const secretAccessKey = read('S3_SECRET_ACCESS_KEY', text(1, 256))
  const isWhole = allOf(['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])
  if (!isWhole || endpoint === null || bucket === null) return null
  if (region === null || accessKeyId === null || secretAccessKey === null) return null
  return { endpoint, bucket, region, accessKeyId, secretAccessKey }
}

function smtpConfig(
  values: Readonly<Partial<Record<VariableName, string>>>,
  read: <T>(name: VariableName, parse: (text: string) => Parsed<T>) => T | null,
  faults: ConfigFault[],
): SmtpConfig | null {
  const server = read('SMTP_URL', smtpServer)
  const from = read('AIRDATE_MAIL_FROM', mailSender)
  const isAlone = values['SMTP_URL'] !== undefined && values['AIRDATE_MAIL_FROM'] === undefined
  if (isAlone) faults.push({ name: 'AIRDATE_MAIL_FROM', detail: 'must be set too, because SMTP_URL is' })
  return server === null || from === null ? null : { ...server, from }
}

function hostName(value: string): Parsed<string> {
  const fits = value.length <= 253 && /^[A-Za-z0-9.:_%-]+$/.test(value)
  return fits ? { value } : { wrong: 'must be a name or an IP address of this machine' }
}

function folderPath(path: string, places: Places): Parsed<string> {
  if (path === '' || path.includes('\0')) return { wrong: 'must be a folder' }
  const absolute = isAbsolute(path) ? resolve(path) : resolve(places.workingFolder, path)
  return absolute === '/' ? { wrong: 'must not be the root of the file system' } : { value: absolute }
}

function roleList(value: string): Parsed<readonly Role[]> {
  const names = value.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !Role.some((role) => role === name))
  if (unknown.length > 0) return { wrong: `must be a list of ${Role.join(', ')}` }
  return { value: Role.filter((role) => names.includes(role)) }
}
