import { join } from 'node:path'
import {
  assertUsable,
  freeSpaceBytes,
  isAbsence,
  makeFolder,
  makeParents,
  namesIn,
  readTextIfThere,
  writeDurably,
} from './files.ts'
import { StartFailure, systemFault } from './start-failure.ts'

/**
 * The data folder. All paths are absolute; every folder is 0700 and belongs to the user that the server runs as.
 *
 *     VERSION            the layout's number; what has it is a data folder
 *     pg/                the embedded PostgreSQL's cluster
 *     files/             what users store
 *     tmp/               temporary folders; emptied at each start
 *     secrets/           each 0600:
 *       master-key       unless AIRDATE_MASTER_KEY is set; with .next while it is rotated
 *       master-key.check a digest of the master key that was right last
 *       database-owner   the password of the embedded PostgreSQL's owner
 *     run/               what only means something while a process runs:
 *       lock             locked by the operating system for the holder
 *       holder.json      who holds it, since when, and its URL
 *       children/        one file for each child process
 *       postgres.json    where the embedded PostgreSQL listens
 *       .s.PGSQL.5432    its socket
 */
export interface DataFolder {
  readonly root: string
  readonly version: string
  readonly pg: string
  readonly files: string
  readonly tmp: string
  readonly secrets: string
  readonly masterKey: string
  readonly masterKeyCheck: string
  readonly databaseOwner: string
  readonly run: string
  readonly lock: string
  readonly holder: string
  readonly children: string
  readonly postgres: string
}

const LAYOUT = '1'

// below this PostgreSQL may not even be able to recover; better not to start than to fail half-way
const LEAST_FREE_BYTES = 64 * 1024 * 1024

/** The paths of a data folder, whether it is there or not. `root` is absolute. */
export function dataFolder(root: string): DataFolder {
  const [secrets, run] = [join(root, 'secrets'), join(root, 'run')]
  return {
    root,
    version: join(root, 'VERSION'),
    pg: join(root, 'pg'),
    files: join(root, 'files'),
    tmp: join(root, 'tmp'),
    secrets,
    masterKey: join(secrets, 'master-key'),
    masterKeyCheck: join(secrets, 'master-key.check'),
    databaseOwner: join(secrets, 'database-owner'),
    run,
    lock: join(run, 'lock'),
    holder: join(run, 'holder.json'),
    children: join(run, 'children'),
    postgres: join(run, 'postgres.json'),
  }
}

/** Whether there is a data folder that can be used as it is. */
export function isDataFolder(root: string): boolean {
  return readTextIfThere(dataFolder(root).version) !== null
}

/**
 * Makes the data folder, or what is missing of it. An empty folder becomes one; a folder with other things in it is
 * left alone.
 * @throws StartFailure when it cannot be written, is full, is no folder of ours, or is of a newer layout
 */
export function prepareDataFolder(root: string): DataFolder {
  const folder = dataFolder(root)
  try {
    makeParents(root)
    makeFolder(root)
    assertUsable(root)
    claim(folder)
    for (const path of [folder.files, folder.tmp, folder.secrets, folder.run, folder.children]) makeFolder(path)
  } catch (error) {
    // the folder above is there by now: what is no longer found can only be refused by its file system
    const reason = systemFault(error) ?? (isAbsence(error) ? 'no folder can be made there' : null)
    if (reason === null) throw error
    throw new StartFailure(`the data folder ${root} cannot be used: ${reason}`, { cause: error })
  }
  const free = freeSpaceBytes(root)
  if (free < LEAST_FREE_BYTES) {
    throw new StartFailure(
      `the disk of the data folder ${root} is full: ${Math.floor(free / 1024 / 1024)} MiB are free, at least ${LEAST_FREE_BYTES / 1024 / 1024} MiB are needed`,
    )
  }
  return folder
}

function claim(folder: DataFolder): void {
  const version = readTextIfThere(folder.version)?.trim() ?? null
  if (version === LAYOUT) return
  if (version !== null) {
    throw new StartFailure(
      `the data folder ${folder.root} has layout ${version}, and this Airdate reads ${LAYOUT}: use a newer one`,
    )
  }
  if (namesIn(folder.root).some((name) => !name.startsWith('VERSION.'))) {
    throw new StartFailure(`${folder.root} is not empty and no data folder of Airdate: name another with --data`)
  }
  writeDurably(folder.version, `${LAYOUT}\n`)
}
