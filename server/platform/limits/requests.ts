import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { isProblem } from '#kernel/errors.ts'
import type { Actor } from '../context.ts'
import { Unauthenticated } from '../http/problems.ts'
import { policyItem, standingItem, tooManyRequests } from './fields.ts'
import type { Ask, Verdict } from './ledger.ts'
import type { Limits } from './limits.ts'
import { type Policy, type RouteLimit, limitOf } from './policies.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How calls of this route are counted; absent where no route was found. */
    limit?: RouteLimit
  }
}

/** Counts every call by the address it comes from, before anybody asks who calls; those of `exact` classes apart. */
export function limitAddresses(app: FastifyInstance, limits: Limits): void {
  app.addHook('onRequest', (request, reply, done) => {
    const limit = limitOf({ method: request.method, limit: request.routeOptions.config?.limit })
    if (limit === 'none' || limits.routes[limit].exact) return done()
    const { address: policy, told } = limits.routes[limit]
    const asks = [{ policy, key: request.clientBucket }]
    done(refusalOr(asks, limits.take(asks), reply, told))
  })
}

/** The hooks by which a route of an `exact` class counts its calls; none for the others. */
export function exactAddressLimit(limits: Limits, limit: RouteLimit): onRequestAsyncHookHandler[] {
  if (limit === 'none' || !limits.routes[limit].exact) return []
  const { address: policy, told } = limits.routes[limit]
  return [
    async (request, reply) => {
      const asks = [{ policy, key: request.clientBucket }]
      const refusal = refusalOr(asks, await limits.takeExactly(asks), reply, told)
      if (refusal !== undefined) throw refusal
    },
  ]
}

function refusalOr(asks: readonly Ask[], verdict: Verdict, reply: FastifyReply, told: boolean): Error | undefined {
  if (told || !verdict.allowed) tell(asks, verdict, reply)
  return verdict.allowed ? undefined : tooManyRequests(asks, verdict)
}

/**
 * Asks who calls, by `identify`, and counts the call for the person and the credential. Credentials that do not hold are
 * counted by address: where too many came from, none is asked about any more.
 * @throws TooManyRequests
 */
export async function limitCaller<A extends Actor>(
  limits: Limits,
  around: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly limit: RouteLimit },
  identify: () => Promise<A>,
): Promise<A> {
  const { request, reply, limit } = around
  const failing: Ask = { policy: limits.badCredentials, key: request.clientBucket }
  if (bringsCredential(request)) {
    const verdict = limits.look(failing)
    if (!verdict.allowed) throw tooManyRequests([failing], verdict)
  }
  let actor: A
  try {
    actor = await identify()
  } catch (error) {
    if (isProblem(error, Unauthenticated)) limits.count(failing)
    throw error
  }
  if (limit === 'none' || actor.kind !== 'user') return actor
  const { account, credential, exact, told } = limits.routes[limit]
  const asks: Ask[] = [{ policy: account, key: actor.userId }]
  if (actor.credentialId !== undefined) asks.push({ policy: credential, key: actor.credentialId })
  const refusal = refusalOr(asks, exact ? await limits.takeExactly(asks) : limits.take(asks), reply, told)
  if (refusal !== undefined) throw refusal
  return actor
}

function bringsCredential({ headers, query }: FastifyRequest): boolean {
  return (
    headers.authorization !== undefined ||
    headers.cookie !== undefined ||
    (query as { ticket?: unknown } | undefined)?.ticket !== undefined
  )
}

/** Adds to the fields what is known now; what was told before, of the address, stands before it. */
function tell(asks: readonly Ask[], { debtsMs }: Verdict, reply: FastifyReply): void {
  let [policies, standings] = [said(reply, 'ratelimit-policy'), said(reply, 'ratelimit')]
  for (const [index, { policy }] of asks.entries()) {
    policies += `${policies === '' ? '' : ', '}${itemOf(policy)}`
    standings += `${standings === '' ? '' : ', '}${standingItem(policy, debtsMs[index] ?? 0)}`
  }
  reply.header('RateLimit-Policy', policies).header('RateLimit', standings)
}

function said(reply: FastifyReply, name: string): string {
  const value = reply.getHeader(name)
  return typeof value === 'string' ? value : ''
}

const items = new WeakMap<Policy, string>()

function itemOf(policy: Policy): string {
  let item = items.get(policy)
  if (item === undefined) items.set(policy, (item = policyItem(policy)))
  return item
}
