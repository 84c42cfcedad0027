import type pg from 'pg'
import { type Config } from '#platform/config/config.ts'
import { derivePassword } from '#platform/config/secrets.ts'
import { type EmbeddedOptions, startEmbedded } from './embedded.ts'

/** The database that the configuration names, reached as the role that migrates. */
export interface OpenDatabase extends AsyncDisposable {
  readonly connection: pg.ClientConfig
  /** Resolves with the reason when the embedded server ends unasked; pends for ever otherwise. */
  readonly failed: Promise<string>
}

/** What the application's two login roles get as passwords: derived, so they are the same in every process. */
export function rolePasswords(masterKey: Buffer): { readonly app: string; readonly system: string } {
  return { app: derivePassword(masterKey, 'database:app'), system: derivePassword(masterKey, 'database:system') }
}

// beside what `dbMax` counts: migrations, `airdate token` and `doctor` while the server runs
const SPARE_CONNECTIONS = 10

/**
 * Opens the database at DATABASE_URL, or starts the embedded one. The caller holds the lock of the prepared data folder.
 * Disposing stops what was started here.
 * @throws StartFailure when the embedded one cannot start
 */
export async function openDatabase(
  config: Config,
  masterKey: Buffer,
  log: EmbeddedOptions['log'],
): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) {
    return {
      connection: { connectionString: config.databaseUrl },
      failed: new Promise(() => undefined),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
  return startEmbedded({ dataDir: config.dataDir, masterKey, maxConnections: config.dbMax + SPARE_CONNECTIONS, log })
}
