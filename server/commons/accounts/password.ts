import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { Unavailable } from '#platform/http/problems.ts'

/** NIST SP 800-63B: length is what counts, and nothing else is asked. In characters. */
export const PASSWORD_MIN = 8
export const PASSWORD_MAX = 128

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Who signs in takes 25 ms of a processor: one is always left to everybody else. */
const AT_ONCE = Math.max(1, availableParallelism() - 1)
/** Four seconds of waiting on the smallest machine; whoever comes then is told to come again. */
const WAITING_MAX = 150

let running = 0
const waiting: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING_MAX) {
      throw Unavailable({
        detail: 'Too many people sign in at this moment.',
        headers: { 'Retry-After': '5' },
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running += 1
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

/**
 * Argon2id in PHC form. At most one fewer than there are processors run at once; the others wait in line.
 * @throws Unavailable when the line is too long
 */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize('NFC'), ARGON2ID))
}

/**
 * Whether this is the password behind a hash. Takes its turn like `hashPassword`.
 * @throws Unavailable when the line is too long
 */
export function verifyPassword(password: string, passwordHash: string): Promise<boolean> {
  return inTurn(() => verify(passwordHash, password.normalize('NFC')))
}
