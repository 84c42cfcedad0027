import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '#kernel/errors.ts'

export const UpgradeNeeded = problem('upgrade-needed', 426, 'This address speaks another protocol')

/** A connection on which HTTP has ended: what speaks next owns it. */
export interface Upgraded {
  readonly socket: Socket
  /** What came behind the headers already. */
  readonly head: Buffer
}

const waiting = new WeakMap<IncomingMessage, Upgraded>()

/** True for the request of a WebSocket; what else asks for an upgrade is answered as if it had not. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Sends requests that ask for a WebSocket through the routes like all others, so that identity, permission, validation
 * and problems are theirs too. What is refused is answered over HTTP, and the connection ends.
 */
export function routeUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A server of HTTP over TCP hands over sockets.
    const socket = stream as Socket
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.end())
    // Whoever takes the connection over listens too; until then its end is nobody's concern.
    socket.on('error', () => socket.destroy())
    waiting.set(request, { socket, head })
    app.routing(request, response)
  })
}

/**
 * Ends HTTP on a connection; the handler has to answer the handshake.
 * @throws UpgradeNeeded when the request does not ask for it
 */
export function takeOver(request: FastifyRequest, reply: FastifyReply): Upgraded {
  const upgraded = waiting.get(request.raw)
  if (upgraded === undefined) {
    throw UpgradeNeeded({
      detail: 'A WebSocket is opened here (RFC 6455).',
      headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
    })
  }
  waiting.delete(request.raw)
  reply.hijack()
  reply.raw.detachSocket(upgraded.socket)
  return upgraded
}
