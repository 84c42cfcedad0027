import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { CHECKOUT } from '#platform/config/env.ts'
import { asOrdinaryUser } from '../kill/server.ts'
import { shareCompiled } from './compiled.ts'
import { buildTemplate } from './database.ts'
import { startTestCluster } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the unix socket of the tests' PostgreSQL. */
    postgresHost: string
  }
}

/** One PostgreSQL for the whole run, with a migrated template that each test file clones; and what servers share. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using parts = new AsyncDisposableStack()
  const app = JSON.stringify(join(CHECKOUT, 'server/app.ts'))
  parts.use(shareCompiled([...asOrdinaryUser, process.execPath, '-e', `import(${app})`]))
  const cluster = await startTestCluster()
  parts.defer(() => cluster.stop())
  await buildTemplate(cluster.host)
  project.provide('postgresHost', cluster.host)
  const kept = parts.move()
  return () => kept.disposeAsync()
}
