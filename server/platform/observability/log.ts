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

const SECRET_PARAMETERS = /([?&](?:token|ticket|sig|signature|key|grant|code)=)[^&#]*/gi

/** A URL fit for the log: values of parameters that may be secrets are replaced. */
export function redactUrl(url: string): string {
  return url.replace(SECRET_PARAMETERS, '$1[redacted]')
}
