import { mkdtemp, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { connectionTo, startTestCluster } from '#tests/support/postgres.ts'
import { quickAdd } from './planner/quick-add.ts'
import { recurrence } from './planner/recurrence.ts'
import { bringWords, seedPerson, seedTasks, vocabulary } from './planner/seed.ts'
import { startServer } from './stream/server.ts'
import { describeMachine, table } from './support/report.ts'

/*
 * What somebody feels who has written down a hundred thousand tasks, in a database with twenty times as many: how long
 * each question takes, at a rhythm and not one after the other, so that whoever waits for somebody else is counted. The
 * same at a thousand tasks shows how it grows. Beside it `GET /livez`, which asks the database nothing. The database waits
 * for the disk.
 */

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '100000' },
    others: { type: 'string', default: '19' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
})
const [TASKS, OTHERS, SECONDS] = [Number(values.tasks), Number(values.others), Number(values.seconds)]
const FEW = 1000
const SECOND_MS = 1000

interface Question {
  readonly name: string
  /** Its operation and case in tests/query-counts.json. */
  readonly counted: string
  readonly perSecond: number
  readonly ask: (n: number) => [method: string, path: string, body?: object]
}

interface Answered {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

const words = vocabulary(8000)
/** A word as often as titles have it; `n` makes it another each time, the same for each run. */
const word = (n: number): string => words[Math.floor(words.length * (((n * 7919) % 1000) / 1000) ** 3)] ?? ''
const typo = (n: number): string => {
  const right = word(n)
  return right.slice(0, 3) + right.slice(4)
}
const PLANNER = '/api/v1/planner'
const lineToAdd = (n: number) => ({
  text: `${word(n)} ${word(n + 1)} every friday at 5pm @label-${20 + (n % 20)} p2 ~25m`,
  timeZone: 'Europe/Berlin',
})

const QUESTIONS: readonly Question[] = [
  { name: 'nothing of the database', counted: '', perSecond: 50, ask: () => ['GET', '/livez'] },
  {
    ...{ name: 'capture', counted: 'capture: a thought', perSecond: 50 },
    ask: (n) => ['POST', `${PLANNER}/captures`, { text: `${word(n)} ${word(n + 1)} by friday` }],
  },
  {
    ...{ name: 'quick add: only shown', counted: 'quickAdd: that is only shown', perSecond: 25 },
    ask: (n) => ['POST', `${PLANNER}/quick-add`, { ...lineToAdd(n), dryRun: true }],
  },
  {
    ...{ name: 'quick add: written', counted: 'quickAdd: of words alone', perSecond: 25 },
    ask: (n) => ['POST', `${PLANNER}/quick-add`, lineToAdd(n)],
  },
  {
    ...{ name: 'list: a page', counted: 'listTasks: a page', perSecond: 25 },
    ask: () => ['GET', `${PLANNER}/tasks?open=true`],
  },
  {
    ...{ name: 'list: what is due', counted: 'listTasks: by what is due', perSecond: 25 },
    ask: () => ['GET', `${PLANNER}/tasks?order=due`],
  },
  {
    ...{ name: 'list: a label', counted: 'listTasks: a page', perSecond: 25 },
    ask: (n) => ['GET', `${PLANNER}/tasks?label=label-${20 + (n % 20)}&open=true`],
  },
  {
    ...{ name: 'search: a word', counted: 'listTasks: by words', perSecond: 25 },
    ask: (n) => ['GET', `${PLANNER}/tasks?q=${word(n)}`],
  },
  {
    ...{ name: 'search: a beginning', counted: 'listTasks: by words', perSecond: 25 },
    ask: (n) => ['GET', `${PLANNER}/tasks?q=${word(n).slice(0, 3)}`],
  },
  {
    ...{ name: 'search: two words', counted: 'listTasks: by words', perSecond: 25 },
    ask: (n) => ['GET', `${PLANNER}/tasks?q=${word(n)}%20${word(n * 31 + 7)}`],
  },
  {
    ...{ name: 'search: a wrong letter', counted: 'listTasks: by words', perSecond: 25 },
    ask: (n) => ['GET', `${PLANNER}/tasks?q=${typo(n)}`],
  },
  {
    ...{ name: 'next step', counted: 'nextSteps: of all', perSecond: 25 },
    ask: () => ['GET', `${PLANNER}/steps?energy=2`],
  },
  {
    ...{ name: 'next step in a meeting', counted: 'nextSteps: in a meeting', perSecond: 25 },
    ask: () => ['GET', `${PLANNER}/steps?inMeeting=true`],
  },
  {
    ...{ name: 'priorities', counted: 'listPriorities: a page', perSecond: 10 },
    ask: () => ['GET', `${PLANNER}/priorities`],
  },
]

const folder = await mkdtemp(join(tmpdir(), 'airdate-bench-planner-'))
const cluster = await startTestCluster({ durable: true })
try {
  const client = new pg.Client(connectionTo(cluster.host, 'postgres'))
  await client.connect()
  await client.query('create database airdate')
  await client.end()
  const url = `postgresql://postgres:test@localhost/airdate?host=${encodeURIComponent(cluster.host)}`
  await using server = await startServer(join(folder, 'data'), { DATABASE_URL: url })
  const own = new pg.Client(connectionTo(cluster.host, 'airdate'))
  await own.connect()
  try {
    await run(own, server)
  } finally {
    await own.end()
  }
} finally {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true })
}

async function run(client: pg.Client, server: { readonly url: string; readonly token: string }): Promise<void> {
  await bringWords(client, words)
  const { rows } = await client.query<{ workspaceId: string; userId: string }>(
    `select id as "workspaceId", owner_id as "userId" from commons.workspaces limit 1`,
  )
  const [owner] = rows
  if (owner === undefined) throw new Error('there is no owner')
  for (let n = 1; n <= OTHERS; n += 1) {
    await seedTasks(client, await seedPerson(client, n), { from: 0, count: TASKS })
    process.stderr.write(`\r${n * TASKS} tasks of others`)
  }
  await seedTasks(client, owner, { from: 0, count: FEW })
  await client.query('vacuum analyze')
  process.stderr.write('\n')
  const few = await askAll(server)
  await seedTasks(client, owner, { from: FEW, count: TASKS - FEW })
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  const many = await askAll(server)
  report(few, many)
}

async function askAll(server: { readonly url: string; readonly token: string }): Promise<Map<string, Answered>> {
  const answered = new Map<string, Answered>()
  for (const question of QUESTIONS) {
    await inRhythm(server, question, 2 * question.perSecond)
    answered.set(question.name, await inRhythm(server, question, SECONDS * question.perSecond))
  }
  return answered
}

/** Asks `count` times at the question's rhythm, whether or not the one before has answered; times run from when it was due. */
async function inRhythm(server: { url: string; token: string }, question: Question, count: number): Promise<Answered> {
  const beganMs = performance.now()
  const asked: Promise<number>[] = []
  for (let n = 0; n < count; n += 1) {
    const dueMs = beganMs + (n * SECOND_MS) / question.perSecond
    const waitMs = dueMs - performance.now()
    if (waitMs > 1) await delay(waitMs)
    asked.push(askOnce(server, question, n).then(() => performance.now() - dueMs))
  }
  const timesMs = (await Promise.all(asked)).toSorted((one, other) => one - other)
  const at = (share: number): number =>
    timesMs[Math.min(timesMs.length - 1, Math.floor(share * timesMs.length))] ?? Number.NaN
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}

async function askOnce({ url, token }: { url: string; token: string }, question: Question, n: number): Promise<void> {
  const [method, path, body] = question.ask(n)
  const reply = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`)
}

function report(few: ReadonlyMap<string, Answered>, many: ReadonlyMap<string, Answered>): void {
  const file = join(import.meta.dirname, '../tests/query-counts.json')
  const counts = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, number>>
  const lines = QUESTIONS.map(({ name, counted, perSecond }) => ({
    ...{ name, perSecond, statements: counts[counted.split(': ')[0] ?? '']?.[counted.split(': ')[1] ?? ''] ?? 0 },
    ...{ few: few.get(name), many: many.get(name) },
  }))
  // what the dearest texts cost the processor, whatever the database
  const dearest = [...quickAdd(), ...recurrence()]
  if (values.json) return console.log(JSON.stringify([...lines, ...dearest]))
  const ms = (value = Number.NaN): string => value.toFixed(1)
  console.log(
    `${describeMachine()}\n${TASKS * (OTHERS + 1)} tasks in the database; of who asks ${FEW}, then ${TASKS}\n`,
  )
  console.log(
    `| question | a second | p50 / p95 / p99 at ${FEW} (ms) | p50 / p95 / p99 at ${TASKS} (ms) | p95 grows by | statements |`,
  )
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const line of lines) {
    const cells = [line.few, line.many].map((each) => `${ms(each?.p50Ms)} / ${ms(each?.p95Ms)} / ${ms(each?.p99Ms)}`)
    const grows = (line.many?.p95Ms ?? Number.NaN) / (line.few?.p95Ms ?? Number.NaN)
    console.log(`| ${[line.name, line.perSecond, ...cells, grows.toFixed(2), line.statements].join(' | ')} |`)
  }
  console.log(`\n${table(dearest)}`)
}
