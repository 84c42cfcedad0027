import { setTimeout as delay } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { monotonicMs, SECOND_MS } from '#kernel/clock.ts'
import type { Config } from '#platform/config/config.ts'
import { dataFolder, type DataFolder, prepareDataFolder } from '#platform/config/data-folder.ts'
import { emptyFolder } from '#platform/config/files.ts'
import { type MasterKeys, masterKeysOf } from '#platform/config/secrets.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { runningEmbedded } from '#platform/database/embedded.ts'
import { openDatabase } from '#platform/database/open.ts'
import { rootOf } from '#platform/database/root.ts'
import type { Logger } from '#platform/observability/log.ts'
import { FolderHeld, type FolderLock, lockFolder } from '#platform/process/lock.ts'
import { endLeftovers, recordChildrenIn } from '#platform/process/registry.ts'

/** The data folder, held by this process and cleared of what an earlier run left. */
export interface HeldFolder extends AsyncDisposable {
  readonly folder: DataFolder
  readonly lock: FolderLock
}

/**
 * Takes the data folder, making it at the first start; ends the processes and removes the temporary files that an
 * earlier run left behind. From then on this process's children are recorded in it.
 * @throws FolderHeld when another process has it
 * @throws StartFailure when it cannot be used
 */
export async function holdDataFolder(config: Config, command: string, log: Logger): Promise<HeldFolder> {
  const folder = prepareDataFolder(config.dataDir)
  const lock = await lockWhenFree(folder, command)
  for (const { pid, what } of await endLeftovers(folder.children))
    log.warn({ pid, what }, 'ended what an earlier run left behind')
  emptyFolder(folder.tmp)
  recordChildrenIn(folder.children)
  return {
    folder,
    lock,
    async [Symbol.asyncDispose]() {
      recordChildrenIn(null)
      await lock[Symbol.asyncDispose]()
    },
  }
}

/** Commands that hold the folder for as long as they run, and whose PostgreSQL others may use meanwhile. */
const SERVERS: ReadonlySet<string> = new Set(['up', 'demo'])
const PATIENCE_MS = 30 * SECOND_MS
const RETRY_MS = 50

/** Waits for a command that is soon done (`token`), up to 30 s; a server is refused at once. */
async function lockWhenFree(folder: DataFolder, command: string): Promise<FolderLock> {
  const deadlineMs = monotonicMs() + PATIENCE_MS
  for (;;) {
    try {
      return await lockFolder(folder, { command })
    } catch (error) {
      if (!(error instanceof FolderHeld) || monotonicMs() > deadlineMs) throw error
      // who has just taken it has not said so yet
      if (error.holder !== null && SERVERS.has(error.holder.command)) throw error
    }
    await delay(RETRY_MS)
  }
}

/**
 * Calls `work` with a connection to the configured database, as the role that migrates, and with the root of the
 * installation, whether or not a server holds the data folder.
 * @throws StartFailure when the database cannot be reached within 30 s, or the master key is wrong (78)
 */
export function withDatabase<R>(
  config: Config,
  command: string,
  log: Logger,
  work: (connection: ClientConfig, root: Buffer) => Promise<R>,
): Promise<R> {
  return withOwner(config, command, log, async (connection, { masterKeys }) =>
    work(connection, await rootOf(connection, masterKeys)),
  )
}

/**
 * Like `withDatabase`, but nobody asks yet whether the master key is right. The PostgreSQL of whoever holds the folder is
 * used when there is one, also while it is still starting; otherwise PostgreSQL is started for as long as `work` takes.
 */
export async function withOwner<R>(
  config: Config,
  command: string,
  log: Logger,
  work: (connection: ClientConfig, at: { folder: DataFolder; masterKeys: MasterKeys }) => Promise<R>,
): Promise<R> {
  const deadlineMs = monotonicMs() + PATIENCE_MS
  for (;;) {
    try {
      await using held = await holdDataFolder(config, command, log)
      const masterKeys = masterKeysOf(held.folder, config)
      await using database = await openDatabase(config, masterKeys, log)
      return await work(database.connection, { folder: held.folder, masterKeys })
    } catch (error) {
      if (!(error instanceof FolderHeld)) throw error
      const folder = dataFolder(config.dataDir)
      const masterKeys = masterKeysOf(folder, config)
      const connection = await reachable(config, masterKeys, error)
      if (connection !== null) return work(connection, { folder, masterKeys })
      if (monotonicMs() > deadlineMs)
        throw new StartFailure(`${error.message}, and its database does not answer`, { cause: error })
    }
    await delay(RETRY_MS)
  }
}

/** The database of whoever holds the folder, or null when it does not answer (yet) or will be gone in a moment. */
async function reachable(config: Config, masterKeys: MasterKeys, held: FolderHeld): Promise<ClientConfig | null> {
  if (config.databaseUrl !== null) return { connectionString: config.databaseUrl }
  // a command that runs beside us stops its PostgreSQL when it is done: its turn first, then ours
  if (held.holder === null || !SERVERS.has(held.holder.command)) return null
  const connection = runningEmbedded(config.dataDir, masterKeys)
  if (connection === null) return null
  const client = new Client({ ...connection, application_name: 'airdate-knock' })
  try {
    await client.connect()
    return connection
  } catch {
    return null // it is starting or stopping; the caller asks again
  } finally {
    await client.end()
  }
}
