import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { identityOf, isRunning } from './identity.ts'
import { run } from './run.ts'

const options = { cwd: tmpdir(), timeoutMs: 30_000 }

test('a program gets its arguments as they are, and its output and exit code come back', async () => {
  const result = await run('printf', ['%s|', '$HOME', '; rm -rf /', 'a b', '*', ''], options)
  expect(result).toMatchObject({ exitCode: 0, ended: 'exit', stderr: '' })
  expect(result.stdout.toString()).toBe('$HOME|; rm -rf /|a b|*||')
  expect(await run('sh', ['-c', 'echo no >&2; exit 3'], options)).toMatchObject({ exitCode: 3, stderr: 'no\n' })
})

test('a child sees nothing of our environment', async () => {
  process.env['AIRDATE_TEST_SECRET'] = 'hush'
  const { stdout } = await run('env', [], options)
  delete process.env['AIRDATE_TEST_SECRET']
  const names = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0])
  expect(names.filter((name) => !['PATH', 'LANG', 'TZ', 'PWD', 'OLDPWD', '_', 'SHLVL'].includes(name ?? ''))).toEqual(
    [],
  )
})

test('time, abort and too much output end the child and its own children', async () => {
  const talk = 'sleep 1000 & echo $!; wait'
  let grandchild = 0
  const late = await run('sh', ['-c', talk], {
    ...options,
    timeoutMs: 300,
    onStdout: (chunk) => (grandchild = Number(String(chunk))),
  })
  expect(late.ended).toBe('timeout')
  const identity = identityOf(grandchild)
  expect(identity === null || !isRunning(identity)).toBe(true)

  const abort = new AbortController()
  const aborted = await run('sh', ['-c', talk], { ...options, signal: abort.signal, onStdout: () => abort.abort() })
  expect(aborted.ended).toBe('aborted')
  expect((await run('sleep', ['1000'], { ...options, signal: AbortSignal.abort() })).ended).toBe('aborted')
  expect((await run('yes', [], { ...options, maxOutputBytes: 1000 })).ended).toBe('output-limit')
})

test('limits hold', async () => {
  const size = await run('sh', ['-c', 'head -c 100000 /dev/zero > "$(mktemp)"'], {
    ...options,
    limits: { fileSizeBytes: 1024 },
  })
  expect(size.exitCode === 0).toBe(false)
  const files = await run('sh', ['-c', 'ulimit -n'], { ...options, limits: { openFiles: 20 }, nice: 5 })
  expect(files.stdout.toString()).toBe('20\n')
})

test('niceness counts between sessions too, where the kernel shares out between them', async () => {
  const [here, group] = ['/proc/self/autogroup', await autogroupOfOurs()]
  const { stdout } = await run('sh', ['-c', `nice; cat ${here} 2> /dev/null || true`], { ...options, nice: 7 })
  const [niceness, groupOfChild = ''] = stdout.toString().trim().split('\n')
  expect(niceness).toBe('7')
  expect(groupOfChild).toMatch(group === null ? /^$/ : / nice 7$/)
  expect(await autogroupOfOurs()).toBe(group)
})

function autogroupOfOurs(): Promise<string | null> {
  return readFile('/proc/self/autogroup', 'utf8').catch(() => null)
}

test('a program that is not there is an error', async () => {
  await expect(run('no-such-program', [], options)).rejects.toThrow(/no-such-program cannot be started/)
})
