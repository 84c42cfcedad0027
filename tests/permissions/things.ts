import { newId } from '#kernel/ids.ts'
import type { CallOptions, Reply, TestApp } from '#tests/support/app.ts'
import { givenFilms } from '#tests/support/film.ts'
import type { Role } from '#commons/workspaces/roles.ts'
import { givenMember } from '#tests/support/attacks.ts'
import { type Actors, givenActors } from './actors.ts'

/** Things of the workspace, made by its editor: some once for all, some anew for each call that would use them up. */
export interface Things {
  readonly app: TestApp
  readonly actors: Actors
  readonly publicFilm: Film
  readonly privateFilm: Film
  /** A call as the editor. */
  readonly asEditor: (method: string, path: string, options?: CallOptions) => Promise<Reply>
  readonly video: (state?: 'there' | 'deleted') => Promise<string>
  /** A thought of the editor's, and the task that it became. */
  readonly capture: () => Promise<{ readonly id: string; readonly taskId: string }>
  readonly production: (state?: 'running' | 'failed') => Promise<{ readonly id: string; readonly projectId: string }>
  /** The address of an upload of which nothing is there yet. */
  readonly upload: () => Promise<string>
  /** Somebody new who is in the workspace. */
  readonly member: (role: Role) => Promise<string>
  /** Id of an invitation that waits. */
  readonly invitation: () => Promise<string>
  /** Id of a key of the editor's. */
  readonly key: () => Promise<string>
  /** Another workspace and everybody's part in it, for what ends with the call. */
  readonly elsewhere: () => Promise<Actors>
  /** The id of a session of the editor's. */
  readonly editorsSession: () => Promise<string>
  readonly editorsPasskey: () => Promise<string>
  /** Id of a budget. */
  readonly budget: () => Promise<string>
  /** Id of a connection to a provider, which asks nobody for anything. */
  readonly aiConnection: () => Promise<string>
  /** Id of a price of the workspace's own. */
  readonly price: () => Promise<string>
  /** What something was spent on: 7 micros. */
  readonly spent: () => Promise<string>
  /** An entry of the audit log, about the workspace or about the editor's own account. */
  readonly audited: (about: 'workspace' | 'person') => Promise<string>
}

interface Film {
  readonly id: string
  /** Below which its media are reached: by a grant when it is private. */
  readonly folder: string
  readonly rung: string
}

export const TUS = { 'Tus-Resumable': '1.0.0' }

export async function givenThings(app: TestApp, actors: Actors): Promise<Things> {
  const { token, userId } = actors.people.editor
  const asEditor: Things['asEditor'] = (method, path, options = {}) => app.call(method, path, { ...options, token })
  const made = async <T>(path: string, body: unknown): Promise<T> => {
    const reply = await asEditor('POST', path, { body })
    if (reply.status > 299) throw new Error(`${path}: ${reply.status} ${reply.bytes.toString()}`)
    return reply.json() as T
  }
  const [publicId = '', privateId = ''] = await givenFilms(app, [
    { token, title: 'For all', visibility: 'public' },
    { token, title: 'For us', visibility: 'private' },
  ])
  let budgets = 0
  return {
    ...{ app, actors, asEditor },
    publicFilm: await filmOf(asEditor, publicId),
    privateFilm: await filmOf(asEditor, privateId),
    video: async (state = 'there') => {
      const id = newId()
      await app.db.sql(
        `insert into stream.videos (id, workspace_id, created_by, title, visibility, state, deleted_at)
         values ($1, $2, $3, 'A video', 'private', 'failed', $4)`,
        [id, actors.workspaceId, userId, state === 'deleted' ? new Date() : null],
      )
      return id
    },
    capture: () => made('/api/v1/planner/captures', { text: 'A thought' }),
    production: async (state = 'running') => {
      const production = await made<{ id: string; projectId: string }>('/api/v1/channels/productions', {
        idea: 'An idea',
      })
      if (state === 'failed') {
        await asEditor('POST', `/api/v1/channels/productions/${production.id}/cancel`)
        await app.db.sql(`update channels.productions set state = 'failed' where id = $1`, [production.id])
        await app.db.sql(
          `update channels.stages set state = case name when 'publish' then 'failed' else 'done' end
           where production_id = $1`,
          [production.id],
        )
      }
      return production
    },
    key: async () => (await made<{ id: string }>('/api/v1/api-keys', { name: 'A key', scopes: ['video:read'] })).id,
    invitation: async () => {
      const body = { email: `${newId()}@example.org`, role: 'viewer' }
      const path = `/api/v1/workspaces/${actors.workspaceId}/invitations`
      return (await app.call('POST', path, { token: actors.people.admin.token, body })).json<{ id: string }>().id
    },
    upload: async () => {
      const reply = await asEditor('POST', '/api/v1/uploads', { headers: { ...TUS, 'Upload-Length': '10' } })
      return new URL(reply.headers.get('location') ?? '', app.url).pathname
    },
    member: async (role) => (await givenMember(app, { workspaceId: actors.workspaceId, role })).userId,
    elsewhere: () => givenActors(app, actors.token('pending') ?? ''),
    editorsSession: async () => {
      const before = new Date()
      await actors.session('editor')
      const [session] = await app.db.sql<{ id: string }>(
        'select id from commons.sessions where user_id = $1 and created_at >= $2 order by created_at desc limit 1',
        [userId, before],
      )
      return session?.id ?? ''
    },
    editorsPasskey: async () => {
      const id = newId()
      await app.db.sql(
        `insert into commons.passkeys (id, user_id, name, public_key, credential_id, counter, device_type, backed_up)
         values ($1, $2, 'A key', 'x', $3, 0, 'singleDevice', false)`,
        [id, userId, id],
      )
      return id
    },
    budget: async () => {
      const id = newId()
      // There is one for each period and currency.
      const currency = `X${String.fromCharCode(65 + (budgets % 26), 65 + (Math.trunc(budgets / 26) % 26))}`
      budgets += 1
      await app.db.sql(
        `insert into commons.budgets (id, workspace_id, period, limit_micros, currency) values ($1, $2, 'day', 5, $3)`,
        [id, actors.workspaceId, currency],
      )
      return id
    },
    aiConnection: async () => {
      const id = newId()
      await app.db.sql(
        `insert into commons.ai_connections (id, workspace_id, name, kind, base_url)
         values ($1, $2, 'A provider', 'anthropic', 'https://models.example.org')`,
        [id, actors.workspaceId],
      )
      return id
    },
    price: async () => {
      const id = newId()
      await app.db.sql(
        `insert into commons.prices (id, workspace_id, provider, model, unit, micros_per_million, valid_from)
         values ($1, $2, 'openai', $3, 'input-token', 5, now())`,
        [id, actors.workspaceId, id],
      )
      return id
    },
    spent: async () => {
      const source = `test:${newId()}`
      await app.db.sql(
        `insert into commons.spends (id, workspace_id, source, provider, amount_micros, currency)
         values ($1, $2, $3, 'test', 7, 'USD')`,
        [newId(), actors.workspaceId, source],
      )
      return source
    },
    audited: async (about) => {
      const id = newId()
      await app.db.sql(
        `insert into commons.audit_entries
           (id, workspace_id, person_id, action, actor_kind, actor_id, target_kind, target_id, request_id)
         values ($1, $2, $3, 'thing.changed', 'user', $4, 'thing', $5, 'a-request')`,
        [id, about === 'workspace' ? actors.workspaceId : null, about === 'person' ? userId : null, userId, id],
      )
      return id
    },
  }
}

async function filmOf(asEditor: Things['asEditor'], id: string): Promise<Film> {
  const video = (await asEditor('GET', `/api/v1/stream/videos/${id}`)).json<{ playback: { hlsUrl: string } }>()
  const { pathname } = new URL(video.playback.hlsUrl)
  const master = (await asEditor('GET', pathname)).bytes.toString()
  const rung = /\n([a-z0-9-]+)\/playlist\.m3u8/.exec(master)?.[1] ?? ''
  return { id, folder: pathname.replace('/master.m3u8', ''), rung }
}
