import type { Config, Flags } from '#platform/config/config.ts'
import { ExitCode, listenFault, StartFailure } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { holdDataFolder } from './hold.ts'
import { importApp } from './import-app.ts'
import { printJson, say } from './output.ts'
import { withConfig } from './settings.ts'
import { stopping } from './stopping.ts'

/** Runs the server until SIGTERM or SIGINT. With `json` the first line on stdout is `{"event":"listening","url":…}`. */
export function up(flags: Flags & { json?: boolean }): Promise<ExitCode> {
  return withConfig(flags, (config) => serve(config, flags.json === true))
}

async function serve(config: Config, json: boolean): Promise<ExitCode> {
  const log = createLogger(config.logLevel)
  using stop = stopping()
  await using held = await holdDataFolder(config, 'up', log)
  const { compose } = await importApp(held.folder)
  await using app = await compose(config, { roles: config.roles, log }).catch((error: unknown) => {
    const line = listenFault(error, config.host, config.port)
    throw line === null ? error : new StartFailure(line, { cause: error })
  })
  if (app.firstOwner !== null) {
    const { email, madePassword } = app.firstOwner
    say(
      `the owner of this server is ${email}${madePassword === null ? '' : `, with the password ${madePassword} (told this once)`}`,
    )
  }
  if (app.url !== null) held.lock.announce(app.url)
  if (json) printJson({ event: 'listening', url: app.url })
  else say(app.url === null ? `working on jobs (${config.roles.join(', ')})` : `listening at ${app.url}`)

  const lost = new Promise<'lock'>((resolve) => held.lock.lost.addEventListener('abort', () => resolve('lock')))
  const failed = app.failed.then((reason) => ({ reason }))
  const reason = await Promise.race([stop.signal, lost, failed])
  if (reason === 'lock') {
    say('the lock of the data folder was lost; stopping before another server starts on it')
    return ExitCode.failed
  }
  if (typeof reason === 'object') {
    say(`the database ended: ${reason.reason}; stopping`)
    return ExitCode.failed
  }
  say('stopping; once more to stop at once')
  return ExitCode.done
}
