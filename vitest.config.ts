import { defineConfig } from 'vitest/config'
import LongestFirst from './tests/support/longest-first.ts'

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    isolate: false,
    // Libraries leave out checks under other names, those of origin and secrets among them: what is tested is what is served.
    env: { NODE_ENV: 'production', TEST: '' },
    pool: 'forks',
    // Some wait for leases, drains and playing film: a third keeps two processors at work.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
