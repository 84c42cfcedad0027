import { isDataFolder } from '#platform/config/data-folder.ts'
import type { Flags } from '#platform/config/config.ts'
import { ExitCode, StartFailure } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { withDatabase } from './hold.ts'
import { print } from './output.ts'
import { withConfig } from './settings.ts'

/** Prints a new token of the person with this address, alone on stdout, whether or not a server holds the folder. */
export function token(flags: Flags & { email: string }): Promise<ExitCode> {
  return withConfig(flags, async (config) => {
    if (!isDataFolder(config.dataDir)) throw noDataFolder(config.dataDir)
    const { issueToken } = await import('../app.ts')
    const secret = await withDatabase(config, 'token', createLogger(config.logLevel), (connection, root) =>
      issueToken({ connection, root, email: flags.email }),
    )
    print(secret)
    return ExitCode.done
  })
}

function noDataFolder(path: string): StartFailure {
  return new StartFailure(
    `there is no data folder at ${path}: start the server once with ./airdate up, or name another with --data`,
  )
}
