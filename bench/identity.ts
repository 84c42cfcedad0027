import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { upload } from '../server/cli/demo-client.ts'
import { startServer } from './stream/server.ts'
import { load } from './support/load.ts'
import { describeMachine, table } from './support/report.ts'
import { type BenchResult, median } from './support/result.ts'

/*
 * What identity costs: the same read with and without a credential, rounds alternating; what others feel while a hundred
 * sign in at once; and how long what is open outlasts a logout.
 */

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
})
const ROUNDS = Number(values.rounds)
const OWNER = { email: 'owner@example.org', password: 'a long password of the bench' }
const LOAD = { connections: 16, seconds: 4 }
const SIGN_INS = 100

interface Tokens {
  readonly accessToken: string
}

const folder = await mkdtemp(join(tmpdir(), 'airdate-bench-identity-'))
try {
  await using server = await startServer(join(folder, 'data'), {
    AIRDATE_OWNER_EMAIL: OWNER.email,
    AIRDATE_OWNER_PASSWORD: OWNER.password,
  })
  const login = async (more: object = {}): Promise<Response> =>
    fetch(`${server.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: server.url },
      body: JSON.stringify({ ...OWNER, ...more }),
    })
  const accessToken = async (): Promise<string> => ((await (await login()).json()) as Tokens).accessToken
  const file = join(folder, 'small.bin')
  await writeFile(file, 'not a video, but a row')
  const id = await upload({ url: server.url, token: server.token, file, title: 'bench' }, () => undefined)
  const video = `${server.url}/api/v1/stream/videos/${id}`
  const results = [
    ...(await reads(video, {
      'access token': { Authorization: `Bearer ${await accessToken()}` },
      'API key': { Authorization: `Bearer ${server.token}` },
      cookie: { Cookie: (await login({ hold: 'cookie' })).headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' },
    })),
    ...(await storm(video, login)),
    await revocation(server.url, accessToken),
  ]
  console.log(values.json ? JSON.stringify(results) : `${describeMachine()}\n\n${table(results)}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** The same read by nobody and by each kind of credential. */
async function reads(url: string, credentials: Record<string, Record<string, string>>): Promise<BenchResult[]> {
  const rates = new Map<string, number[]>([
    ['nobody', []],
    ...Object.keys(credentials).map((name) => [name, []] as [string, number[]]),
  ])
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, measured] of rates) {
      const { perSecond } = await load(url, { ...LOAD, headers: credentials[name] ?? {} })
      // The first round warms up.
      if (round > 0) measured.push(perSecond)
    }
  }
  const nobody = median(rates.get('nobody') ?? [])
  return Object.keys(credentials).map((name) => {
    const value = median(rates.get(name) ?? [])
    const against = [{ name: 'by nobody', value: nobody }]
    return { name: `GET of a video by ${name}`, unit: 'requests/s', value, against, ratio: value / nobody, goal: 0.7 }
  })
}

/** The 99th percentile of reads while a hundred sign in, beside the same without them. */
async function storm(url: string, login: () => Promise<Response>): Promise<BenchResult[]> {
  const few = { connections: 8, seconds: 4 }
  const [calm, stormy, took]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    calm.push((await load(url, few)).p99Ms)
    const reading = load(url, few)
    const startedMs = performance.now()
    const replies = await Promise.all(Array.from({ length: SIGN_INS }, () => login()))
    took.push(performance.now() - startedMs)
    const refused = replies.filter(({ status }) => status !== 200).length
    if (refused > 0) throw new Error(`${refused} sign-ins of ${SIGN_INS} were refused`)
    stormy.push((await reading).p99Ms)
  }
  const against = [{ name: 'without them', value: median(calm) }]
  return [
    {
      name: `p99 of reads while ${SIGN_INS} sign in`,
      unit: 'ms',
      value: median(stormy),
      against,
      ratio: median(stormy) / median(calm),
    },
    {
      name: `${SIGN_INS} sign-ins at once, until the last`,
      unit: 'ms',
      value: median(took),
      against: [],
      ratio: Number.NaN,
    },
  ]
}

/** From the answer to a logout until the session's WebSocket is closed. */
async function revocation(url: string, accessToken: () => Promise<string>): Promise<BenchResult> {
  const times: number[] = []
  for (let round = 0; round < 4 * ROUNDS; round += 1) {
    const headers = { Authorization: `Bearer ${await accessToken()}` }
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/realtime`, { headers })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await fetch(`${url}/api/v1/auth/logout`, { method: 'POST', headers })
    const startedMs = performance.now()
    const refused = await fetch(`${url}/api/v1/me`, { headers })
    if (refused.status !== 401) throw new Error('the next request after a logout was not refused')
    await closed
    times.push(performance.now() - startedMs)
  }
  return {
    name: 'from a logout until its WebSocket is closed, the longest',
    unit: 'ms',
    value: Math.max(...times),
    against: [],
    ratio: Number.NaN,
  }
}
