import { join } from 'node:path'
import { CHECKOUT } from '#platform/config/env.ts'
import { ExitCode } from '#platform/config/start-failure.ts'
import { runInTerminal } from '#platform/process/run-in-terminal.ts'

/**
 * Runs the tests, or those whose path holds one of `filters`, and ends with the plain line `N passed, N failed`
 * (`, N skipped` may follow). The checkout need not be writable: nothing is cached in it.
 */
export async function test(filters: readonly string[]): Promise<ExitCode> {
  const args = [
    join(CHECKOUT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--configLoader=runner',
    '--cache=false',
    '--fsModuleCache=false',
    '--reporter=default',
    '--reporter=./tests/support/plain-reporter.ts',
    ...filters,
  ]
  const code = await runInTerminal(process.execPath, args, { cwd: CHECKOUT })
  return code === 0 ? ExitCode.done : ExitCode.failed
}
