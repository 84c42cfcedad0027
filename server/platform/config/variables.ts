/** One environment variable: what the reader, the checks, `.env.example` and the README's table are made from. */
export interface Variable {
  /** One sentence for the operator, without a full stop. */
  readonly doc: string
  /** How a value is written, in words: `1 to 200`, `URL`. */
  readonly form: string
  /** The value that stands when unset, as it would be written; absent when there is none. */
  readonly fallback?: string
  /** What happens when unset, where a fallback cannot say it. */
  readonly whenUnset?: string
  /** Secret values are never printed, not even in a fault. */
  readonly secret?: true
}

export const LogLevel = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LogLevel)[number]

/** The largest number of database connections one Airdate may be told to use. */
export const DB_MAX_LIMIT = 200

/** How much wider or narrower rate limits may be made. */
export const RATE_LIMIT_SCALE = { min: 0.01, max: 1000 } as const

const client = (provider: string) =>
  ({
    id: {
      form: 'text',
      whenUnset: `nobody signs in by ${provider}`,
      doc: `The client id of this server at ${provider}`,
    },
    secret: { form: 'text', secret: true, doc: `The client secret of this server at ${provider}` },
  }) as const

/** Providers by which people may sign in. Whoever runs one of the same kind points its URLs there. */
const OAUTH_VARIABLES = {
  AIRDATE_OAUTH_GOOGLE_CLIENT_ID: client('Google').id,
  AIRDATE_OAUTH_GOOGLE_CLIENT_SECRET: client('Google').secret,
  AIRDATE_OAUTH_GOOGLE_ISSUER: {
    form: 'https URL',
    fallback: 'https://accounts.google.com',
    doc: 'Where Google, or another provider of OpenID Connect in its place, describes itself',
  },
  AIRDATE_OAUTH_APPLE_CLIENT_ID: { ...client('Apple').id, doc: 'The services id of this server at Apple' },
  AIRDATE_OAUTH_APPLE_TEAM_ID: { form: 'text', doc: 'The team of that services id' },
  AIRDATE_OAUTH_APPLE_KEY_ID: { form: 'text', doc: 'The id of the key with which client secrets for Apple are made' },
  AIRDATE_OAUTH_APPLE_PRIVATE_KEY: {
    form: String.raw`the text of the .p8 file, line breaks as \n`,
    secret: true,
    doc: 'That key',
  },
  AIRDATE_OAUTH_APPLE_ISSUER: {
    form: 'https URL',
    fallback: 'https://appleid.apple.com',
    doc: 'Where Apple describes its sign-in',
  },
  AIRDATE_OAUTH_GITHUB_CLIENT_ID: client('GitHub').id,
  AIRDATE_OAUTH_GITHUB_CLIENT_SECRET: client('GitHub').secret,
  AIRDATE_OAUTH_GITHUB_URL: {
    form: 'https URL',
    fallback: 'https://github.com',
    doc: 'The pages of GitHub, or of an Enterprise Server',
  },
  AIRDATE_OAUTH_GITHUB_API_URL: {
    form: 'https URL',
    fallback: 'https://api.github.com',
    doc: 'Its API; that of an Enterprise Server ends with `/api/v3`',
  },
  AIRDATE_OAUTH_MICROSOFT_CLIENT_ID: client('Microsoft').id,
  AIRDATE_OAUTH_MICROSOFT_CLIENT_SECRET: client('Microsoft').secret,
  AIRDATE_OAUTH_MICROSOFT_TENANT: {
    form: 'common, organizations, consumers, or the id or domain of a tenant',
    fallback: 'common',
    doc: 'Whose accounts may sign in by Microsoft; those of organisations need the optional claim `xms_edov` in the id token, since their addresses are not vouched for without it',
  },
  AIRDATE_OAUTH_MICROSOFT_URL: {
    form: 'https URL',
    fallback: 'https://login.microsoftonline.com',
    doc: 'Where Microsoft signs people in; national clouds have their own',
  },
} as const satisfies Record<string, Variable>

/** Every variable that Airdate reads, in the order in which they are documented. */
export const VARIABLES = {
  AIRDATE_PUBLIC_URL: {
    form: 'http(s) origin',
    whenUnset: 'the address it listens on',
    doc: 'The address under which people reach this server; links and watch pages are made from it',
  },
  AIRDATE_ORIGINS: {
    form: 'http(s) origins with commas between',
    whenUnset: 'that of the public URL alone',
    doc: 'Other origins whose pages may open live connections with a ticket, and call with the cookie of a session',
  },
  AIRDATE_TRUSTED_PROXIES: {
    form: 'networks or addresses with commas between',
    whenUnset: 'none',
    doc: 'The reverse proxies in front of this server: only they are believed for whom they forward, and without them all their callers look like one',
  },
  AIRDATE_RATE_LIMIT_SCALE: {
    form: `${RATE_LIMIT_SCALE.min} to ${RATE_LIMIT_SCALE.max}`,
    fallback: '1',
    doc: 'All rate limits are multiplied by it: more for many people behind one address, less for a small server',
  },
  AIRDATE_MASTER_KEY: {
    form: 'base64 of 32 bytes',
    whenUnset: 'made once and kept in the data folder',
    secret: true,
    doc: 'The key that keeps stored secrets sealed; another one than the server was set up with is refused, and `airdate secrets rotate` changes it',
  },
  AIRDATE_MASTER_KEY_PREVIOUS: {
    form: 'base64 of 32 bytes',
    whenUnset: 'no key is being rotated',
    secret: true,
    doc: 'The master key that `AIRDATE_MASTER_KEY` follows: given to every process before `airdate secrets rotate`, and taken away after it',
  },
  AIRDATE_OWNER_EMAIL: {
    form: 'e-mail address',
    whenUnset: 'owner@localhost',
    doc: 'Who owns the server that is made at the first start',
  },
  AIRDATE_OWNER_PASSWORD: {
    form: '8 to 128 characters',
    whenUnset: 'generated and printed once',
    secret: true,
    doc: 'The password of the owner that is made at the first start',
  },
  AIRDATE_AI_PRIVATE_HOSTS: {
    form: 'names, networks or addresses of hosts with commas between',
    whenUnset: 'none',
    doc: 'Hosts of this machine or network at which workspaces may connect servers of models, such as `localhost` for Ollama; they may be reached without TLS, and what they do costs nothing',
  },
  AIRDATE_DB_MAX: {
    form: `5 to ${DB_MAX_LIMIT}`,
    fallback: '50',
    doc: 'How many database connections all processes of this server may hold together',
  },
  AIRDATE_WORKER_AUTOSCALE: {
    form: 'max,min; each 0 to 256',
    whenUnset: 'fitted to the processors',
    doc: 'How many jobs run at the same time: at most and at least',
  },
  AIRDATE_SLOW_QUERY_MS: {
    form: 'milliseconds, 0 to 600000',
    fallback: '200',
    doc: 'Queries that take longer are logged; 0 logs none',
  },
  AIRDATE_DRAIN_MS: {
    form: 'milliseconds, 0 to 60000',
    whenUnset: '0, or 2000 when `DATABASE_URL` is set',
    doc: 'How long a process that stops still serves while /readyz says no: longer than your load balancer needs to see it',
  },
  AIRDATE_LOG_LEVEL: {
    form: LogLevel.join(', '),
    fallback: 'info',
    doc: 'The least important messages that are still logged',
  },
  DATABASE_URL: {
    form: 'postgres:// URL',
    whenUnset: 'PostgreSQL 18 in the data folder',
    secret: true,
    doc: 'A PostgreSQL (15 to 18) to use in place of the embedded one',
  },
  REDIS_URL: {
    form: 'redis(s):// URL',
    whenUnset: 'in-process',
    secret: true,
    doc: 'A Redis (7 or newer, one server) in which machines share their caches; it may come and go',
  },
  S3_ENDPOINT: {
    form: 'http(s) URL',
    whenUnset: 'files on disk',
    doc: 'An S3 service for files, with the bucket in front of its host name if the service asks for that; the other S3 settings belong to it',
  },
  S3_BUCKET: { form: 'bucket name', doc: 'The bucket that files go to: private, made by you, used by Airdate alone' },
  S3_REGION: { form: 'region name', fallback: 'us-east-1', doc: 'The region of the bucket' },
  S3_ACCESS_KEY_ID: { form: 'text', doc: 'The access key of the bucket' },
  S3_SECRET_ACCESS_KEY: { form: 'text', secret: true, doc: 'The secret of the access key' },
  SMTP_URL: {
    form: 'smtp(s)://user:password@host:port',
    whenUnset: 'mail is kept for `airdate outbox`',
    secret: true,
    doc: 'The server that sends mail; with smtp:// it must offer STARTTLS, unless it is this machine',
  },
  AIRDATE_MAIL_FROM: {
    form: 'e-mail address, or name with the address in angle brackets',
    doc: 'In whose name mail is sent; belongs to `SMTP_URL`. What could not be delivered is reported there',
  },
  ...OAUTH_VARIABLES,
} as const satisfies Record<string, Variable>

export type VariableName = keyof typeof VARIABLES

/** The names of all variables, in the order in which they are documented. */
export const VARIABLE_NAMES = Object.keys(VARIABLES).filter(isVariableName)

/** The definition of one variable, with its optional members. */
export function variable(name: VariableName): Variable {
  return VARIABLES[name]
}

function isVariableName(name: string): name is VariableName {
  return Object.hasOwn(VARIABLES, name)
}
