import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type pg from 'pg'
import { type Ground, actorsHolding, ensureOwner, issueOwnerToken, revokeToken } from '#commons/identity/service.ts'
import { callsOfTheDead } from '#commons/ai/paid.ts'
import aiRoutes from '#commons/ai/routes.ts'
import { sealedConnectionKeys } from '#commons/ai/sealed.ts'
import { LastUses } from '#commons/api-keys/last-uses.ts'
import keyRoutes from '#commons/api-keys/routes.ts'
import auditRoutes from '#commons/audit/routes.ts'
import invitationRoutes from '#commons/invitations/routes.ts'
import { journeyRoutes } from '#commons/journeys/routes.ts'
import { reservationSweeper } from '#commons/metering/expiry.ts'
import meteringRoutes from '#commons/metering/routes.ts'
import memberRoutes from '#commons/workspaces/member-routes.ts'
import workspaceRoutes from '#commons/workspaces/routes.ts'
import { sealedIdentityKeys } from '#commons/sessions/sealed.ts'
import { requireKnownPermissions } from '#commons/workspaces/roles.ts'
import { systemClock } from '#kernel/clock.ts'
import { isId } from '#kernel/ids.ts'
import { type Caches, cacheConnections, openCaches } from '#platform/cache/open.ts'
import type { Config, Role } from '#platform/config/config.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { derivePassword, deriveSecret, masterKeysOf } from '#platform/config/secrets.ts'
import { type Actor, type Ctx, type Origin, scopeOfActor } from '#platform/context.ts'
import { type Claim, claimConnections } from '#platform/database/claims.ts'
import { Database } from '#platform/database/database.ts'
import { openDatabase, rolePasswords } from '#platform/database/open.ts'
import { Pool } from '#platform/database/pool.ts'
import { EventPlacing } from '#platform/events/placing.ts'
import { sealedKeeping } from '#platform/http/idempotency.ts'
import { type ServerOptions, buildServer } from '#platform/http/server.ts'
import type { RouteDefinition } from '#platform/http/route.ts'
import { JOB_CONNECTIONS } from '#platform/jobs/queue.ts'
import { type Jobs, startJobs } from '#platform/jobs/runner.ts'
import { type MailService, openMail } from '#platform/mail/mail.ts'
import { Limits } from '#platform/limits/limits.ts'
import { limitMetrics } from '#platform/limits/metrics.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Metrics, createMetrics } from '#platform/observability/metrics.ts'
import { type Operations, operationsRoutes } from '#platform/observability/routes.ts'
import { Outside } from '#platform/outside/outside.ts'
import { Notices } from '#platform/realtime/notices.ts'
import { LIVE_CONNECTIONS, Realtime } from '#platform/realtime/realtime.ts'
import { realtimeRoutes } from '#platform/realtime/routes.ts'
import { type SealedColumn, resealer } from '#platform/secrets/resealing.ts'
import { Vault } from '#platform/secrets/vault.ts'
import { openStorage } from '#platform/storage/open.ts'
import { openTempRoot } from '#platform/storage/temp.ts'
import { uploadRoutes } from '#platform/uploads/routes.ts'
import { KEPT_MS, Uploads } from '#platform/uploads/uploads.ts'
import { upkeep } from '#platform/upkeep/jobs.ts'
import { healthChecks } from './health.ts'
import { docsRoutes } from './docs/routes.ts'
import { type Connections, connectionsOf, prepareDatabase, productMigrations } from './install.ts'
import { type People, openPeople } from './people.ts'
import { type Wings, eventJobs, openWings } from './wiring.ts'

/** A running process of Airdate. Disposing it stops accepting, lets work end or gives it back, and closes everything. */
export interface App extends AsyncDisposable {
  /** Where it listens; null without the role `api`. */
  readonly url: string | null
  /** The owner that this start made, with the password if it had to be made up; null when there was one. */
  readonly firstOwner: { readonly email: string; readonly madePassword: string | null } | null
  /** Resolves with the reason when a part that cannot be done without ends unasked; pends for ever otherwise. */
  readonly failed: Promise<string>
  /** A new token of the instance's owner, for a command that acts in their name; it ends with the process. */
  ownerToken(name: string): Promise<string>
}

/** Who looks on: tests that hold the server against its description and its number of statements. */
export interface Observers extends Pick<ServerOptions, 'onAnswered' | 'onMounted'> {
  /** The time by which caches forget: while it stands still, what they answer does not depend on how long a test takes. */
  readonly cacheNowMs?: () => number
}

/**
 * Connections that a role needs of each pool. Two processes of each role fit within the hundred that PostgreSQL allows
 * when nobody has changed it.
 */
const POOLS: Readonly<Record<Role, { readonly app: number; readonly system: number }>> = {
  api: { app: 8, system: 4 },
  worker: { app: 7, system: 3 },
  scheduler: { app: 2, system: 2 },
}
/** What a process with every role has enough of. */
const MOST = { app: 12, system: 6 }
const CLAIM_CONNECTIONS = 1
/** Left to the database and the system when users fill the disk. */
const RESERVE_BYTES = 256 * 1024 * 1024
const IO_JOBS = 4
const GRACE_MS = 10_000

/** The columns that hold what the vault has sealed: their values are sealed anew after a rotation of the master key. */
const sealedColumns: readonly SealedColumn[] = [sealedIdentityKeys, sealedConnectionKeys]

/** Every route that the server has, its own description included. */
export async function apiRoutes(parts: {
  readonly operations: Operations
  readonly uploads: Uploads
  readonly wings: Wings
  readonly people: Pick<People, 'routes'>
  readonly live: () => Realtime
}): Promise<RouteDefinition[]> {
  const routes = [
    ...operationsRoutes(parts.operations),
    ...uploadRoutes(parts.uploads),
    ...realtimeRoutes(parts.live),
    ...parts.wings.routes,
    ...journeyRoutes(parts.wings.journeyParts),
    ...auditRoutes,
    ...invitationRoutes,
    ...meteringRoutes,
    ...aiRoutes,
    ...parts.people.routes,
    ...workspaceRoutes,
    ...memberRoutes,
    ...keyRoutes,
  ]
  const all = [...routes, ...(await docsRoutes(routes))]
  requireKnownPermissions([...all, ...parts.wings.topics])
  return all
}

/**
 * Puts the house together: configuration → platform → commons → wings. The caller holds the lock of the prepared data
 * folder. Nothing listens and no job runs before everything is there.
 * @throws StartFailure, MigrationFailed, TooManyConnections when it cannot start; what was opened is closed again
 */
export async function compose(
  config: Config,
  options: { readonly roles: readonly Role[]; readonly log: Logger; readonly observe?: Observers },
): Promise<App> {
  const { roles, log } = options
  await using parts = new AsyncDisposableStack()
  const folder = dataFolder(config.dataDir)
  const masterKeys = masterKeysOf(folder, config)
  const opened = parts.use(await openDatabase(config, masterKeys, log))
  const { root } = await prepareDatabase(opened.connection, masterKeys)
  const passwords = rolePasswords(root)
  const metrics = createMetrics()
  const connections = connectionsOf(opened.connection, passwords)
  parts.use(await claim(config, roles, connections.system, log))
  const installation = derivePassword(root, 'cache').slice(0, 16)
  const caches = parts.use(
    await openCaches({
      ...{ redisUrl: config.redisUrl, connection: connections.app, metrics, log, installation },
      nowMs: options.observe?.cacheNowMs,
    }),
  )
  const limits = parts.use(
    new Limits({
      ...{ log, scale: config.rateLimitScale, metrics: limitMetrics(metrics.registry) },
      secret: derivePassword(root, 'limits'),
      redis: config.redisUrl === null ? null : { url: config.redisUrl, installation },
    }),
  )
  await limits.open()
  const database = openPools({ config, roles, connections, caches, metrics, log }, parts)
  await openTempRoot(folder.tmp)
  const storage = await openStorage({ s3: config.s3, root: folder.files, reserveBytes: RESERVE_BYTES })
  parts.defer(async () => storage[Symbol.asyncDispose]?.())
  // A service that is away for a moment must not keep the process from starting: readiness tells until it is back.
  await storage.check().catch((error: unknown) => log.error({ err: error }, 'the storage cannot be used'))
  const ground: Ground = { database, clock: systemClock }
  const firstOwner = await ensureOwner(ground, config.owner)

  const vault = new Vault({ database, masterKeys, log })
  const outside = new Outside({ privateHosts: config.aiPrivateHosts })
  let publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`
  const makeCtx = (actor: Actor, requestId: string, origin?: Origin): Ctx => ({
    ...(origin === undefined ? {} : { origin }),
    ...{ actor, scope: scopeOfActor(actor), requestId, clock: systemClock, database, storage, publicUrl },
    ...{ cache: caches.cache, limits, vault, outside },
    // Most requests say nothing.
    get log() {
      return log.child({ requestId })
    },
  })
  parts.use(new EventPlacing({ database, log }))
  const notices = parts.use(new Notices({ database, log }))
  const wings = openWings()
  const people = await openPeople({
    ...{ database, clock: systemClock, log, vault, origins: config.origins, oauth: config.oauth },
    publicUrl: () => publicUrl,
  })
  // Files in our own folder are written by this process alone.
  const keptMs = config.s3 === null ? KEPT_MS : 0
  const uploads = parts.use(new Uploads({ purposes: wings.uploadPurposes, settings: { keptMs } }))
  const mail = parts.use(openMail({ smtp: config.smtp, metrics }))
  const jobs = await startTheJobs({
    config,
    roles,
    database,
    connection: connections.system,
    uploads,
    vault,
    mail,
    wings,
    people,
    makeCtx,
    log,
  })
  parts.defer(() => jobs.stop({ graceMs: GRACE_MS }))
  exposeJobs(metrics, jobs)

  if (!roles.includes('api'))
    return appOf({ parts: parts.move(), ground, url: null, firstOwner, failed: opened.failed })
  let stopping = false
  const checks = [...healthChecks({ database, storage, migrations: await productMigrations() }), ...caches.checks]
  const operations = { checks, metrics, isStopping: () => stopping }
  const live = parts.use(
    await Realtime.start({
      ...{ topics: wings.topics, database, notices, makeCtx, metrics, log, connection: connections.system },
      holding: (credentialIds) => actorsHolding(ground, credentialIds),
      origins: () => [publicUrl, ...config.origins],
    }),
  )
  const routes = await apiRoutes({ operations, uploads, wings, people, live: () => live })
  const uses = parts.use(new LastUses({ database, log }))
  const server = await buildServer({
    ...{ routes, log, metrics, limits, makeCtx, isDraining: () => stopping, ...options.observe },
    sealedAnswers: sealedKeeping(deriveSecret(root, 'idempotency')),
    ...{ trustedProxies: config.trustedProxies, isHttps: config.publicUrl?.startsWith('https:') ?? false },
    identify: async (request, route) => {
      const { ticket } = request.query as { ticket?: unknown }
      const actor = await people.identify(request, workspaceOfPath(request, route))
      if (actor.kind === 'anonymous' && route.identity === 'ticket' && typeof ticket === 'string')
        return live.actorOfTicket(ticket)
      if (actor.kind === 'user' && actor.credentialKind === 'api-key' && actor.credentialId !== undefined)
        uses.note(actor.credentialId)
      return actor
    },
  })
  parts.defer(async () => {
    stopping = true
    await delay(config.drainMs)
    // The server waits for what is open, and these stay open for ever.
    await live.endConnections()
    const closed = server.close()
    // An upload may take hours, and goes on elsewhere from where it is.
    await uploads.stop()
    await closed
  })
  const url = await server.listen({ host: config.host, port: config.port })
  if (config.publicUrl === null) publicUrl = url
  return appOf({ parts: parts.move(), ground, url, firstOwner, failed: opened.failed })
}

/** The workspace that the path names; null where it names none, or nothing that could be one. */
function workspaceOfPath({ params }: Pick<FastifyRequest, 'params'>, route: RouteDefinition): string | null {
  const { id } = params as { readonly id?: unknown }
  return route.workspace === 'path' && typeof id === 'string' && isId(id) ? id : null
}

interface AppParts {
  readonly parts: AsyncDisposableStack
  readonly ground: Ground
  readonly url: string | null
  readonly firstOwner: App['firstOwner']
  readonly failed: Promise<string>
}

function appOf({ parts, ground, url, firstOwner, failed }: AppParts): App {
  return {
    ...{ url, firstOwner, failed },
    ownerToken: async (name) => {
      const { id, token } = await issueOwnerToken(ground, name)
      parts.defer(() => revokeToken(ground, id))
      return token
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

function poolsOf(roles: readonly Role[]): { readonly app: number; readonly system: number } {
  const sum = (name: 'app' | 'system'): number => roles.reduce((total, role) => total + POOLS[role][name], 0)
  return { app: Math.min(MOST.app, sum('app')), system: Math.min(MOST.system, sum('system')) }
}

async function claim(config: Config, roles: readonly Role[], connection: pg.ClientConfig, log: Logger): Promise<Claim> {
  const pools = poolsOf(roles)
  return claimConnections({
    connection,
    connections:
      pools.app +
      pools.system +
      JOB_CONNECTIONS +
      LIVE_CONNECTIONS +
      CLAIM_CONNECTIONS +
      cacheConnections(config.redisUrl),
    max: config.dbMax,
    holder: `${roles.join('+')} (pid ${process.pid})`,
    onLost: (error) => log.error({ err: error }, 'the session that claims connections was lost'),
  })
}

function openPools(
  ground: {
    readonly config: Config
    readonly roles: readonly Role[]
    readonly connections: Connections
    readonly caches: Caches
    readonly metrics: Metrics
    readonly log: Logger
  },
  parts: AsyncDisposableStack,
): Database {
  const { config, roles, connections, caches, metrics, log } = ground
  const pool = (connection: pg.ClientConfig, max: number, name: string): Pool => {
    const made = new Pool({
      ...{ connection, max, applicationName: `airdate-${name}` },
      onAcquired: (waitMs) => metrics.databaseWait.observe(waitMs / 1000),
      onConnectionError: (error) => log.warn({ err: error }, 'a database connection was lost'),
    })
    parts.defer(() => made.end())
    metrics.gauge(`airdate_database_${name}_connections`, 'Open connections.', () => made.counts.open)
    return made
  }
  const sizes = poolsOf(roles)
  return new Database({
    app: pool(connections.app, sizes.app, 'app'),
    system: pool(connections.system, sizes.system, 'system'),
    changes: caches.changes,
    slowQueryMs: config.slowQueryMs === 0 ? Number.POSITIVE_INFINITY : config.slowQueryMs,
    onSlow: (text, durationMs) => {
      metrics.slowQueries.inc()
      log.warn({ query: text, durationMs: Math.round(durationMs) }, 'slow query')
    },
  })
}

async function startTheJobs(ground: {
  readonly config: Config
  readonly roles: readonly Role[]
  readonly database: Database
  readonly connection: pg.ClientConfig
  readonly uploads: Uploads
  readonly vault: Vault
  readonly mail: MailService
  readonly wings: Wings
  readonly people: People
  readonly makeCtx: (actor: Actor, requestId: string) => Ctx
  readonly log: Logger
}): Promise<Jobs> {
  const { config, roles, uploads, vault, mail, wings, people, ...rest } = ground
  const kept = upkeep({ uploads, owners: wings.storageOwners })
  return startJobs({
    ...rest,
    jobs: [...wings.jobs, ...people.jobs, ...mail.jobs, ...kept.jobs, ...eventJobs()],
    schedules: [...wings.schedules, ...people.schedules, ...kept.schedules],
    reconcilers: [...wings.reconcilers, resealer(vault, sealedColumns), reservationSweeper([callsOfTheDead])],
    roles: { work: roles.includes('worker'), schedule: roles.includes('scheduler') },
    concurrency: { cpu: availableParallelism(), io: IO_JOBS },
    ...(config.autoscale === null
      ? {}
      : { autoscale: { max: config.autoscale.maxWorkers, min: config.autoscale.minWorkers } }),
  })
}

function exposeJobs(metrics: Metrics, jobs: Jobs): void {
  metrics.gauge('airdate_jobs_desired_workers', 'Workers wanted for CPU-bound jobs.', () => jobs.stats().desiredWorkers)
}

export { issueToken, migrateDatabase } from './install.ts'
