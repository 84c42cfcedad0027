import { type Config, type Flags, toConfig } from '#platform/config/config.ts'
import { CHECKOUT, readEnv } from '#platform/config/env.ts'
import { ExitCode } from '#platform/config/start-failure.ts'
import { sayFaults } from './output.ts'

/**
 * Reads and checks the configuration, and calls `work` with it. With faults, all of them are told, nothing is started,
 * and the answer is 78.
 */
export async function withConfig(flags: Flags, work: (config: Config) => Promise<ExitCode>): Promise<ExitCode> {
  const { config, faults } = toConfig(readEnv().values, flags, { workingFolder: process.cwd(), checkout: CHECKOUT })
  if (config !== undefined) return work(config)
  sayFaults(faults)
  return ExitCode.configuration
}
