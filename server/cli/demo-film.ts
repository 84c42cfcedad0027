import { setTimeout as delay } from 'node:timers/promises'
import { POLL_MS, expectStatus } from './demo-client.ts'

/** The server of the demo, as its client reaches it. */
export interface DemoServer {
  readonly url: string
  readonly token: string
}

/** What a film is made of. */
export interface DemoWish {
  /** The thought. */
  readonly idea: string
  /** To be narrated as it is; null: the film is made of the thought. */
  readonly script: string | null
  /** Lines of the film; default 720. */
  readonly height?: number
}

/** What the demo sees of a production over the public API. */
export interface DemoProduction {
  readonly id: string
  readonly state: 'running' | 'completed' | 'failed' | 'cancelled'
  readonly videoId: string | null
  readonly failure: { readonly stage: string; readonly code: string; readonly detail: string } | null
  readonly stages: readonly DemoStage[]
  readonly costMicros: number
}

export interface DemoStage {
  readonly name: string
  readonly state: string
  readonly startedAt: string | null
  readonly endedAt: string | null
}

async function call<Answer>(
  { url, token }: DemoServer,
  path: string,
  options: { readonly body?: unknown; readonly statuses: readonly number[] },
): Promise<Answer> {
  const { body, statuses } = options
  const reply = await fetch(`${url}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  await expectStatus(reply, statuses)
  return (await reply.json()) as Answer
}

/** Keeps the thought and asks for a film of the task that it became. Returns the production's id. */
export async function askForFilm(server: DemoServer, { idea, script, height }: DemoWish): Promise<string> {
  const { taskId } = await call<{ taskId: string }>(server, 'planner/captures', {
    body: { text: idea },
    statuses: [201],
  })
  const { productionId } = await call<{ productionId: string }>(server, `planner/tasks/${taskId}/productions`, {
    body: { visibility: 'unlisted', ...(script !== null && { script }), ...(height !== undefined && { height }) },
    statuses: [202],
  })
  return productionId
}

/** Follows a production to its end and returns its last state. `onChange` hears null until it has begun. */
export async function followProduction(
  server: DemoServer,
  productionId: string,
  onChange: (production: DemoProduction) => void,
): Promise<DemoProduction> {
  for (;;) {
    // What was asked for begins a moment later: until then there is no such production.
    const answer = await call<Partial<DemoProduction>>(server, `channels/productions/${productionId}`, {
      statuses: [200, 404],
    })
    if (isProduction(answer)) {
      onChange(answer)
      if (answer.state !== 'running') return answer
    } else {
      await expectTaskAtWork(server, productionId)
    }
    await delay(POLL_MS)
  }
}

function isProduction(answer: Partial<DemoProduction>): answer is DemoProduction {
  return answer.state !== undefined && answer.stages !== undefined
}

/** @throws StartFailure when the task waits again, because no film can be made of what was asked for */
async function expectTaskAtWork(server: DemoServer, productionId: string): Promise<void> {
  const { items } = await call<{ items: { productionId: string | null; waitingFor: string | null }[] }>(
    server,
    'planner/tasks?status=waiting&limit=100',
    { statuses: [200] },
  )
  const task = items.find((each) => each.productionId === productionId)
  if (task !== undefined) throw new ProductionRefused(task.waitingFor ?? 'no film can be made of this')
}

/** No film can be made of what was asked for. */
export class ProductionRefused extends Error {}

/** What is known of a video that is ready. */
export interface DemoFilm {
  readonly hlsUrl: string
  /** Of the film, true to a frame. */
  readonly durationMs: number
}

export async function filmOfVideo(server: DemoServer, videoId: string): Promise<DemoFilm> {
  const [video, journey] = await Promise.all([
    call<{ playback: { hlsUrl: string } }>(server, `stream/videos/${videoId}`, { statuses: [200] }),
    call<{ film: { render: { durationMs: number } } }>(server, `journeys/${videoId}`, { statuses: [200] }),
  ])
  return { hlsUrl: video.playback.hlsUrl, durationMs: journey.film.render.durationMs }
}

/** The bytes of a production's film or captions. */
export async function download(
  { url, token }: DemoServer,
  productionId: string,
  kind: 'film' | 'captions',
): Promise<AsyncIterable<Uint8Array>> {
  const reply = await fetch(`${url}/api/v1/channels/productions/${productionId}/${kind}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  await expectStatus(reply, [200])
  if (reply.body === null) throw new Error(`the ${kind} has no bytes`)
  return reply.body
}
