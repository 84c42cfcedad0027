import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { giveToScripts, script } from '#tests/support/script.ts'
import { type DataFolder, dataFolder, prepareDataFolder } from '#platform/config/data-folder.ts'
import { identityOf, isRunning } from './identity.ts'
import { FolderHeld, holderOf, lockFolder } from './lock.ts'
import { endLeftovers } from './registry.ts'

const HOLDER = join(import.meta.dirname, 'fixtures/holder.ts')

let folder: DataFolder
beforeEach(() => {
  folder = dataFolder(mkdtempSync(join(tmpdir(), 'airdate-lock-')))
})
afterEach(() => rmSync(folder.root, { recursive: true, force: true }))

test('of two in one process the second is refused, until the first lets go', async () => {
  prepareDataFolder(folder.root)
  const first = await lockFolder(folder, { command: 'token' })
  await expect(lockFolder(folder, { command: 'up' })).rejects.toThrow(
    /is held by process \d+ \(airdate token\) since 20/,
  )
  const waiting = lockFolder(folder, { command: 'up', waitSeconds: 30 })
  await first[Symbol.asyncDispose]()
  await using second = await waiting
  expect(second.lost.aborted).toBe(false)
  expect(holderOf(folder)).toMatchObject({ pid: process.pid, command: 'up', url: null })
})

test('a refusal says who holds the folder, since when and where, and a killed holder holds nothing', async () => {
  giveToScripts(folder.root)
  await using holder = script(HOLDER, [folder.root])
  const { childPid } = await holder.next()
  const child = identityOf(Number(childPid))
  const refusal = await lockFolder(folder, { command: 'up' }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(FolderHeld)
  expect(String(refusal)).toContain(`process ${holder.pid} (airdate up) since `)
  expect(String(refusal)).toContain(', at http://127.0.0.1:4000')

  await holder.end('SIGKILL')
  await using lock = await lockFolder(folder, { command: 'up', waitSeconds: 10 })
  expect(lock.lost.aborted).toBe(false)
  await endLeftovers(folder.children)
  expect(child !== null && isRunning(child)).toBe(false)
})

test('whoever kills the keeper of the lock is noticed', async () => {
  prepareDataFolder(folder.root)
  await using lock = await lockFolder(folder, { command: 'up' })
  const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve))
  process.kill(lock.keeperPid, 'SIGKILL')
  await lost
  expect(lock.lost.aborted).toBe(true)
})

test('a record of a holder that is gone names nobody', () => {
  prepareDataFolder(folder.root)
  const gone = { ...identityOf(process.pid), startTime: '1', command: 'up', since: '', url: null }
  writeFileSync(folder.holder, JSON.stringify(gone))
  expect(holderOf(folder)).toBeNull()
  writeFileSync(folder.holder, '{"pid":')
  expect(holderOf(folder)).toBeNull()
})
