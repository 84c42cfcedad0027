import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type pg from 'pg'
import { videoById } from '../../server/stream/videos/queries.ts'
import { upload } from '../../server/cli/demo-client.ts'
import { load } from '../support/load.ts'
import { type BenchResult, median } from '../support/result.ts'
import type { BenchServer } from './server.ts'

interface ReadingBench {
  readonly server: BenchServer
  readonly folder: string
  readonly app: pg.ClientConfig
}

const ROUNDS = 7
const CONNECTIONS = 16
const LOAD = { connections: CONNECTIONS, seconds: 4 }

/**
 * `GET` of an unlisted video by nobody, against bare Fastify with the same SQL on the same rows. The ratio is the median of
 * those of single rounds, whose two sides follow each other: the speed of a machine may change between rounds. The first
 * round warms both up and is not told.
 */
export async function benchReading({ server, folder, app }: ReadingBench): Promise<BenchResult[]> {
  const file = join(folder, 'small.bin')
  await writeFile(file, 'not a video, but a row')
  const id = await upload({ url: server.url, token: server.token, file, title: 'bench' }, () => undefined)
  await using bare = await startBare(app, id)
  const [ours, theirs, p99]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round <= ROUNDS; round += 1) {
    const airdate = await load(`${server.url}/api/v1/stream/videos/${id}`, LOAD)
    const beside = await load(bare.url, LOAD)
    if (round === 0) continue
    ours.push(airdate.perSecond)
    p99.push(airdate.p99Ms)
    theirs.push(beside.perSecond)
  }
  const other = { name: 'bare Fastify, same SQL', value: median(theirs) }
  return [
    {
      name: 'GET of a video',
      unit: 'requests/s',
      value: median(ours),
      against: [other],
      ratio: median(ours.map((perSecond, at) => perSecond / (theirs[at] ?? Number.NaN))),
      goal: 0.5,
    },
    {
      name: `GET of a video, p99 at ${CONNECTIONS} connections`,
      unit: 'ms',
      value: median(p99),
      against: [],
      ratio: Number.NaN,
    },
  ]
}

async function startBare(app: pg.ClientConfig, id: string): Promise<AsyncDisposable & { url: string }> {
  const builder = new Kysely<never>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
  const query = videoById(builder, id).compile()
  const sql = query.sql.replaceAll(/"([a-z]+[A-Z][A-Za-z]*)"/g, (_, name: string) => `"${snake(name)}"`)
  const wanted = JSON.stringify({ connection: app, sql, parameters: query.parameters })
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare.ts'), wanted], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return {
    url: `${url}/video`,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
