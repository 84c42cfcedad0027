import { join } from 'node:path'
import type { Config } from '#platform/config/config.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { readTextIfThere, writeDurably } from '#platform/config/files.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { createLogger } from '#platform/observability/log.ts'
import { holderOf } from '#platform/process/lock.ts'
import { holdDataFolder, withDatabase } from '../hold.ts'
import { importApp } from '../import-app.ts'
import { refusalOf } from './refusal.ts'

/** What a command says to the server in the name of its owner. */
export interface Session {
  /** The answer's body. Throws `StartFailure` with what the server says when it refuses. */
  call<T>(method: string, path: string, body?: object): Promise<T>
}

const UNAUTHORIZED = 401

/**
 * Calls `work` with the server that holds the data folder, or with one that runs for as long as `work` takes. The token
 * for the former is made once and kept in the data folder, readable by its owner alone.
 */
export async function withSession<R>(config: Config, work: (session: Session) => Promise<R>): Promise<R> {
  const url = holderOf(dataFolder(config.dataDir))?.url ?? null
  if (url !== null) return work(await keptSession(config, url))
  const log = createLogger('error')
  await using held = await holdDataFolder(config, 'token', log)
  const { compose } = await importApp(held.folder)
  await using app = await compose({ ...config, port: 0, roles: ['api'] }, { roles: ['api'], log })
  if (app.url === null) throw new Error('a server with the role api listens')
  const token = await app.ownerToken('commands')
  // Awaited here: the server runs for as long as the work takes.
  return await work(sessionOf(app.url, () => Promise.resolve(token)))
}

async function keptSession(config: Config, url: string): Promise<Session> {
  const path = join(dataFolder(config.dataDir).secrets, 'commands-token')
  const fresh = async (): Promise<string> => {
    const { issueToken } = await import('../../install.ts')
    const secret = await withDatabase(config, 'token', createLogger('error'), (connection, root) =>
      issueToken({ connection, root, email: null }),
    )
    writeDurably(path, secret)
    return secret
  }
  let token = readTextIfThere(path)?.trim() ?? (await fresh())
  return sessionOf(url, async (refused) => (refused ? (token = await fresh()) : token))
}

function sessionOf(url: string, tokenFor: (refused: boolean) => Promise<string>): Session {
  const send = async (method: string, path: string, body: object | undefined, refused: boolean): Promise<Response> =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${await tokenFor(refused)}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new StartFailure(`the server at ${url} does not answer`, { cause })
    })
  return {
    async call<T>(method: string, path: string, body?: object): Promise<T> {
      let reply = await send(method, path, body, false)
      if (reply.status === UNAUTHORIZED) reply = await send(method, path, body, true)
      // A page with which a proxy asks one to sign in is well-meant, and no answer.
      if (!reply.ok || !isJson(reply)) throw await refusalOf(reply)
      return (await reply.json()) as T
    },
  }
}

const isJson = ({ headers }: Response): boolean =>
  /^application\/(?:\w+\+)?json\b/.test(headers.get('content-type') ?? '')
