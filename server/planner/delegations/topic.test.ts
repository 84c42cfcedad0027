import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { LiveClient, POLL } from '#platform/realtime/fixtures/client.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Stranger, givenMember, givenStranger } from '#tests/support/attacks.ts'
import type { Delegation } from './schema.ts'

const PLANNER = '/api/v1/planner'

let airdate: TestApp
let giver: Stranger
let worker: Stranger
beforeAll(async () => {
  airdate = await testApp({ roles: ['api'] })
  giver = await givenStranger(airdate)
  worker = await givenMember(airdate, { workspaceId: giver.workspaceId, role: 'editor' })
})
afterAll(() => airdate[Symbol.asyncDispose]())

const ask = async <T = Delegation>(by: Stranger, path: string, body: object): Promise<T> => {
  const reply = await airdate.call('POST', `${PLANNER}/${path}`, { token: by.token, body })
  expect(reply.status, reply.bytes.toString()).toBeLessThan(300)
  return reply.json() as T
}
async function handedOver(): Promise<string> {
  const { id: taskId } = await ask<{ id: string }>(giver, 'tasks', { title: 'Some work' })
  const wish = { taskId, mode: 'delegate', assignee: `user:${worker.userId}` }
  return (await ask(giver, 'delegations', wish)).id
}

test('who handed work over hears each step of it, and how far it is', async () => {
  const id = await handedOver()
  using client = await LiveClient.open(airdate.url, giver.token)
  await client.subscribe([`delegation:${id}`])
  const states = () => client.of('state').map(({ state }) => state.data as Partial<Delegation>)
  const assignee = `user:${worker.userId}`
  await expect.poll(() => states().at(-1), POLL).toEqual({ state: 'pending', assignee, progressPercent: 0 })
  await ask(worker, `delegations/${id}/accept`, {})
  await ask(worker, `delegations/${id}/progress`, { percent: 40 })
  await expect.poll(() => states().at(-1), POLL).toEqual({ state: 'in_progress', assignee, progressPercent: 40 })
  await ask(worker, `delegations/${id}/submit`, { result: 'Here it is' })
  await ask(giver, `delegations/${id}/review`, { verdict: 'accept' })
  await expect.poll(() => states().at(-1)?.state, POLL).toBe('completed')
  // That it was handed over may be told yet to who listens at once: events are told a moment after they are written.
  const heard = () => client.of('event').filter(({ event }) => !event.type.endsWith('.handed-over'))
  const steps = () => heard().map(({ event }) => event.type.replace('planner.delegation.', ''))
  await expect.poll(steps, POLL).toEqual(['accepted', 'begun', 'submitted', 'completed'])
  expect(heard()[0]?.event).toMatchObject({
    subject: `delegation:${id}`,
    data: { delegationId: id, assignee },
  })
  // What was said and handed in is asked for, never told.
  expect(JSON.stringify(client.heard)).not.toContain('Here it is')
})

test('to who is not of the workspace, or may not read tasks, there is no such topic; to members there is', async () => {
  const id = await handedOver()
  const listen = (topic: string, token: string | null) => {
    const leaving = new AbortController()
    return fetch(`${airdate.url}/api/v1/events?topics=${topic}`, {
      signal: leaving.signal,
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    }).then(async (reply) => {
      if (reply.ok) {
        leaving.abort()
        return { status: reply.status, type: null }
      }
      return { status: reply.status, type: ((await reply.json()) as { type: string }).type }
    })
  }
  const elsewhere = await givenStranger(airdate)
  const narrow = await givenMember(airdate, {
    ...{ workspaceId: giver.workspaceId, role: 'editor', permissions: ['video:read'] },
  })
  const viewer = await givenMember(airdate, { workspaceId: giver.workspaceId, role: 'viewer' })
  for (const token of [giver.token, worker.token, viewer.token])
    expect((await listen(`delegation:${id}`, token)).status).toBe(200)
  const none = await listen(`delegation:${newId()}`, elsewhere.token)
  expect(none.status).toBe(404)
  expect(await listen(`delegation:${id}`, elsewhere.token)).toEqual(none)
  expect([403, 404]).toContain((await listen(`delegation:${id}`, narrow.token)).status)
  expect((await listen(`delegation:${id}`, null)).status).not.toBe(200)
})

test('who leaves the workspace hears no more of it', async () => {
  const id = await handedOver()
  const leaver = await givenMember(airdate, { workspaceId: giver.workspaceId, role: 'editor' })
  using client = await LiveClient.open(airdate.url, leaver.token)
  await client.subscribe([`delegation:${id}`])
  await airdate.db.sql('delete from commons.workspace_members where user_id = $1 and workspace_id = $2', [
    ...[leaver.userId, giver.workspaceId],
  ])
  const isOut = () => client.of('unsubscribed').length > 0 || client.webSocket.readyState === client.webSocket.CLOSED
  await expect.poll(isOut, POLL).toBe(true)
})
