import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newSecret } from '#kernel/ids.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { asOrdinaryUser, newDataFolder, startServer, tokenOf } from '#tests/kill/server.ts'
import { serverEnv } from '#tests/support/compiled.ts'

function airdate(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [command = '', ...rest] = [...asOrdinaryUser, process.execPath, join(CHECKOUT, 'server/main.ts'), ...args]
  return spawnSync(command, rest, { encoding: 'utf8', env: { ...serverEnv(), ...env } })
}

test('a server whose master key is rotated runs on, and starts again with every token and its database', async () => {
  await using folder = newDataFolder('rotation')
  const server = await startServer(folder.path)
  const token = await tokenOf(folder.path)
  const videos = async (url: string): Promise<number> =>
    (await fetch(`${url}/api/v1/stream/videos`, { headers: { Authorization: `Bearer ${token}` } })).status
  const kept = join(folder.path, 'secrets/master-key')
  const before = readFileSync(kept, 'utf8')
  const rotated = airdate(['secrets', 'rotate', '--data', folder.path])
  expect(rotated).toMatchObject({ status: 0, stdout: '' })
  expect(rotated.stderr).toMatch(/^airdate: the master key is rotated/m)
  expect(readFileSync(kept, 'utf8')).not.toBe(before)
  expect(await videos(server.url)).toBe(200)
  // new connections, with the passwords as they were
  await server.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename in ('airdate_app', 'airdate_system')`,
  )
  await expect.poll(() => videos(server.url), { timeout: 10_000 }).toBe(200)
  server.signal('SIGTERM')
  expect((await server.ended).code).toBe(0)

  const next = await startServer(folder.path)
  expect(await videos(next.url)).toBe(200)
  next.signal('SIGTERM')
  expect((await next.ended).code).toBe(0)

  expect(airdate(['secrets', 'rotate', '--data', folder.path]).status).toBe(0)
  const wrong = { AIRDATE_MASTER_KEY: Buffer.from(newSecret(32), 'base64url').toString('base64') }
  for (const args of [
    ['up', '--port', '0'],
    ['token', '--email', 'owner@example.org'],
  ]) {
    const { status, stderr } = airdate([...args, '--data', folder.path], wrong)
    expect([status, stderr]).toEqual([78, expect.stringContaining('is not the master key that this database')])
  }
  const seen = airdate(['doctor', '--data', folder.path], wrong)
  expect([seen.status, seen.stdout]).toEqual([1, expect.stringMatching(/^bad {3}database .*is not the master key/m)])
}, 120_000)
