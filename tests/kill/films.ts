import { setTimeout as delay } from 'node:timers/promises'
import { monotonicMs } from '#kernel/clock.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { askForFilm } from '../../server/cli/demo-film.ts'
import { killAll, survivorsOf, workersIn } from './processes.ts'
import { countedFaults, faultsAtRest, namesBelow } from './proof.ts'
import { type Chance, chanceOf } from './random.ts'
import { type Server, startServer, tokenOf } from './server.ts'

/** The stages of a production, with about how long each takes a small film: kills are spread over it, ms. */
const STAGES = [
  ['script', 60],
  ['voice', 500],
  ['visuals', 4_500],
  ['captions', 40],
  ['music', 1_200],
  ['assemble', 3_500],
  ['check', 1_200],
  ['publish', 5_000],
] as const
export type Stage = (typeof STAGES)[number][0]

/** One kill of every process, as it was. */
export interface FilmKill {
  /** What was aimed at. */
  readonly stage: Stage
  /** The stage that was really under way. */
  readonly hit: string
  /** From the start of the next server until it listened, recovery of the database included. */
  readonly restartMs: number
}

export interface FilmCampaign {
  readonly kills: readonly FilmKill[]
  readonly films: number
  readonly exitCode: number | null
  /** What is wrong after all, a sentence each. */
  readonly faults: readonly string[]
}

/** The server of a campaign and what it has made. */
export interface FilmsMade {
  readonly server: Server
  /** Of the owner. */
  readonly token: string
  readonly productions: readonly string[]
}

const PATIENCE_MS = 20_000
/** Each look is a question to the database that works beside it, on the same processors. */
const LOOK_MS = 10
/** Where nothing is to be hit, and so nothing has to be seen at once. */
const REST_LOOK_MS = 200
const LONGEST_WAIT_MS = 300_000
/** What the films are made of. */
export const IDEA = 'Do bees sleep?'
/** Small ones: what is hit and made again is the same, and takes a third of the time. */
export const HEIGHT = 360

/**
 * Has films made of an idea and kills the server with all that belongs to it again and again, each stage in turn, at
 * moments that the seed chooses; starts it anew each time. In the end everything has to be as if nothing had happened.
 */
export async function runFilmCampaign(options: {
  readonly seed: number
  readonly kills: number
  /** An empty folder that the server may write. */
  readonly dataDir: string
  readonly onKill?: (kill: FilmKill, number: number) => void
  /** Looks at what was made, while the server still runs and nothing is left to do. */
  readonly onRest?: (made: FilmsMade) => Promise<void>
}): Promise<FilmCampaign> {
  const { dataDir, kills: wanted, onKill, onRest } = options
  const chance = chanceOf(options.seed)
  let server = await startServer(dataDir)
  const token = await tokenOf(dataDir)
  const [productions, kills, faults]: [string[], FilmKill[], string[]] = [[], [], []]
  for (const aims of decks(chance, wanted)) {
    const id = await askForFilm({ url: server.url, token }, { idea: IDEA, script: null, height: HEIGHT })
    productions.push(id)
    for (const stage of aims) {
      const hit = await strike(server, dataDir, id, stage, chance)
      const before = workersIn(dataDir)
      server = await startServer(dataDir)
      const left = await survivorsOf(before, PATIENCE_MS)
      faults.push(...left.map(({ commandLine }) => `${commandLine} outlived the next start`))
      kills.push({ stage, hit, restartMs: server.startMs })
      onKill?.(kills.at(-1) ?? { stage, hit, restartMs: 0 }, kills.length)
    }
    const hasEnded = async (): Promise<boolean> => (await stateOf(server, id)) !== 'running'
    await until(server, `production ${id} never ended`, hasEnded, REST_LOOK_MS)
  }
  const isIdle = async (): Promise<boolean> =>
    (await server.sql(`select from pgboss.job_common where state < 'completed' limit 1`)).length === 0
  await until(server, 'jobs were never done', isIdle, REST_LOOK_MS)
  faults.push(...(await faultsOfFilms(server, dataDir, productions)))
  await onRest?.({ server, token, productions })
  server.signal('SIGTERM')
  const { code: exitCode } = await server.ended
  const left = await survivorsOf(workersIn(dataDir), PATIENCE_MS)
  faults.push(...left.map(({ commandLine }) => `${commandLine} outlived the end`))
  return { kills, films: productions.length, exitCode, faults }
}

/** Which stages are aimed at in each film, in their order: half of them in one, the others in the next. */
function decks(chance: Chance, kills: number): Stage[][] {
  const names = STAGES.map(([name]) => name)
  const aims: Stage[] = []
  while (aims.length < kills) aims.push(...chance.shuffled(names))
  const inOneFilm = names.length / 2
  const films = Array.from({ length: Math.ceil(kills / inOneFilm) }, (_, film) =>
    aims.slice(film * inOneFilm, Math.min(kills, (film + 1) * inOneFilm)),
  )
  return films.map((film) => names.filter((name) => film.includes(name)))
}

/** Waits for a stage, or for what comes after it, and kills everything. Returns what was under way in that moment. */
async function strike(server: Server, dataDir: string, id: string, stage: Stage, chance: Chance): Promise<string> {
  const names = STAGES.map(([name]) => name)
  const aim = names.indexOf(stage)
  await until(server, `the stage ${stage} never came`, async () => {
    const [row] = await server.sql(
      `select from channels.stages where production_id = $1 and position >= $2 and state <> 'waiting' limit 1`,
      [id, aim],
    )
    return row !== undefined
  })
  await delay(chance.next() * (STAGES[aim]?.[1] ?? 0))
  const [hit] = await server.sql<{ name: string }>(
    `select name from channels.stages where production_id = $1 and state <> 'done' order by position limit 1`,
    [id],
  )
  await killAll(chance.shuffled(server.workers()), dataDir)
  await server.ended
  return hit?.name ?? 'nothing'
}

async function stateOf(server: Server, id: string): Promise<string> {
  const [row] = await server.sql<{ state: string }>('select state from channels.productions where id = $1', [id])
  return row?.state ?? 'running'
}

async function until(
  server: Server,
  complaint: string,
  isThere: () => Promise<boolean>,
  lookMs = LOOK_MS,
): Promise<void> {
  const deadlineMs = monotonicMs() + LONGEST_WAIT_MS
  while (!(await isThere())) {
    if (monotonicMs() > deadlineMs) throw new Error(`${complaint}\n${server.said()}`)
    await delay(lookMs)
  }
}

const COUNTS = [
  ['tasks that are not done', `select count(*)::int as count from planner.tasks where status <> 'done'`],
  [
    'productions that are not complete',
    `select count(*)::int as count from channels.productions where state <> 'completed'`,
  ],
  [
    'stages that are not done',
    `select count(*)::int as count from channels.stages where state <> 'done' or failure_code is not null`,
  ],
  [
    'films too many or too few',
    `select abs((select count(*) from studio.renders) - (select count(*) from channels.productions))::int
       + abs((select count(*) from studio.projects) - (select count(*) from channels.productions))::int as count`,
  ],
  [
    'publications too many or too few',
    `select abs((select count(*) from channels.publications where state = 'published')
       - (select count(*) from channels.productions))::int as count`,
  ],
  [
    'videos too many or too few',
    `select abs((select count(*) from stream.videos v join channels.publications u on u.video_id = v.id
         where v.state = 'ready' and v.source = 'production:' || u.production_id)
       - (select count(*) from channels.productions))::int
       + abs((select count(*) from stream.videos) - (select count(*) from channels.productions))::int as count`,
  ],
  [
    'costs too many or too few',
    `select abs((select count(*) from commons.spends) - (select count(*) from channels.stages))::int
       + count(*) filter (where s.source is null)::int as count
     from channels.stages g left join commons.spends s
       on s.source = 'production:' || g.production_id || ':' || g.name and s.amount_micros = g.cost_micros`,
  ],
  [
    'stages that were told as finished twice or never',
    `select count(*)::int as count from channels.stages g where 1 <> (select count(*) from platform.events e
       where e.subject = 'production:' || g.production_id and e.type = 'channels.stage.finished' and e.data ->> 'stage' = g.name)`,
  ],
  [
    'productions that were told as complete twice or never',
    `select count(*)::int as count from channels.productions p where 1 <> (select count(*) from platform.events e
       where e.subject = 'production:' || p.id and e.type = 'channels.production.completed')`,
  ],
] as const

async function faultsOfFilms(server: Server, dataDir: string, productions: readonly string[]): Promise<string[]> {
  const faults = [...(await faultsAtRest(server)), ...(await countedFaults(server, COUNTS))]
  const there = await server.sql<{ id: string }>('select id from channels.productions')
  if (there.length !== productions.length) faults.push(`${there.length} productions of ${productions.length}`)
  const known = await server.sql<{ key: string }>(
    `select unnest(storage_keys) as key from studio.generations
     union select storage_key from studio.renders union select captions_key from studio.renders
     union select original_key from stream.videos
     union select 'originals/' || id || '/captions.vtt' from stream.videos`,
  )
  const keys = new Set(known.map(({ key }) => key))
  const videos = await server.sql<{ id: string }>('select id from stream.videos')
  const folder = dataFolder(dataDir)
  const files = new Set(namesBelow(folder.files))
  const isOfVideo = (name: string): boolean => videos.some(({ id }) => name.startsWith(`stream/${id}/`))
  const stray = [...files].filter((name) => !keys.has(name) && !isOfVideo(name))
  const lost = [...keys].filter((key) => !files.has(key))
  return [
    ...faults,
    ...stray.map((name) => `${name} belongs to nothing`),
    ...lost.map((key) => `${key} is not there`),
    ...namesBelow(folder.tmp).map((name) => `tmp/${name} belongs to nothing`),
  ]
}
