import { join } from 'node:path'
import { Client } from 'pg'
import { askRedis } from '#platform/cache/ask.ts'
import { type Config, type Flags, toConfig } from '#platform/config/config.ts'
import { dataFolder, isDataFolder } from '#platform/config/data-folder.ts'
import { assertUsable, freeSpaceBytes } from '#platform/config/files.ts'
import { CHECKOUT, readEnv } from '#platform/config/env.ts'
import { ExitCode, systemFault } from '#platform/config/start-failure.ts'
import { NotTaken, openPost } from '#platform/mail/post.ts'
import { createLogger } from '#platform/observability/log.ts'
import { holderOf } from '#platform/process/lock.ts'
import { run } from '#platform/process/run.ts'
import { openStorage } from '#platform/storage/open.ts'
import { withDatabase } from './hold.ts'
import { exposureOf } from './exposure.ts'
import { plainReason, print } from './output.ts'

/** What one part is found to be. `bad` makes the exit code 1; `note` is only worth knowing. */
interface Finding {
  readonly part: string
  readonly state: 'good' | 'note' | 'bad'
  readonly detail: string
}

// the versions that the launcher asks for
const NODE_AT_LEAST = [24, 12] as const
const FFMPEG_AT_LEAST = 5
const FEW_FREE_BYTES = 1024 ** 3

/**
 * Prints the state of each part, one line each. Exit code 78 with faults of the configuration (all are told, and the
 * other parts that can be looked at all the same), 1 when a part is bad, else 0. It changes nothing.
 */
export async function doctor(flags: Flags): Promise<ExitCode> {
  const env = readEnv()
  const { config, faults } = toConfig(env.values, flags, { workingFolder: process.cwd(), checkout: CHECKOUT })
  const findings: Finding[] = [
    node(),
    await ffmpeg(),
    await espeak(),
    ...(faults ?? []).map(({ name, detail }): Finding => ({
      part: 'configuration',
      state: 'bad',
      detail: `${name} ${detail}`,
    })),
    ...env.unknown.map((name): Finding => ({
      part: 'configuration',
      state: 'note',
      detail: `${name} is no setting of Airdate`,
    })),
  ]
  if (config !== undefined) {
    if (faults === undefined) findings.push({ part: 'configuration', state: 'good', detail: 'no faults' })
    findings.push(
      ...exposureOf(config),
      ...folder(config),
      await database(config),
      ...(await redis(config)),
      ...(await files(config)),
    )
    findings.push(...(await mail(config)))
  }
  for (const { part, state, detail } of findings) print(`${state.padEnd(4)}  ${part.padEnd(13)}  ${detail}`)
  if (config === undefined) return ExitCode.configuration
  return findings.some(({ state }) => state === 'bad') ? ExitCode.failed : ExitCode.done
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor >= NODE_AT_LEAST[1])
  const detail = enough
    ? process.versions.node
    : `${process.versions.node}; ${NODE_AT_LEAST.join('.')} or newer is needed`
  return { part: 'node', state: enough ? 'good' : 'bad', detail }
}

async function ffmpeg(): Promise<Finding> {
  try {
    const { stdout, exitCode } = await run('ffmpeg', ['-hide_banner', '-version'], { cwd: '/', timeoutMs: 10_000 })
    const version = /^ffmpeg version (\S+)/.exec(stdout.toString('utf8'))?.[1]
    if (exitCode !== 0 || version === undefined) return { part: 'ffmpeg', state: 'bad', detail: 'it does not run' }
    const major = Number(/^n?(\d+)\./.exec(version)?.[1] ?? Number.NaN)
    const old = major < FFMPEG_AT_LEAST
    return {
      part: 'ffmpeg',
      state: old ? 'bad' : 'good',
      detail: old ? `${version}; ${FFMPEG_AT_LEAST} or newer is needed` : version,
    }
  } catch (error) {
    return {
      part: 'ffmpeg',
      state: 'bad',
      detail: `not found: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** Without a voice everything works but the making of films. */
async function espeak(): Promise<Finding> {
  const part = 'espeak-ng'
  try {
    const { stdout } = await run('espeak-ng', ['--version'], { cwd: '/', timeoutMs: 10_000 })
    const version = /(\d+\.\d+(?:\.\d+)?)/.exec(stdout.toString('utf8'))?.[1]
    if (version !== undefined) return { part, state: 'good', detail: version }
    return { part, state: 'note', detail: 'it does not run: films have no voice' }
  } catch {
    return { part, state: 'note', detail: 'not found: films have no voice' }
  }
}

function folder(config: Config): Finding[] {
  const { root } = dataFolder(config.dataDir)
  const part = 'data folder'
  try {
    if (!isDataFolder(root))
      return [{ part, state: 'note', detail: `${root} is not there yet; the first start makes it` }]
    assertUsable(root)
    const holder = holderOf(dataFolder(root))
    const held =
      holder === null
        ? ''
        : `, held by process ${holder.pid} (airdate ${holder.command})${holder.url === null ? '' : ` at ${holder.url}`}`
    const free = freeSpaceBytes(root)
    return [
      { part, state: 'good', detail: `${root}${held}` },
      {
        part: 'disk',
        state: free < FEW_FREE_BYTES ? 'bad' : 'good',
        detail: `${(free / 1024 ** 3).toFixed(1)} GiB free`,
      },
    ]
  } catch (error) {
    const reason = systemFault(error)
    if (reason === null) throw error
    return [{ part, state: 'bad', detail: `${root} cannot be used: ${reason}` }]
  }
}

/** Redis can be done without: what is wrong with it is only worth knowing. */
async function redis({ redisUrl }: Config): Promise<Finding[]> {
  if (redisUrl === null) return []
  const part = 'redis'
  try {
    return [{ part, state: 'good', detail: await askRedis(redisUrl) }]
  } catch (error) {
    const reason = plainReason(error) ?? (error instanceof Error ? error.message : String(error))
    return [{ part, state: 'note', detail: `${reason}; Airdate goes on without it, and every process keeps its own` }]
  }
}

/** Files on the disk are told of with the data folder. */
async function files({ s3 }: Config): Promise<Finding[]> {
  if (s3 === null) return []
  const part = 's3'
  const storage = await openStorage({ s3, root: '', reserveBytes: 0 })
  try {
    await storage.check()
    return [{ part, state: 'good', detail: `bucket ${s3.bucket} at ${new URL(s3.endpoint).origin}` }]
  } catch (error) {
    return [{ part, state: 'bad', detail: error instanceof Error ? error.message : String(error) }]
  } finally {
    await storage[Symbol.asyncDispose]?.()
  }
}

/** Without a server mails are kept; with one that cannot be used, nobody gets back in who forgot the password. */
async function mail({ smtp }: Config): Promise<Finding[]> {
  const part = 'mail'
  if (smtp === null) return [{ part, state: 'note', detail: 'no SMTP_URL: mails are kept, see airdate outbox' }]
  await using post = openPost(smtp)
  const server = `${smtp.host}:${smtp.port}`
  try {
    await post.check()
    return [{ part, state: 'good', detail: `${server}, in the name of ${smtp.from.address}` }]
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error
    return [{ part, state: 'bad', detail: `${server}: ${error.refusal.answer || error.message}` }]
  }
}

async function database(config: Config): Promise<Finding> {
  const part = 'database'
  if (config.databaseUrl === null && !isDataFolder(config.dataDir)) {
    return { part, state: 'note', detail: `it is made with the data folder, in ${join(config.dataDir, 'pg')}` }
  }
  try {
    const detail = await withDatabase(config, 'doctor', createLogger('silent'), async (connection) => {
      const client = new Client({
        ...connection,
        application_name: 'airdate-doctor',
        connectionTimeoutMillis: 10_000,
      })
      await client.connect()
      try {
        const { rows } = await client.query<{ version: string; connections: string; most: string }>(
          "select current_setting('server_version') as version, current_setting('max_connections') as most, (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections",
        )
        const row = rows[0]
        return `PostgreSQL ${row?.version ?? 'unknown'}, ${row?.connections ?? '?'} of ${row?.most ?? '?'} connections in use`
      } finally {
        await client.end()
      }
    })
    return { part, state: 'good', detail }
  } catch (error) {
    const reason = plainReason(error) ?? (error instanceof Error ? error.message : String(error))
    return { part, state: 'bad', detail: reason }
  }
}
