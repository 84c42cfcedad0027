import type { Flags } from '#platform/config/config.ts'
import { ExitCode } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { withOwner } from './hold.ts'
import { print } from './output.ts'
import { withConfig } from './settings.ts'

/** Brings the database to this version and prints the names of the migrations that were applied, one a line. */
export function migrate(flags: Flags): Promise<ExitCode> {
  return withConfig(flags, async (config) => {
    const { migrateDatabase } = await import('../app.ts')
    const applied = await withOwner(config, 'migrate', createLogger(config.logLevel), (connection, { masterKeys }) =>
      migrateDatabase(connection, masterKeys),
    )
    for (const name of applied) print(name)
    return ExitCode.done
  })
}
