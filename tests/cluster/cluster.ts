import pg from 'pg'
import type { S3Double } from '#tests/doubles/s3/double.ts'
import { OWNER } from '#tests/kill/server.ts'
import { type TestCluster, connectionTo, startTestCluster } from '#tests/support/postgres.ts'
import { type TestRedis, testRedis } from '#tests/support/redis.ts'
import { BUCKET, startS3, storageOn } from '#tests/support/s3.ts'
import { toConfig } from '#platform/config/config.ts'
import { dataFolder } from '#platform/config/data-folder.ts'
import { masterKeysOf } from '#platform/config/secrets.ts'
import { rootOf } from '#platform/database/root.ts'
import { issueToken } from '../../server/install.ts'
import { Nodes, type Shared, sharedBy } from './nodes.ts'

/** One Airdate of several processes: what they share, and the processes themselves. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: Nodes
  readonly s3: S3Double
  /** A token of the owner; there must have been a first start. */
  token(): Promise<string>
  /** Asks the database as the role that owns it. */
  sql<Row extends pg.QueryResultRow = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  /** The bytes of a stored object. */
  object(key: string): Promise<Buffer>
}

/** Starts a PostgreSQL, an S3 and a Redis of the test's own; no process of Airdate yet. */
export async function startCluster(): Promise<Cluster> {
  await using parts = new AsyncDisposableStack()
  const database: TestCluster = await startTestCluster()
  parts.defer(() => database.stop())
  const s3 = parts.use(await startS3())
  const redis: TestRedis = parts.use(await testRedis())
  const { accessKeyId, secretAccessKey, region } = s3.credentials
  const databaseUrl = `postgres://postgres:test@localhost/postgres?host=${encodeURIComponent(database.host)}`
  const shared: Shared = sharedBy({
    ...{ DATABASE_URL: databaseUrl, REDIS_URL: redis.url },
    ...{ S3_ENDPOINT: s3.url, S3_BUCKET: BUCKET, S3_REGION: region },
    ...{ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
  })
  const nodes = parts.use(new Nodes(shared))
  const client = new pg.Client(connectionTo(database.host, 'postgres'))
  await client.connect()
  parts.defer(() => client.end())
  const storage = storageOn(s3)
  parts.defer(async () => storage[Symbol.asyncDispose]())
  const kept = parts.move()
  return {
    ...{ nodes, s3 },
    token: async () => {
      const { config } = toConfig(shared, {}, { workingFolder: '/', checkout: database.host })
      if (config === undefined) throw new Error('the cluster has no usable configuration')
      const connection = connectionTo(database.host, 'postgres')
      const masterKeys = masterKeysOf(dataFolder(config.dataDir), config)
      return issueToken({ connection, root: await rootOf(connection, masterKeys), email: OWNER })
    },
    sql: async (text, values = []) => (await client.query(text, values)).rows,
    object: async (key) => Buffer.concat(await (await storage.read(key)).toArray()),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
