import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CHECKOUT } from '#platform/config/env.ts'

/*
 * The launcher in a checkout of its own, under the plainest shell there is, with a PATH on which every program that
 * would change the machine is a stand-in that writes down how it was called.
 */

const SHELL =
  ['/usr/bin/dash', '/bin/dash', '/bin/sh'].find((path) => spawnSync(path, ['-c', ':']).status === 0) ?? 'sh'
const REAL = [
  'sh',
  'dirname',
  'readlink',
  'uname',
  'sed',
  'cat',
  'mktemp',
  'rm',
  'tail',
  'sha256sum',
  'mkdir',
  'touch',
  'env',
  'flock',
]

let place: string
let checkout: string
let bin: string

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'airdate-launcher-'))
  ;[checkout, bin] = [join(place, 'checkout'), join(place, 'bin')]
  for (const path of [bin, join(checkout, 'server')]) mkdirSync(path, { recursive: true })
  cpSync(join(CHECKOUT, 'airdate'), join(checkout, 'airdate'))
  cpSync(join(CHECKOUT, 'deploy'), join(checkout, 'deploy'), { recursive: true })
  writeFileSync(join(checkout, 'package-lock.json'), '{"a":1}\n')
  writeFileSync(join(checkout, 'server/main.ts'), 'console.log(JSON.stringify(process.argv.slice(2)))\n')
  for (const program of REAL) {
    const path = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
    if (path.startsWith('/')) symlinkSync(path, join(bin, program))
  }
  stand('id', 'echo 1000')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** Puts a program on the PATH: a line of shell. */
function stand(name: string, line: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
  chmodSync(join(bin, name), 0o755)
}

/** npm that installs nothing and says that it was called. */
function standNpm(): void {
  stand('npm', `echo "$*" >> "${place}/npm.calls"; mkdir -p node_modules/.bin`)
}

function start(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(SHELL, [join(checkout, 'airdate'), ...args], { encoding: 'utf8', env: { PATH: bin, TMPDIR: place } })
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split('\n')
}

test('it installs packages once, again when the lockfile changed, and hands the arguments over as they are', () => {
  standNpm()
  symlinkSync(process.execPath, join(bin, 'node'))
  const first = start('token', '--email', 'a b@c', '$HOME', '')
  expect(first).toMatchObject({ status: 0, stdout: '["token","--email","a b@c","$HOME",""]\n' })
  expect(first.stderr).toBe('airdate: installing packages with npm ci (a minute or two)\n')
  expect(start('token')).toMatchObject({ status: 0, stderr: '' })
  expect(linesOf(join(place, 'npm.calls'))).toHaveLength(1)
  writeFileSync(join(checkout, 'package-lock.json'), '{"a":2}\n')
  expect(start('token').status).toBe(0)
  expect(linesOf(join(place, 'npm.calls'))).toHaveLength(2)
})

test('an older Node on the PATH gives way to the one among the packages', () => {
  stand('node', 'exit 1')
  writeFileSync(
    join(checkout, 'package-lock.json'),
    '{\n    "node_modules/node": {\n      "version": "24.99.1",\n    },\n}\n',
  )
  stand(
    'npm',
    `echo "$*" >> "${place}/npm.calls"; if [ "$1" = install ]; then cd "$3"; else node -v >> "${place}/npm.calls"; fi; mkdir -p node_modules/.bin; ln -s "${process.execPath}" node_modules/.bin/node`,
  )
  symlinkSync(spawnSync('sh', ['-c', 'command -v ln'], { encoding: 'utf8' }).stdout.trim(), join(bin, 'ln'))
  expect(start('doctor')).toMatchObject({ status: 0, stdout: '["doctor"]\n' })
  // npm itself ran under the Node that the lockfile names, or it would leave out what asks for a newer one
  const [fetched, installed, ranUnder] = linesOf(join(place, 'npm.calls'))
  expect(fetched).toMatch(/^install --prefix \S+ .*node@24\.99\.1$/)
  expect(installed).toMatch(/^ci /)
  expect(ranUnder).toBe(process.version)
})

test('a failing npm ci shows the end of its output and one clear line', () => {
  symlinkSync(process.execPath, join(bin, 'node'))
  stand('npm', 'echo first >&2; echo "network is down" >&2; exit 1')
  const { status, stderr } = start('up')
  expect(status).toBe(1)
  expect(stderr).toContain('    network is down\n')
  expect(stderr).toMatch(/airdate: npm ci failed; see above\. Is there a network\?\n$/)
  // and the next start tries again
  standNpm()
  expect(start('token').status).toBe(0)
})

test('without Node and without a way to install it, one line says what to do', () => {
  expect(start('token')).toMatchObject({
    status: 1,
    stderr: 'airdate: Node is missing and there is no apt-get here: install it and start again\n',
  })
  stand('apt-get', 'exit 1')
  expect(start('token')).toMatchObject({
    status: 1,
    stderr: 'airdate: Node is missing: run as root: apt-get install nodejs npm ca-certificates\n',
  })
})

test('apt that has no network ends in one clear line', () => {
  stand('id', 'echo 0')
  stand('apt-get', 'echo "Temporary failure resolving" >&2; exit 100')
  const { status, stderr } = start('generate')
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /airdate: apt could not install nodejs npm ca-certificates: is there a network\? .*start again\n$/,
  )
})

test('FFmpeg is only looked for by what needs it, and an old one is not taken', () => {
  standNpm()
  symlinkSync(process.execPath, join(bin, 'node'))
  stand('ffprobe', ':')
  stand('ffmpeg', 'echo "ffmpeg version 4.4.2-0ubuntu0 Copyright"')
  expect(start('token').status).toBe(0)
  expect(start('up').stderr).toMatch(/FFmpeg 5 or newer is missing and there is no apt-get here/)
  for (const version of ['5.1.9-0+deb12u1', 'n7.1', 'N-118000-gabcdef']) {
    stand('ffmpeg', `echo "ffmpeg version ${version} Copyright"`)
    expect(start('up'), version).toMatchObject({ status: 0, stdout: '["up"]\n' })
  }
})

test('it works through a symbolic link and from another folder', () => {
  standNpm()
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync('../checkout/airdate', join(bin, 'airdate'))
  const { stdout } = spawnSync(SHELL, [join(bin, 'airdate'), 'generate'], {
    encoding: 'utf8',
    env: { PATH: bin },
    cwd: '/',
  })
  expect(stdout).toBe('["generate"]\n')
})

test('no file of the launcher names a host', () => {
  for (const path of ['airdate', 'deploy/launcher/tools.sh', 'deploy/launcher/user.sh', 'deploy/launcher/enter.sh']) {
    const text = readFileSync(join(CHECKOUT, path), 'utf8')
    expect(text, path).not.toMatch(/https?:|[a-z0-9-]+\.(com|org|net|io|dev)\b/)
    expect(spawnSync(SHELL, ['-n', join(CHECKOUT, path)]).status, path).toBe(0)
  }
})
