import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts'

/** So many within so much time, and no more; what is used comes back evenly. */
export interface Policy {
  /** Letters, digits and hyphens; unique. It stands in headers, metrics and keys. */
  readonly name: string
  readonly quota: number
  readonly windowMs: number
}

const perMinute = (name: string, quota: number): Policy => ({ name, quota, windowMs: MINUTE_MS })

/**
 * What kind of work a route is. `auth`: a secret is checked or handed out. `mail`: somebody gets a message. `none`: not
 * counted, for what must answer in a flood.
 */
export const RouteLimit = ['auth', 'mail', 'write', 'read', 'upload', 'media', 'none'] as const
export type RouteLimit = (typeof RouteLimit)[number]

/** How the calls of a route are counted: as it says, or by its method. */
export function limitOf({
  method,
  limit,
}: {
  readonly method: string
  readonly limit?: RouteLimit | undefined
}): RouteLimit {
  if (limit !== undefined) return limit
  if (method === 'OPTIONS') return 'none'
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write'
}

/** How calls of one class are counted. */
export interface ClassPolicies {
  /** For each address: asked before anything else, identity included. */
  readonly address: Policy
  /** For each person. */
  readonly account: Policy
  /** For each session or key: less than the person has, so that one that runs wild leaves something to the others. */
  readonly credential: Policy
  /** True where the processes agree before each call; otherwise they tell each other right after it, and nobody waits. */
  readonly exact: boolean
  /** False for answers that caches keep for others: those say how things stand only when they refuse. */
  readonly told: boolean
}

/**
 * The figures. What costs little is limited only where one caller would take the server from all others: a household, an
 * office and a test suite each look like one address. What guards secrets or sends messages is limited to what people do.
 */
export const ROUTE_POLICIES: Readonly<Record<Exclude<RouteLimit, 'none'>, ClassPolicies>> = {
  auth: classOf('auth', { address: 120, account: 60, credential: 60 }, { exact: true }),
  mail: {
    address: { name: 'mail-address', quota: 30, windowMs: 10 * MINUTE_MS },
    account: { name: 'mail-account', quota: 30, windowMs: 10 * MINUTE_MS },
    credential: { name: 'mail-credential', quota: 30, windowMs: 10 * MINUTE_MS },
    ...{ exact: true, told: true },
  },
  write: classOf('write', { address: 30_000, account: 30_000, credential: 24_000 }),
  read: classOf('read', { address: 120_000, account: 120_000, credential: 90_000 }),
  upload: classOf('upload', { address: 60_000, account: 60_000, credential: 60_000 }),
  media: classOf('media', { address: 600_000, account: 600_000, credential: 600_000 }, { told: false }),
}

function classOf(
  name: string,
  quotas: { readonly address: number; readonly account: number; readonly credential: number },
  { exact = false, told = true }: Partial<Pick<ClassPolicies, 'exact' | 'told'>> = {},
): ClassPolicies {
  return {
    address: perMinute(`${name}-address`, quotas.address),
    account: perMinute(`${name}-account`, quotas.account),
    credential: perMinute(`${name}-credential`, quotas.credential),
    ...{ exact, told },
  }
}

/** Credentials that do not hold, for each address: each asks the database in vain. */
export const BAD_CREDENTIALS = perMinute('bad-credentials', 600)

/**
 * What use-cases count by keys of their own, failures alone where they give back after a success: guesses at one account
 * from anywhere; guesses at one account from one address; codes of a second factor; mails to one mailbox; codes by which
 * something is shared that are none, by one person and from one address.
 */
export const USE_POLICIES = {
  'sign-in': { name: 'sign-in', quota: 50, windowMs: HOUR_MS },
  'sign-in-from': { name: 'sign-in-from', quota: 10, windowMs: 15 * MINUTE_MS },
  'second-factor': { name: 'second-factor', quota: 10, windowMs: 15 * MINUTE_MS },
  'mail-to': { name: 'mail-to', quota: 6, windowMs: HOUR_MS },
  'share-code': { name: 'share-code', quota: 30, windowMs: HOUR_MS },
  'share-code-from': { name: 'share-code-from', quota: 120, windowMs: HOUR_MS },
} as const satisfies Record<string, Policy>

export type UseLimit = keyof typeof USE_POLICIES

/** The same with `scale` times the quota, at least 1. Figures are rounded down. */
export function scaled(policy: Policy, scale: number): Policy {
  return { ...policy, quota: Math.max(1, Math.floor(policy.quota * scale)) }
}
