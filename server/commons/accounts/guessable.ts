import { createRequire } from 'node:module'
import { PASSWORD_MIN } from './password.ts'
import { GuessablePassword } from './problems.ts'

const require = createRequire(import.meta.url)

/**
 * The passwords that most people had in published breaches, as zxcvbn-ts (MIT) keeps them: 49,233 in all, in small
 * letters; about 18,000 of them are long enough to be chosen here.
 */
function readCommon(): ReadonlySet<string> {
  const ranked = require('@zxcvbn-ts/language-common/src/passwords.json') as readonly string[]
  return new Set(ranked.filter((password) => password.length >= PASSWORD_MIN))
}

// Read when a password is first chosen: most processes never see that.
let common: ReadonlySet<string> | undefined

/** What this product is called; the server's own name and the person's are refused beside it. */
const PRODUCT_WORDS: readonly string[] = ['airdate']
/** A name of fewer letters says nothing of the signs around it. */
const NAME_MIN = 3

/** What is known of who chooses a password, and where. */
export interface About {
  readonly publicUrl: string
  readonly email: string
  readonly displayName: string
}

/**
 * Refuses what is tried first: a common password in any mixture of cases, and a name of this server or this person by
 * itself, whatever digits and signs surround it (NIST SP 800-63B-4 section 3.1.1.2). Nothing else is asked of a password.
 * `about` is null as long as it is not known whose it is.
 * @throws GuessablePassword
 */
export function refuseGuessable(password: string, about: About | null): void {
  const small = password.normalize('NFKC').toLowerCase()
  if ((common ??= readCommon()).has(small))
    throw GuessablePassword({ detail: 'It is one of the most common there are: choose another, of your own making.' })
  const bare = lettersOf(small)
  if (bare.length < NAME_MIN || !wordsAbout(about).some((word) => lettersOf(word) === bare)) return
  throw GuessablePassword({
    detail: 'It is a name that goes with this account or this server, with little around it: choose another.',
  })
}

const lettersOf = (text: string): string => text.replaceAll(/[^\p{L}]/gu, '')

function wordsAbout(about: About | null): readonly string[] {
  if (about === null) return PRODUCT_WORDS
  const { publicUrl, email, displayName } = about
  const { hostname } = new URL(publicUrl)
  const own = [hostname, ...hostname.split('.'), email, email.split('@', 1)[0] ?? '', displayName]
  return [...PRODUCT_WORDS, ...own.map((word) => word.toLowerCase()), ...displayName.toLowerCase().split(/\s+/)]
}
