import { tmpdir } from 'node:os'
import type { Database } from '#platform/database/database.ts'
import { type Migration, migrationState } from '#platform/database/migrations.ts'
import { rawQuery } from '#platform/database/database.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import { run } from '#platform/process/run.ts'
import type { Storage } from '#platform/storage/storage.ts'

const LEAST_FREE_BYTES = 64 * 1024 * 1024
const PROGRAM_TIMEOUT_MS = 2_500

/** What `/readyz` asks: database, migrations, storage, FFmpeg, the voice of films. */
export function healthChecks(parts: {
  readonly database: Database
  readonly storage: Storage
  readonly migrations: readonly Migration[]
}): HealthCheck[] {
  const { database, storage, migrations } = parts
  const query = <Row extends Record<string, unknown>>(text: string): Promise<{ rows: Row[] }> =>
    database.transaction(systemScope, (tx) => rawQuery<Row>(tx, text))
  return [
    { name: 'database', check: async () => void (await query('select 1')) },
    {
      name: 'migrations',
      check: async () => {
        const { pending } = await migrationState((text) => query<{ name: string }>(text), migrations)
        if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`)
      },
    },
    {
      name: 'storage',
      check: async () => {
        await storage.check()
        const free = await storage.freeBytes()
        if (free !== null && free < LEAST_FREE_BYTES) throw new Error(`only ${free} bytes are free`)
      },
    },
    {
      name: 'ffmpeg',
      check: async () => {
        const result = await run('ffmpeg', ['-hide_banner', '-version'], {
          cwd: tmpdir(),
          timeoutMs: PROGRAM_TIMEOUT_MS,
        })
        if (result.exitCode !== 0) throw new Error('FFmpeg does not run')
      },
    },
    {
      name: 'espeak-ng',
      // Only films need a voice.
      degrades: true,
      check: async () => {
        const result = await run('espeak-ng', ['--version'], { cwd: tmpdir(), timeoutMs: PROGRAM_TIMEOUT_MS })
        if (result.exitCode !== 0) throw new Error('espeak-ng does not run')
      },
    },
  ]
}
