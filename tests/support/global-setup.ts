import type { TestProject } from 'vitest/node'
import { buildTemplate } from './database.ts'
import { startTestCluster } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the unix socket of the tests' PostgreSQL. */
    postgresHost: string
  }
}

/** One PostgreSQL for the whole run, with a migrated template that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startTestCluster()
  await buildTemplate(cluster.host)
  project.provide('postgresHost', cluster.host)
  return () => cluster.stop()
}
