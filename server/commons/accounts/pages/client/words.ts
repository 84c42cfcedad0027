/** A problem document, as far as it is told to people (RFC 9457). */
export interface Told {
  readonly type?: string
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

const PLAIN: Readonly<Record<string, string>> = {
  'identity/wrong-credentials': 'This e-mail address and this password do not go together.',
  'identity/email-not-verified': 'This address is not confirmed yet. The link in the mail confirms it.',
  'identity/link-expired': 'This link does not hold any more: it was used already, or its time is over.',
  'identity/wrong-password': 'The password is wrong.',
  'identity/wrong-code': 'The code is wrong, or it was used already. Take the one that your app shows now.',
  'identity/challenge-expired': 'That took too long. Begin with your password again.',
  'identity/second-factor-locked': 'There were too many wrong codes. Wait a quarter of an hour.',
  'identity/sign-in-again': 'You signed in too long ago for this. Log out, sign in, and try again.',
  'identity/passkey-refused': 'This passkey is not known here.',
  'identity/ceremony-expired': 'That took too long. Try again.',
  'invitations/invitation-not-found': 'This invitation does not hold any more. Ask for a new one.',
  'invitations/of-another': 'This invitation is for another address than yours.',
  'identity/last-way-in': 'This is the only way into your account, so it stays.',
  'identity/provider-unreachable': 'That service does not answer now. Try again in a minute, or sign in another way.',
  'identity/provider-cancelled': 'You were not signed in: it was given up over there.',
  'identity/provider-refused': 'That service did not tell who you are. Try again, or sign in another way.',
  'identity/provider-state-lost': 'That took too long, or it began in another browser. Begin again here.',
  'identity/address-unvouched':
    'That service does not say that its e-mail address is yours. Confirm the address there, or make an account with a password.',
  'identity/account-not-linked':
    'There is an account with this address already. Sign in with its password; when its address is confirmed here and over there, that service lets you in too.',
  'identity/other-address': 'That service knows you by another e-mail address than this account.',
  'identity/linked-elsewhere': 'That service lets you into another account here already.',
  'identity/banned': 'This account is closed.',
}

// A kind may come from an address, where anybody writes anything.
const plainOf = (kind: string): string | undefined => (Object.hasOwn(PLAIN, kind) ? PLAIN[kind] : undefined)

/** A kind of problem in plain words, where no more than that is known. */
export function wordsOf(kind: string): string {
  return plainOf(kind) ?? 'That did not work. Try again.'
}

/** A problem in plain words; `retryAfter` is the header of that name, in seconds. */
export function wordsFor(status: number, told: Told, retryAfter: string | null): string {
  const plain = plainOf((told.type ?? '').replace('/problems/', ''))
  if (plain !== undefined) return plain
  if (status === 429) return `Those were too many tries. Wait ${waitOf(Number(retryAfter))}, then try again.`
  const faults = (told.errors ?? []).map(({ pointer, detail }) => `${FIELDS[pointer] ?? 'What was sent'} ${detail}.`)
  if (faults.length > 0) return faults.join(' ')
  if (told.title === undefined) return 'The server did not answer as it should. Try again.'
  return told.detail === undefined ? `${told.title}.` : `${told.title}. ${told.detail}`
}

/** The page that a path names, when it is one of this origin; null for whatever would lead away. */
export function pageAmong(origin: string, path: string): string | null {
  if (!/^\/(?![/\\])/.test(path)) return null
  const target = URL.parse(path, origin)
  return target?.origin === origin ? target.href : null
}

const FIELDS: Readonly<Record<string, string>> = {
  '/email': 'The e-mail address',
  '/password': 'The password',
  '/newPassword': 'The password',
  '/code': 'The code',
  '/backupCode': 'The backup code',
  '/name': 'The name',
}

function waitOf(seconds: number): string {
  if (!(seconds > 0)) return 'a little'
  if (seconds === 1) return 'a second'
  if (seconds < 90) return `${Math.ceil(seconds)} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}

// In this order: browsers name those that they descend from.
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** What a session runs in, as its owner would call it: `Firefox on Windows`. Programs are called as they call themselves. */
export function deviceOf(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === '') return 'An unknown program'
  const browser = BROWSERS.find(([mark]) => mark.test(userAgent))?.[1]
  const system = SYSTEMS.find(([mark]) => mark.test(userAgent))?.[1]
  if (browser === undefined) return userAgent.split(/[\s/(]/, 1)[0]?.slice(0, 40) || 'An unknown program'
  return system === undefined ? browser : `${browser} on ${system}`
}
