import { type Hash, createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { invariant } from '#kernel/assert.ts'
import type { HashAnswer, HashRequest } from './hashing-thread.ts'

/* The thread of hashing-thread.ts: hashes bytes in shared memory while the main thread receives the next ones. */

const port = parentPort
invariant(port !== null, 'this file is a worker')

const running = new Map<number, Hash>()

port.on('message', (request: HashRequest) => {
  const { id } = request
  if (request.kind === 'forget') {
    running.delete(id)
    return
  }
  const hash = running.get(id) ?? createHash(request.algorithm)
  hash.update(new Uint8Array(request.memory, 0, request.bytes))
  if (request.kind === 'add') {
    running.set(id, hash)
    port.postMessage({ id, digest: null } satisfies HashAnswer)
    return
  }
  running.delete(id)
  port.postMessage({ id, digest: hash.digest() } satisfies HashAnswer)
})
