import pg from 'pg'
import { Type } from 'typebox'
import { defineAudited } from '#commons/audit/action.ts'
import { record } from '#commons/audit/service.ts'
import { newId } from '#kernel/ids.ts'
import type { Config } from '#platform/config/config.ts'
import type { DataFolder } from '#platform/config/data-folder.ts'
import { type MasterKeys, forgetKeptKeys, keptKeys, masterKeysOf, nextMasterKey } from '#platform/config/secrets.ts'
import { ExitCode, StartFailure } from '#platform/config/start-failure.ts'
import { systemScope } from '#platform/database/scope.ts'
import { rotate } from '#platform/secrets/rotate.ts'
import { prepareDatabase, withPools } from './install.ts'

const keyId = Type.String()
const masterKeyRotated = defineAudited({
  ...{ name: 'installation.master-key-rotated', owner: 'installation', target: 'master-key' },
  fields: { keyId },
})

/** What a rotation comes through, in this order; tests end it there. */
export type RotationStep = 'next key kept' | 'keys rewrapped' | 'committed'

export interface RotationOptions {
  readonly config: Config
  /** The database as the role that migrates reaches it. */
  readonly connection: pg.ClientConfig
  readonly folder: DataFolder
  readonly onStep?: (step: RotationStep) => void
}

export interface Rotated {
  /** `finished`: an earlier rotation had been cut short after it took effect. */
  readonly state: 'rotated' | 'finished'
  readonly dataKeys: number
}

/** Any two numbers that nobody else uses. */
const ROTATING_LOCK = [0x41495244, 9] as const

/**
 * Rotates the master key: to AIRDATE_MASTER_KEY when that is set, from AIRDATE_MASTER_KEY_PREVIOUS or from the one that the
 * data folder keeps; otherwise to a new one in the data folder. Servers may run meanwhile. Killed anywhere, what is sealed
 * can be opened by who starts with the keys as they are then, and rotating again finishes it: a key of the folder is on
 * disk before anything is wrapped with it, and the one before it is there until the database has committed.
 * @throws StartFailure (78) when there is no key to rotate to, or none of the keys is right
 */
export async function rotateMasterKey(options: RotationOptions): Promise<Rotated> {
  const client = new pg.Client({ ...options.connection, application_name: 'airdate-rotate' })
  await client.connect()
  try {
    // One at a time: the next key of one must not become the current one of another meanwhile.
    await client.query('select pg_advisory_lock($1, $2)', [...ROTATING_LOCK])
    return await rotateAlone(options)
  } finally {
    await client.end()
  }
}

async function rotateAlone({ config, connection, folder, onStep }: RotationOptions): Promise<Rotated> {
  const before = keptKeys(folder)
  const masterKeys = withKeptKeys(folder, masterKeysOf(folder, config))
  const { root, masterKey: right } = await prepareDatabase(connection, masterKeys)
  const given = config.masterKey
  // The next key of the folder was right already: preparing the database has finished what was begun.
  if (given === null && before[1]?.equals(right) === true) return { state: 'finished', dataKeys: 0 }
  const target = given ?? nextMasterKey(folder)
  if (given?.equals(right) === true) {
    if (config.masterKeyPrevious === null && before.every((key) => key.equals(given))) throw nothingToRotateTo()
    conclude(folder, masterKeys, target, given !== null)
    return { state: 'finished', dataKeys: 0 }
  }
  onStep?.('next key kept')
  const dataKeys = await withPools({ connection, root }, 'rotate', (database) =>
    rotate(
      { database, scope: systemScope },
      {
        ...{ from: masterKeys.candidates(), to: target },
        within: async (tx, ids) => {
          const actor = { kind: 'system', name: 'airdate secrets rotate', workspaceId: null } as const
          await record(tx, { actor, requestId: newId() }, masterKeyRotated, {
            ...{ of: null, targetId: null },
            ...{ before: { keyId: ids.before }, after: { keyId: ids.after } },
          })
          onStep?.('keys rewrapped')
        },
      },
    ),
  )
  onStep?.('committed')
  conclude(folder, masterKeys, target, given !== null)
  return { state: 'rotated', dataKeys }
}

/** A key that is given now may follow one that the folder has kept so far. */
function withKeptKeys(folder: DataFolder, keys: MasterKeys): MasterKeys {
  return { ...keys, candidates: () => [...keys.candidates(), ...keptKeys(folder)] }
}

function conclude(folder: DataFolder, masterKeys: MasterKeys, target: Buffer, isGiven: boolean): void {
  masterKeys.confirm(target)
  if (isGiven) forgetKeptKeys(folder)
}

function nothingToRotateTo(): StartFailure {
  return new StartFailure(
    'AIRDATE_MASTER_KEY is the key at work: set it to a new one (openssl rand -base64 32), with the one at work as AIRDATE_MASTER_KEY_PREVIOUS',
    { exitCode: ExitCode.configuration },
  )
}
