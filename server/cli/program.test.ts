import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CHECKOUT } from '#platform/config/env.ts'
import { serverEnv } from '#tests/support/compiled.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'airdate-cli-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function airdate(args: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(CHECKOUT, 'server/main.ts'), ...args], {
    encoding: 'utf8',
    env: { ...serverEnv(), ...env },
  })
}

test('a faulty configuration tells all faults, ends with 78 and starts nothing', () => {
  const data = join(place, 'data')
  const { status, stdout, stderr } = airdate(['up', '--data', data, '--port', 'x'], {
    AIRDATE_DB_MAX: 'many',
    AIRDATE_WORKER_AUTOSCALE: '1,2',
    AIRDATE_OWNER_PASSWORD: 'hush',
  })
  expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
  expect(stderr.trim().split('\n')).toEqual([
    'airdate: --port must be a whole number from 0 to 65535',
    'airdate: AIRDATE_OWNER_PASSWORD must have 8 to 128 characters',
    'airdate: AIRDATE_DB_MAX must be a whole number from 5 to 200',
    'airdate: AIRDATE_WORKER_AUTOSCALE must have max before min: max 1 is less than min 2',
  ])
  expect(readdirSync(place)).toEqual([])
})

test('wrong usage ends with 64 and says what there is', () => {
  for (const args of [['fly'], ['up', '--bogus'], ['token'], []]) {
    const { status, stdout, stderr } = airdate(args)
    expect({ args, status, stdout }).toEqual({ args, status: 64, stdout: '' })
    expect(stderr).toMatch(/--help|Usage/)
  }
})

test('help is no failure, and names every command', () => {
  const { status, stdout } = airdate(['--help'])
  expect(status).toBe(0)
  for (const command of ['up', 'demo', 'token', 'outbox', 'doctor', 'migrate', 'test', 'bench', 'generate']) {
    expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
  }
})

test('a token for a folder that is not there is refused in one line and makes nothing', () => {
  const { status, stderr } = airdate(['token', '--email', 'a@b', '--data', join(place, 'none')])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^airdate: there is no data folder at .*\n$/)
  expect(readdirSync(place)).toEqual([])
})

test('the doctor tells faults and the state of the parts, and makes nothing', () => {
  const data = join(place, 'data')
  const well = airdate(['doctor', '--data', data], {
    ...{ SMTP_URL: 'smtp://127.0.0.1:1', AIRDATE_MAIL_FROM: 'films@example.org' },
    ...{ REDIS_URL: 'redis://127.0.0.1:1', AIRDATE_TYPO: '1' },
  })
  expect(well.stdout).toMatch(/^good {2}node/m)
  expect(well.stdout).toMatch(/^note .*AIRDATE_TYPO is no setting/m)
  expect(well.stdout).toMatch(/^bad {3}mail .*127\.0\.0\.1:1: .*ECONNREFUSED/m)
  expect(well.stdout).toMatch(/^note {2}redis .*goes on without it/m)
  expect(well.stdout).toMatch(/^note {2}data folder .* is not there yet/m)
  const ill = airdate(['doctor', '--data', data], { AIRDATE_DB_MAX: '1', S3_BUCKET: 'films' })
  expect(ill.status).toBe(78)
  expect(ill.stdout.match(/^bad {3}configuration/gm)).toHaveLength(4)
  expect(readdirSync(place)).toEqual([])
})

test('a folder that cannot be used is told in one line', () => {
  const { status, stderr } = airdate(['migrate', '--data', '/proc/airdate'])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^airdate: the data folder \/proc\/airdate cannot be used: .*\n$/)
})

test('an unknown benchmark ends with 64 and names those there are', () => {
  expect(airdate(['bench', 'nothing'])).toMatchObject({ status: 64, stdout: '' })
  expect(airdate(['bench']).status).toBe(0)
})
