import { type Hash, createHash } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { invariant } from '#kernel/assert.ts'
import type { HashAnswer, HashRequest } from './hasher.ts'

/*
 * The thread of hasher.ts: reads ranges of open files, which are in the page cache since they have just been written, and
 * hashes them while the main thread receives the next bytes.
 */

const port = parentPort
invariant(port !== null, 'this file is a worker')

const READ_BYTES = 512 * 1024
const buffer = Buffer.allocUnsafe(READ_BYTES)
const running = new Map<number, { readonly hash: Hash; failure: string | null }>()

port.on('message', (request: HashRequest) => {
  const { id } = request
  if (request.kind === 'cancel') {
    running.delete(id)
    port.postMessage({ id, digest: null, failure: null } satisfies HashAnswer)
    return
  }
  const job = running.get(id) ?? { hash: createHash(request.algorithm), failure: null }
  job.failure ??= addRange(job.hash, request.fd, request.from, request.to)
  if (request.kind === 'add') {
    running.set(id, job)
    return
  }
  running.delete(id)
  const digest = job.failure === null ? job.hash.digest() : null
  port.postMessage({ id, digest, failure: job.failure } satisfies HashAnswer)
})

function addRange(hash: Hash, fd: number, from: number, to: number): string | null {
  try {
    for (let at = from; at < to;) {
      const read = readSync(fd, buffer, 0, Math.min(READ_BYTES, to - at), at)
      if (read === 0) return 'the file is shorter than what was written'
      hash.update(buffer.subarray(0, read))
      at += read
    }
    return null
  } catch (error) {
    return String(error)
  }
}
