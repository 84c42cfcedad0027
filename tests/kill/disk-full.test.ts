import { spawnSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeMedia } from '#tests/support/media.ts'
import { Refused, Upload, sourceOf } from './client.ts'
import { firstWorkerIn } from './processes.ts'
import { rest } from './proof.ts'
import { NOBODY, asOrdinaryUser, newDataFolder, startServer, tokenOf } from './server.ts'

const MIB = 1024 * 1024
/** Enough for a database, for what the server leaves free, and for a few small videos. */
const DISK_BYTES = 560 * MIB
const BALLAST_BYTES = 4 * MIB
/** Below this the server takes nothing more; the rest is the database's. */
const RESERVE_BYTES = 256 * MIB

/** Puts a small disk in the place of the folder $0, seen by the program alone, and goes when it ends. */
const MOUNT = `mount -t tmpfs -o size=${DISK_BYTES},mode=0700 none "$0" && cd "$0" && exec "$@"`
const MOUNT_FOR_NOBODY = MOUNT.replace('mode=0700', `mode=0700,uid=${NOBODY},gid=${NOBODY}`)

/** What stands before a program so that it works on a small disk of its own; an ordinary user needs a user namespace. */
function onSmallDisk(folder: string): string[] {
  return asOrdinaryUser.length > 0
    ? ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', MOUNT_FOR_NOBODY, folder, ...asOrdinaryUser]
    : [
        ...['unshare', '--user', '--map-current-user', '--keep-caps', '--mount', 'sh', '-c', MOUNT, folder],
        ...['setpriv', '--ambient-caps', '-all', '--inh-caps', '-all', '--'],
      ]
}

// a container without the right to mount cannot show a full disk
const [program = '', ...args] = onSmallDisk('/mnt')
const canMount = spawnSync(program, [...args, 'true']).status === 0

test.skipIf(!canMount)(
  'on a full disk uploads are refused and encoding waits, and both go on when there is room again',
  async () => {
    await using folder = newDataFolder('full')
    const seenAt = (pid: number): string => `/proc/${pid}/root${folder.path}`
    const server = await startServer(folder.path, { wrapper: onSmallDisk(folder.path), seenAt })
    const seen = seenAt(server.pid)
    const target = { url: server.url, token: await tokenOf(seen) }
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=256x144:r=20:d=14,noise=alls=20:allf=t,format=yuv420p']
    const source = sourceOf('full.mp4', await makeMedia('kill-full.mp4', [...picture, '-preset', 'ultrafast']))

    const half = Math.floor(source.bytes.length / 2)
    const begun = await Upload.begin(target, source)
    await begun.sendUpTo(target, half)
    const encoded = await Upload.begin(target, source)
    await encoded.send(target, source.bytes.length)
    const encoder = await firstWorkerIn(folder.path, /^ffmpeg .*libx264/)
    process.kill(encoder.identity.pid, 'SIGSTOP')
    const ballast = fill(seen)

    // it reads the room a few times each second: what begins before it has seen the full disk is still taken
    const beginAndGiveUp = (): Promise<void> => Upload.begin(target, source).then((taken) => taken.giveUp(target))
    await expect.poll(() => statusOf(beginAndGiveUp()), { timeout: 30_000 }).toBe(507)
    expect(await statusOf(begun.send(target, source.bytes.length))).toBe(507)
    expect(await begun.offset(target)).toBe(half)
    process.kill(encoder.identity.pid, 'SIGCONT')
    const failed = `select job_name as name, error ->> 'message' as said from platform.job_attempts where outcome = 'failed'`
    await expect.poll(() => server.sql(failed), { timeout: 60_000 }).not.toEqual([])
    expect(await server.sql('select distinct state from stream.videos order by state')).toEqual([
      { state: 'encoding' },
      { state: 'uploading' },
    ])

    for (const path of ballast) rmSync(path)
    const goesOn = (): Promise<boolean> => begun.send(target, source.bytes.length).catch(() => false)
    await expect.poll(goesOn, { timeout: 30_000 }).toBe(true)
    await rest(server, 120_000)
    expect(await server.sql('select state from stream.videos')).toEqual([{ state: 'ready' }, { state: 'ready' }])
    server.signal('SIGTERM')
    expect(await server.ended).toEqual({ code: 0, signal: null })
  },
  240_000,
)

/**
 * What the database frees and takes again while it works must not decide whether an upload finds room: a checkpoint may
 * remove several segments of its log, of 16 MiB each.
 */
const MARGIN_BYTES = 96 * MIB

/** Writes until less is left than the server leaves free. Returns the files. */
function fill(dataDir: string): string[] {
  const paths: string[] = []
  for (;;) {
    const { bavail, bsize } = statfsSync(dataDir)
    const room = bavail * bsize - (RESERVE_BYTES - MARGIN_BYTES)
    if (room <= 0) return paths
    const path = join(dataDir, `ballast-${paths.length}`)
    writeFileSync(path, Buffer.alloc(Math.min(BALLAST_BYTES, room)))
    paths.push(path)
  }
}

async function statusOf(doing: Promise<unknown>): Promise<number | null> {
  try {
    await doing
    return null
  } catch (error) {
    if (error instanceof Refused) return error.status
    throw error
  }
}
