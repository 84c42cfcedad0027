import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type IsTrusted, bucketOf, clientAddress, trustIn } from './client-address.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, in the one spelling of an address; null where that cannot be told any more. */
    clientAddress: string | null
    /** Whom the caller stands for when calls are counted, see `bucketOf`. */
    clientBucket: string
  }
}

interface Caller {
  readonly address: string | null
  readonly bucket: string
}

const NOBODY: Caller = { address: null, bucket: 'unknown' }

/** Tells every request who calls, before anything else looks at it. `trustedProxies` are networks: `address/bits`. */
export function tellCallers(app: FastifyInstance, trustedProxies: readonly string[]): void {
  const isTrusted = trustIn(trustedProxies)
  app.decorateRequest('clientAddress', NOBODY.address)
  app.decorateRequest('clientBucket', NOBODY.bucket)
  // Who sits at the other end of a connection stays the same; whom a proxy forwards for does not.
  const peers = new WeakMap<Socket, Caller>()
  app.addHook('onRequest', (request, _reply, done) => {
    const { socket } = request.raw
    let caller = peers.get(socket)
    if (caller === undefined) {
      caller = callerOf(socket.remoteAddress, {}, isTrusted)
      peers.set(socket, caller)
    }
    if (caller.address !== null && isTrusted(caller.address))
      caller = callerOf(socket.remoteAddress, request.headers, isTrusted)
    request.clientAddress = caller.address
    request.clientBucket = caller.bucket
    done()
  })
}

function callerOf(peer: string | undefined, headers: FastifyRequest['headers'], isTrusted: IsTrusted): Caller {
  const address = clientAddress(peer, headers, isTrusted)
  return address === null ? NOBODY : { address, bucket: bucketOf(address) }
}
