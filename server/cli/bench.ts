import { join } from 'node:path'
import { CHECKOUT } from '#platform/config/env.ts'
import { namesIn } from '#platform/config/files.ts'
import { ExitCode } from '#platform/config/start-failure.ts'
import { runInTerminal } from '#platform/process/run-in-terminal.ts'
import { print, say } from './output.ts'

/** Runs `bench/AREA.ts` with these options; without an area it prints the areas there are, one a line. */
export async function bench(area: string | undefined, options: readonly string[]): Promise<ExitCode> {
  const areas = namesIn(join(CHECKOUT, 'bench')).flatMap((name) => /^([a-z-]+)\.ts$/.exec(name)?.[1] ?? [])
  if (area === undefined) {
    for (const name of areas) print(name)
    return ExitCode.done
  }
  if (!areas.includes(area)) {
    say(`there is no benchmark ${area}; there are: ${areas.join(', ') || 'none yet'}`)
    return ExitCode.usage
  }
  const code = await runInTerminal(process.execPath, [join(CHECKOUT, 'bench', `${area}.ts`), ...options], {
    cwd: CHECKOUT,
  })
  return code === 0 ? ExitCode.done : ExitCode.failed
}
