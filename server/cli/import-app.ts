import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { DataFolder } from '#platform/config/data-folder.ts'
import { runInProduction } from '#platform/config/env.ts'

/** The server, to be composed, as it runs in production. What is compiled of it is kept in the data folder, which makes the second start faster. */
export function importApp(folder: DataFolder): Promise<typeof import('../app.ts')> {
  runInProduction()
  enableCompileCache(join(folder.run, 'compiled'))
  return import('../app.ts')
}
