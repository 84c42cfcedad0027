import { DAY_MS, HOUR_MS, SECOND_MS } from '#kernel/clock.ts'

/** Paths of the library are inside of the process alone: nobody can call them over HTTP. */
export const BASE_PATH = '/flows'
/** What its cookies begin with; no browser sees them. */
export const COOKIE_PREFIX = 'flow'

/** How long what was mailed can be followed. */
export const VERIFY_EMAIL_MS = DAY_MS
export const RESET_PASSWORD_MS = HOUR_MS
/** How long the second factor may take after the first. */
export const CHALLENGE_MS = 10 * 60 * SECOND_MS
