import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NAME = 'NODE_COMPILE_CACHE'

/**
 * The environment of a server that a test starts: PATH, and where servers of one run of tests share what is compiled of
 * them, which is a quarter of the first start on a data folder. Outside of a run of tests, as in a benchmark, PATH alone.
 */
export function serverEnv(): Record<string, string> {
  return Object.fromEntries(
    ['PATH', NAME].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/**
 * Makes the folder of what is compiled, tells this process and those that it starts of it, and fills it beside the tests
 * by `program`, an import of the server: one that is killed never writes what it compiled. Node keeps users apart in it.
 */
export function shareCompiled(program: readonly string[]): AsyncDisposable {
  const folder = mkdtempSync(join(tmpdir(), 'airdate-test-compiled-'))
  chmodSync(folder, 0o777)
  process.env[NAME] = folder
  const [command = '', ...args] = program
  const filled = once(spawn(command, args, { env: serverEnv(), stdio: ['ignore', 'ignore', 'inherit'] }), 'exit')
  return {
    [Symbol.asyncDispose]: async () => {
      await filled
      delete process.env[NAME]
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
