import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identityOf, isRunning, parseIdentity } from './identity.ts'
import { endLeftovers, recordChildrenIn, register } from './registry.ts'
import { run } from './run.ts'
import { spawnLong } from './spawn-long.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'airdate-children-'))
  recordChildrenIn(folder)
})
afterEach(() => {
  recordChildrenIn(null)
  rmSync(folder, { recursive: true, force: true })
})

test('a child is recorded while it runs, and no longer', async () => {
  const child = await spawnLong('cat', [], { cwd: '/', what: 'cat', onLine: () => undefined })
  await child.exited // its standard input is empty
  expect(readdirSync(folder)).toEqual([])
  let names: string[] = []
  const abort = new AbortController()
  await run('sh', ['-c', 'echo hello; sleep 1000'], {
    cwd: '/',
    timeoutMs: 30_000,
    signal: abort.signal,
    onStdout: () => {
      names = readdirSync(folder)
      abort.abort()
    },
  })
  expect(names).toHaveLength(1)
  expect(readdirSync(folder)).toEqual([])
})

test('what is left of an earlier run is ended, with its group, and its record removed', async () => {
  // a shell that has a child of its own, as FFmpeg's wrapper would
  const left = spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [chunk] = await once(left.stdout, 'data')
  const [parent, grandchild] = [identityOf(left.pid ?? 0), identityOf(Number(String(chunk)))]
  const closed = once(left, 'exit')
  register(left.pid ?? 0, 'ffmpeg')
  expect(await endLeftovers(folder)).toEqual([{ pid: left.pid, what: 'ffmpeg' }])
  await closed
  expect(parent !== null && isRunning(parent)).toBe(false)
  // its end is not ours to wait for: the kernel has the signal, and a process that reaps gets the rest
  await expect.poll(() => grandchild !== null && isRunning(grandchild)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})

test('a process that only has the number of a recorded one is left alone', async () => {
  const other = spawn('sleep', ['1000'], { stdio: 'ignore' })
  const identity = identityOf(other.pid ?? 0)
  for (const lie of [{ startTime: '12345' }, { bootId: 'another boot' }]) {
    writeFileSync(
      join(folder, `${other.pid}.json`),
      JSON.stringify({ ...identity, ...lie, what: 'ffmpeg', lastSignal: 'KILL' }),
    )
    expect(await endLeftovers(folder)).toEqual([])
  }
  expect(identity !== null && isRunning(identity)).toBe(true)
  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(identity !== null && isRunning(identity)).toBe(false)
})

test('records that are cut off or forged are removed and end nobody', async () => {
  for (const text of [
    '',
    '{',
    '[]',
    '{"pid":1,"startTime":"0","bootId":"x"}',
    '{"pid":-1,"startTime":"0","bootId":"x"}',
  ]) {
    writeFileSync(join(folder, 'x.json'), text)
    expect(parseIdentity(text)).toBeNull()
    expect(await endLeftovers(folder)).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  }
})

test('a child that ignores QUIT is killed', { timeout: 20_000 }, async () => {
  const left = spawn('sh', ['-c', 'trap "" QUIT; echo ready; while :; do sleep 1000; done'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(left.stdout, 'data')
  const closed = once(left, 'exit')
  register(left.pid ?? 0, 'postgres', 'QUIT')
  expect(await endLeftovers(folder)).toHaveLength(1)
  expect((await closed)[1]).toBe('SIGKILL')
})
