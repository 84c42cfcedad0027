import pg from 'pg'
import { newSecret } from '#kernel/ids.ts'
import type { MasterKeys } from '#platform/config/secrets.ts'
import { ExitCode, StartFailure } from '#platform/config/start-failure.ts'
import { type NamedKey, type SealedPlace, seal, unseal, wrappingKeyOf } from '#platform/secrets/sealing.ts'

/*
 * The root of an installation: 32 bytes made once, from which whatever must outlast a rotation of the master key is
 * derived. It is kept sealed with the master key, in the one row of `platform.root_key`, and so it is also how a wrong
 * master key is found out before anything is done with it. This is read before there are pools, which need passwords that
 * are derived from it.
 */

/** Where the root stands sealed. */
export const ROOT_PLACE: SealedPlace = {
  ...{ table: 'platform.root_key', column: 'sealed', rowId: '1', workspaceId: null },
}

/** The root, and the master key that it is sealed with. */
export interface OpenedRoot {
  readonly root: Buffer
  readonly masterKey: Buffer
}

/** The wrapping keys of master keys, with the master keys themselves. */
export function wrappingKeys(masterKeys: readonly Buffer[]): readonly (NamedKey & { readonly masterKey: Buffer })[] {
  return masterKeys.map((masterKey) => ({ ...wrappingKeyOf(masterKey), masterKey }))
}

/**
 * The root that the database keeps, or null when it keeps none yet.
 * @throws StartFailure when it is sealed with another master key than those that are known (78), or was damaged
 */
export async function openRoot(client: pg.Client, keys: MasterKeys): Promise<OpenedRoot | null> {
  if (!(await isThere(client, 'platform.root_key'))) return null
  const { rows } = await client.query<{ kek_id: string; sealed: string }>(
    'select kek_id, sealed from platform.root_key',
  )
  const [row] = rows
  if (row === undefined) return null
  const right = wrappingKeys(keys.candidates()).find(({ id }) => id === row.kek_id)
  if (right !== undefined) {
    try {
      return { root: unseal(right, ROOT_PLACE, row.sealed), masterKey: right.masterKey }
    } catch (cause) {
      throw new StartFailure('what this database keeps sealed was damaged: platform.root_key cannot be opened', {
        cause,
      })
    }
  }
  throw new StartFailure(
    `${keys.source} is not the master key that this database was set up with: set AIRDATE_MASTER_KEY to that key`,
    { exitCode: ExitCode.configuration },
  )
}

/**
 * A root for a database that keeps none: new, or, where there are tables from before there were roots, the master key
 * itself, from which everything was derived then.
 * @throws StartFailure (78) when the data folder remembers another master key
 */
export async function firstRoot(client: pg.Client, keys: MasterKeys): Promise<OpenedRoot> {
  keys.assertRemembered()
  const isFromBefore = (await isThere(client, 'platform.migrations')) && !(await isThere(client, 'platform.root_key'))
  const root = isFromBefore ? keys.current : Buffer.from(newSecret(32), 'base64url')
  return { root, masterKey: keys.current }
}

/** Writes the first root. */
export async function keepRoot(client: pg.Client, { root, masterKey }: OpenedRoot): Promise<void> {
  const key = wrappingKeyOf(masterKey)
  await client.query('insert into platform.root_key (kek_id, sealed) values ($1, $2)', [
    ...[key.id, seal(key, ROOT_PLACE, root)],
  ])
}

/**
 * The root of a database that may not be brought to this version yet.
 * @throws StartFailure (78) when it is sealed with another master key than those that are known
 */
export async function rootOf(connection: pg.ClientConfig, keys: MasterKeys): Promise<Buffer> {
  const client = new pg.Client({ ...connection, application_name: 'airdate-root' })
  await client.connect()
  try {
    return (await openRoot(client, keys))?.root ?? keys.current
  } finally {
    await client.end()
  }
}

async function isThere(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table])
  return rows[0]?.found === true
}
