import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { DataFolder } from '#platform/config/data-folder.ts'

/** The server, to be composed. What is compiled of it is kept in the data folder, which makes the second start faster. */
export function importApp(folder: DataFolder): Promise<typeof import('../app.ts')> {
  enableCompileCache(join(folder.run, 'compiled'))
  return import('../app.ts')
}
