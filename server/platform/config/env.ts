import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { readHandedOver, readTextIfThere } from './files.ts'
import { StartFailure, ExitCode, systemFault } from './start-failure.ts'
import { VARIABLE_NAMES, type VariableName } from './variables.ts'

/** What is set, as written: no value is checked yet. Empty values count as unset and are absent. */
export interface Env {
  readonly values: Readonly<Partial<Record<VariableName, string>>>
  /** Names that begin with `AIRDATE_` but are no setting, sorted: most likely typing errors. */
  readonly unknown: readonly string[]
}

/** The folder of the checkout: where `airdate`, `.env` and the default data folder lie. */
export const CHECKOUT = resolve(import.meta.dirname, '../../..')

// `.env` is a page of settings; what is larger is another file by that name
const ENV_FILE_MAX_BYTES = 256 * 1024

/** Names that the launcher and the tests use between themselves; they are no settings. */
const INTERNAL = /^AIRDATE_(ENV_FD|FAULT_AT|TEST_.+|DATA_IN_USE)$/

/**
 * Reads the process environment and the checkout's `.env`; the environment wins. The launcher hands `.env` over as an
 * open file (its number in `AIRDATE_ENV_FD`) when the user that the server runs as could not open it.
 * @throws StartFailure when `.env` is there but cannot be read
 */
export function readEnv(): Env {
  known ??= toEnv(process.env, envFile(process.env['AIRDATE_ENV_FD']))
  return known
}

// the file that the launcher hands over can be read once
let known: Env | undefined

/**
 * Says to libraries that people rely on this process, whatever the surroundings say: under other names some leave out
 * checks of origin and secrets, or tell more than strangers should know. Before they are imported.
 */
export function runInProduction(): void {
  process.env['NODE_ENV'] = 'production'
}

/** What `readEnv` makes of an environment and the text of a `.env` file; null when there is no such file. */
export function toEnv(environment: Readonly<Record<string, string | undefined>>, file: string | null): Env {
  const all: Record<string, string | undefined> = { ...(file === null ? {} : parseEnv(file)) }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value !== '') all[name] = value
  }
  const values: Partial<Record<VariableName, string>> = {}
  for (const name of VARIABLE_NAMES) {
    const value = all[name]
    if (value !== undefined && value !== '') values[name] = value
  }
  const settings = new Set<string>(VARIABLE_NAMES)
  const unknown = Object.keys(all).filter(
    (name) => name.startsWith('AIRDATE_') && !settings.has(name) && !INTERNAL.test(name),
  )
  return { values, unknown: unknown.toSorted() }
}

function envFile(descriptor: string | undefined): string | null {
  const path = join(CHECKOUT, '.env')
  try {
    if (descriptor !== undefined && /^\d{1,3}$/.test(descriptor))
      return readHandedOver(Number(descriptor), ENV_FILE_MAX_BYTES)
    return readTextIfThere(path, ENV_FILE_MAX_BYTES)
  } catch (error) {
    const reason = systemFault(error) ?? (error instanceof Error ? error.message : String(error))
    throw new StartFailure(`${path} cannot be read: ${reason}`, { cause: error, exitCode: ExitCode.configuration })
  }
}
