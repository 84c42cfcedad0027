import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { ProblemKind } from '#kernel/errors.ts'
import type { Ctx } from '../context.ts'
import type { RouteLimit } from '../limits/policies.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS'

/** What a handler gets: the validated input, and headers or the raw request where the route asks for them. */
export interface Input<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type StaticOr<T, Fallback> = T extends TSchema ? Static<T> : Fallback

/** A route is data: who may call it, what comes in, what goes out, and every problem it may answer with. */
export interface RouteDefinition<P = unknown, Q = unknown, B = unknown, O = unknown> {
  /** Operation id, unique in the house. */
  readonly id: string
  readonly method: Method
  /** Fastify path: `/api/v1/stream/videos/:id`. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  /** `public`, `signed-in`, or the permission that the credential must carry. */
  readonly permission: string
  /**
   * `ignored`: nobody is asked who calls, not even of who says so; for what must answer without the database. `ticket`: who
   * has no header may bring a ticket for one use in the query.
   */
  readonly identity?: 'ignored' | 'ticket'
  /**
   * `path`: the request works in the workspace whose id the path names, and is answered 404 when the caller's credential
   * does not act there. Default: in whatever workspace the credential acts.
   */
  readonly workspace?: 'path'
  /** What kind of work it is when calls are counted. Default: `read` for GET and HEAD, `none` for OPTIONS, else `write`. */
  readonly limit?: RouteLimit
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Status and schema of success; a null schema answers without a body. A string is the media type of a non-JSON answer. */
  readonly ok: readonly [status: number, schema: O]
  /** Other answers that are no problem documents, such as 206 or 304, told like `ok`. */
  readonly also?: readonly (readonly [status: number, schema: unknown])[]
  readonly problems?: readonly ProblemKind[]
  /** Request headers that the handler reads itself, with what they do; the server's own (identity, idempotency) are known. */
  readonly headers?: Readonly<Record<string, string>>
  /** What is said over the protocol to which the connection changes, each way. */
  readonly messages?: { readonly client: unknown; readonly server: unknown }
  /** `accepted` on every POST that creates; `required` where money or quota is spent. */
  readonly idempotency?: 'accepted' | 'required'
  /**
   * It waits for servers elsewhere: no transaction is held open around it, also with a key. Who dies in the middle of it may
   * have had its effect and not kept its answer.
   */
  readonly waitsForOthers?: true
  /** The body is a form of a browser, `application/x-www-form-urlencoded`, each field once. */
  readonly form?: boolean
  /** Its answer holds a secret: what is kept of it for a repetition is sealed. */
  readonly answersSecret?: true
  /** The body is not parsed: the handler reads `request.raw` itself, and no request timeout applies. */
  readonly streaming?: boolean
  /** Hidden from no one, but not JSON API: pages and media carry no OpenAPI body. */
  readonly handler: (ctx: Ctx, input: never) => unknown
}

/**
 * Declares a route. The handler returns the body of success (or undefined after it answered through `reply` itself).
 * Handlers only translate between HTTP and a use-case of `service.ts`.
 */
export function route<
  P extends TSchema | undefined = undefined,
  Q extends TSchema | undefined = undefined,
  B extends TSchema | undefined = undefined,
  O extends TSchema | string | null = null,
>(
  definition: Omit<RouteDefinition<P, Q, B, O>, 'handler'> & {
    readonly handler: (
      ctx: Ctx,
      input: Input<StaticOr<P, Record<string, never>>, StaticOr<Q, Record<string, never>>, StaticOr<B, undefined>>,
    ) => Promise<O extends TSchema ? Static<O> | undefined : unknown>
  },
): RouteDefinition {
  return definition
}
