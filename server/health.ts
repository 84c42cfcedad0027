import { tmpdir } from 'node:os'
import { SECOND_MS, monotonicMs } from '#kernel/clock.ts'
import type { Database } from '#platform/database/database.ts'
import { type Migration, migrationState } from '#platform/database/migrations.ts'
import { rawQuery } from '#platform/database/database.ts'
import { systemScope } from '#platform/database/scope.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import { run } from '#platform/process/run.ts'
import type { Storage } from '#platform/storage/storage.ts'

const LEAST_FREE_BYTES = 64 * 1024 * 1024
const PROGRAM_TIMEOUT_MS = 2_500
/** How long a program that ran is believed to run: balancers ask several times a second, and each start takes a processor. */
const PROGRAM_KEPT_MS = 10 * SECOND_MS

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
    { name: 'ffmpeg', check: running('ffmpeg', ['-hide_banner', '-version']) },
    // Only films need a voice.
    { name: 'espeak-ng', degrades: true, check: running('espeak-ng', ['--version']) },
  ]
}

/** Whether a program runs. One that does not is asked anew each time. */
function running(program: string, args: readonly string[]): () => Promise<void> {
  let known: { readonly untilMs: number; readonly answer: Promise<void> } | null = null
  const ask = async (): Promise<void> => {
    const result = await run(program, args, { cwd: tmpdir(), timeoutMs: PROGRAM_TIMEOUT_MS })
    if (result.exitCode !== 0) throw new Error(`${program} does not run`)
  }
  return () => {
    const nowMs = monotonicMs()
    if (known !== null && nowMs < known.untilMs) return known.answer
    const answer = ask()
    known = { untilMs: nowMs + PROGRAM_KEPT_MS, answer }
    answer.catch(() => {
      known = null
    })
    return answer
  }
}
