import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'secret',
  'accessToken',
  'refreshToken',
  'masterKey',
  'databaseUrl',
]

/** Paths at which a secret may stand, at the top and one or two levels down. */
const REDACTED = [
  ...SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  'headers["set-cookie"]',
  '*.headers["set-cookie"]',
]

/** The log of the process: JSON lines on stderr, secrets removed. `level` is one of pino's names or `silent`. */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    destination,
  )
}

const SECRET_NAME = /(?:token|ticket|sig|signature|key|grant|code|secret|password)$/i
// What is as long as our secrets (96 random bits take 16 characters) and no id. A long word that is none is no loss.
const SECRET_VALUE = /^(?!(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$)[\w.~+/=-]{20,}$/i

/**
 * A URL fit for the log: segments of the path and values of parameters that may be secrets are replaced, those by their
 * looks, these by their names too.
 */
export function redactUrl(url: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/s.exec(url) ?? []
  const segments = path.split('/').map((segment) => (isSecret(segment) ? '[redacted]' : segment))
  if (query === '') return segments.join('/')
  const pairs = query.split(/(?<=[?&#])/).map((pair) => {
    const [, name = '', value = '', end = ''] = /^([^=]*)=(.*?)([?&#]?)$/s.exec(pair) ?? []
    return SECRET_NAME.test(decoded(name)) || isSecret(value) ? `${name}=[redacted]${end}` : pair
  })
  return segments.join('/') + pairs.join('')
}

function isSecret(text: string): boolean {
  return SECRET_VALUE.test(decoded(text))
}

/** As it stands where its escapes are none. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
