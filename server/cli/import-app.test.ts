import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { CHECKOUT } from '#platform/config/env.ts'

/** What the library of flows takes its surroundings for, once the server has been imported as `up` and `demo` do. */
const PROGRAM = `
const { importApp } = await import('./server/cli/import-app.ts')
await importApp({ run: process.env.TMPDIR })
const { isProduction, isTest, isDevelopment } = await import('@better-auth/core/env')
process.stdout.write(JSON.stringify({ isProduction, isTest: isTest(), isDevelopment: isDevelopment() }))`

test.each(['test', undefined])('started where NODE_ENV is %s, a server is one in production', (name) => {
  const { TEST: _, NODE_ENV: __, NODE_OPTIONS: ___, ...others } = process.env
  const env = {
    ...others,
    ...(name === undefined ? {} : { NODE_ENV: name }),
    TMPDIR: process.env['TMPDIR'] ?? '/tmp',
  }
  const options = { cwd: CHECKOUT, env, encoding: 'utf8' } as const
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], options)
  expect([stdout, stderr]).toEqual([JSON.stringify({ isProduction: true, isTest: false, isDevelopment: false }), ''])
})
