import type { Flags } from '#platform/config/config.ts'
import { isDataFolder } from '#platform/config/data-folder.ts'
import { ExitCode, StartFailure } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { withOwner } from './hold.ts'
import { say } from './output.ts'
import { withConfig } from './settings.ts'

/** Rotates the master key, whether or not a server holds the folder. Killed at any moment it can be run again. */
export function rotateSecrets(flags: Flags): Promise<ExitCode> {
  return withConfig(flags, async (config) => {
    if (!isDataFolder(config.dataDir)) {
      throw new StartFailure(`there is no data folder at ${config.dataDir}: name another with --data`)
    }
    const { rotateMasterKey } = await import('../rotation.ts')
    const { state, dataKeys } = await withOwner(config, 'secrets', createLogger(config.logLevel), (connection, at) =>
      rotateMasterKey({ config, connection, folder: at.folder }),
    )
    say(
      state === 'finished'
        ? 'the rotation that had been cut short is finished'
        : `the master key is rotated; ${dataKeys} ${dataKeys === 1 ? 'key was' : 'keys were'} wrapped anew, and what is sealed from now on is sealed with new ones`,
    )
    if (config.masterKeyPrevious !== null) say('AIRDATE_MASTER_KEY_PREVIOUS is needed no longer')
    return ExitCode.done
  })
}
