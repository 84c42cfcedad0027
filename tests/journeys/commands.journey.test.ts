import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKOUT } from '#platform/config/env.ts'
import { serverEnv } from '#tests/support/compiled.ts'
import { asOrdinaryUser, newDataFolder, startServer } from '../kill/server.ts'

/** Runs a command as somebody types it, without a terminal. */
function airdate(data: string, ...typed: string[]) {
  const [command, ...args] = [...asOrdinaryUser, process.execPath, join(CHECKOUT, 'server/main.ts')]
  // Whose server it is stands in the data folder: a command needs not be told.
  const env = { ...serverEnv(), LANG: 'en_GB.UTF-8', TZ: 'Europe/Lisbon' }
  const { status, stdout, stderr } = spawnSync(command, [...args, ...typed, '--data', data], {
    ...{ encoding: 'utf8', cwd: data, env },
  })
  return { status, stderr, lines: stdout.trimEnd().split('\n') }
}

test('a day by commands: something is added, comes up, is done, and is told at the end', async () => {
  await using folder = newDataFolder('commands')
  const data = folder.path
  const server = await startServer(data)
  const added = airdate(data, 'add', 'call', 'the', 'harbour', 'master', 'today', 'p1', '@film', '~5m')
  expect(added).toMatchObject({ status: 0, stderr: '' })
  expect(added.lines).toEqual(['+ call the harbour master  today · urgent · 5 min · #film'])
  airdate(data, 'add', 'oil', 'the', 'bicycle')
  expect(airdate(data, 'today').lines).toEqual(['Today', '  ○ call the harbour master  today · urgent · 5 min · #film'])
  const next = airdate(data, 'next')
  expect(next.lines[0]).toBe('→ call the harbour master  today · urgent · 5 min · #film')
  expect(airdate(data, 'done', 'bicycel').lines[0]).toBe('✓ oil the bicycle')
  expect(airdate(data, 'done').lines.slice(0, 2)).toEqual([
    '✓ call the harbour master',
    'Nothing waits for you that suits now. Add something, or rest.',
  ])
  expect(airdate(data, 'done')).toMatchObject({ status: 1, stderr: 'airdate: there is nothing to be done\n' })
  expect(airdate(data, 'done', 'unicorn').stderr).toBe('airdate: no open task holds these words: unicorn\n')
  expect(airdate(data, 'add', 'pay the rent every year on 24 December').lines[0]).toMatch(
    /^\+ pay the rent {2}24 Dec.* · repeats$/,
  )
  // what the commands keep to be let in is theirs alone
  expect(statSync(join(data, 'secrets/commands-token')).mode & 0o077).toBe(0)

  server.signal('SIGTERM')
  await server.ended
  // without a server one runs for the command
  expect(airdate(data, 'today').lines).toEqual(['Nothing is due today.', '✓ 2 done today'])
})
