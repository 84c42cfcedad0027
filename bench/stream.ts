import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionAs } from '#platform/database/roles.ts'
import { rolePasswords } from '#platform/database/open.ts'
import { runningEmbedded } from '#platform/database/embedded.ts'
import { rootOf } from '#platform/database/root.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { masterKeysOf } from '#platform/config/secrets.ts'
import { describeMachine, table } from './support/report.ts'
import { type BenchResult } from './support/result.ts'
import { benchEncoding } from './stream/encoding.ts'
import { benchReading } from './stream/reading.ts'
import { startServer } from './stream/server.ts'
import * as jobs from './jobs.ts'
import * as uploads from './uploads.ts'

/*
 * What the stream promises, measured beside what it is compared with: runs of both sides alternate, medians are told.
 * `node bench/stream.ts [--only uploads,encoding,reading,jobs] [--seconds 120] [--rounds 3]`
 */

const option = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? fallback : (process.argv[at + 1] ?? fallback)
}

const wanted = new Set(option('only', 'uploads,encoding,reading,jobs').split(','))
const rounds = Number(option('rounds', '3'))
const seconds = Number(option('seconds', '120'))

const results: BenchResult[] = []
const folder = await mkdtemp(join(tmpdir(), 'airdate-bench-'))
try {
  process.stderr.write(`${describeMachine()}\n`)
  if (wanted.has('uploads')) results.push(...(await uploads.run({ folder })))
  if (wanted.has('encoding') || wanted.has('reading')) await onOneServer()
  if (wanted.has('jobs')) results.push(...(await jobs.run({ rounds: Math.max(rounds, 3) })))
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`${describeMachine()}\n\n${table(results)}\n`)

async function onOneServer(): Promise<void> {
  const dataDir = join(folder, 'data')
  await using server = await startServer(dataDir)
  const masterKeys = masterKeysOf(dataFolder(dataDir))
  const owner = runningEmbedded(dataDir, masterKeys)
  if (owner === null) throw new Error('the embedded PostgreSQL is not there')
  const passwords = rolePasswords(await rootOf({ ...owner }, masterKeys))
  const app = connectionAs({ ...owner }, 'airdate_app', passwords.app)
  if (wanted.has('encoding')) results.push(...(await benchEncoding({ server, folder, seconds, rounds })))
  if (wanted.has('reading')) results.push(...(await benchReading({ server, folder, app })))
}
