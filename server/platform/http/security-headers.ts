import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { DAY_MS, SECOND_MS } from '#kernel/clock.ts'

/** What pages of ours never ask a browser for; what is named here is refused to what they embed too. */
const UNUSED_FEATURES = [
  ...['accelerometer', 'camera', 'geolocation', 'gyroscope', 'magnetometer', 'microphone', 'midi', 'payment', 'usb'],
]

// `default-src` says nothing of the last three (CSP Level 3 §6).
const NOTHING = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
} as const

const PERMISSIONS_POLICY = UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', ')

/**
 * What every answer tells browsers. Nothing may be loaded, run or framed unless a page says in a policy of its own what it
 * needs; types are not guessed; addresses of ours, which may hold grants, are told to nobody else. Answers may be read by
 * any origin, so no policy of resources keeps them apart.
 *
 * `isHttps`: the public URL is one of https; browsers then never go back to http for a year.
 */
export async function sendSecurityHeaders(
  app: FastifyInstance,
  { isHttps }: { readonly isHttps: boolean },
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: NOTHING },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // A page that is reached without TLS may not ask for it, and browsers complain when it does.
    crossOriginOpenerPolicy: false,
    // `frame-ancestors` says it, page by page.
    frameguard: false,
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms (Fetch §3.2).
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isHttps && { maxAge: (365 * DAY_MS) / SECOND_MS, includeSubDomains: false },
  })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('Permissions-Policy', PERMISSIONS_POLICY)
    done()
  })
}
