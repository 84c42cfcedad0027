import type pg from 'pg'
import { type Config } from '#platform/config/config.ts'
import { type MasterKeys, derivePassword } from '#platform/config/secrets.ts'
import { type EmbeddedOptions, startEmbedded } from './embedded.ts'

/** The database that the configuration names, reached as the role that migrates. */
export interface OpenDatabase extends AsyncDisposable {
  readonly connection: pg.ClientConfig
  /** Resolves with the reason when the embedded server ends unasked; pends for ever otherwise. */
  readonly failed: Promise<string>
}

/**
 * What the application's two login roles get as passwords: derived from the root of the installation, so they are the same
 * in every process and outlast a rotation of the master key.
 */
export function rolePasswords(root: Buffer): { readonly app: string; readonly system: string } {
  return { app: derivePassword(root, 'database:app'), system: derivePassword(root, 'database:system') }
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
  masterKeys: MasterKeys,
  log: EmbeddedOptions['log'],
): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) {
    return {
      connection: { connectionString: config.databaseUrl },
      failed: new Promise(() => undefined),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
  return startEmbedded({ dataDir: config.dataDir, masterKeys, maxConnections: config.dbMax + SPARE_CONNECTIONS, log })
}
