import { type Problem, problem } from '#kernel/errors.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from './password.ts'

export const WrongCredentials = problem('identity/wrong-credentials', 401, 'E-mail address or password is wrong')
export const EmailNotVerified = problem('identity/email-not-verified', 403, 'The e-mail address is not confirmed yet')
export const LinkExpired = problem('identity/link-expired', 400, 'The link does not hold any more')
export const WrongPassword = problem('identity/wrong-password', 403, 'The password is wrong')
export const WrongCode = problem('identity/wrong-code', 401, 'The code is wrong')
export const ChallengeExpired = problem('identity/challenge-expired', 401, 'Signing in has to begin again')
export const SecondFactorLocked = problem('identity/second-factor-locked', 429, 'There were too many wrong codes')
export const SecondFactorUnset = problem('identity/second-factor-unset', 409, 'No second factor is set up')
export const SecondFactorSet = problem('identity/second-factor-set', 409, 'A second factor is set up already')
export const PasswordUnset = problem('identity/password-unset', 409, 'This account has no password')
export const SignInAgain = problem('identity/sign-in-again', 403, 'Signing in was too long ago for this')
export const RedirectRefused = problem('identity/redirect-refused', 403, 'Only pages of this server are led to')
export const SameEmail = problem('identity/same-email', 409, 'This is the address already')

export const CeremonyExpired = problem(
  'identity/ceremony-expired',
  400,
  'The ceremony of the passkey has to begin again',
)
export const PasskeyRefused = problem('identity/passkey-refused', 401, 'The passkey does not hold here')
export const PasskeyNotFound = problem('identity/passkey-not-found', 404, 'There is no such passkey')
export const LastWayIn = problem('identity/last-way-in', 409, 'This is the only way into the account')

const BY_CODE: Readonly<Record<string, () => Problem>> = {
  INVALID_EMAIL_OR_PASSWORD: () => WrongCredentials(),
  EMAIL_NOT_VERIFIED: () => EmailNotVerified(),
  INVALID_EMAIL: () => InvalidInput({ errors: [{ pointer: '/email', detail: 'must be an e-mail address' }] }),
  // Everything else of the input was looked at before: the library takes fewer addresses than there are.
  VALIDATION_ERROR: () =>
    InvalidInput({ errors: [{ pointer: '/email', detail: 'must be an ordinary e-mail address' }] }),
  INVALID_PASSWORD: () => WrongPassword(),
  PASSWORD_TOO_SHORT: () =>
    InvalidInput({ errors: [{ pointer: '/password', detail: `must have at least ${PASSWORD_MIN} characters` }] }),
  PASSWORD_TOO_LONG: () =>
    InvalidInput({ errors: [{ pointer: '/password', detail: `must have at most ${PASSWORD_MAX} characters` }] }),
  INVALID_TOKEN: () => LinkExpired(),
  TOKEN_EXPIRED: () => LinkExpired(),
  USER_NOT_FOUND: () => LinkExpired(),
  INVALID_USER: () => LinkExpired(),
  INVALID_CODE: () => WrongCode(),
  INVALID_BACKUP_CODE: () => WrongCode(),
  // Two brought one backup code at the same moment, and the other was quicker.
  STATUS_409: () => WrongCode(),
  INVALID_TWO_FACTOR_COOKIE: () => ChallengeExpired(),
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: () => ChallengeExpired(),
  ACCOUNT_TEMPORARILY_LOCKED: () => SecondFactorLocked({ headers: { 'Retry-After': '900' } }),
  TOTP_NOT_ENABLED: () => SecondFactorUnset(),
  BACKUP_CODES_NOT_ENABLED: () => SecondFactorUnset(),
  TWO_FACTOR_NOT_ENABLED: () => SecondFactorUnset(),
  TOTP_ALREADY_ENABLED: () => SecondFactorSet(),
  CHALLENGE_NOT_FOUND: () => CeremonyExpired(),
  FAILED_TO_VERIFY_REGISTRATION: () => PasskeyRefused(),
  YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY: () => PasskeyRefused(),
  PREVIOUSLY_REGISTERED: () => PasskeyRefused(),
  PASSKEY_NOT_FOUND: () => PasskeyRefused(),
  AUTHENTICATION_FAILED: () => PasskeyRefused(),
  CREDENTIAL_ACCOUNT_NOT_FOUND: () => PasswordUnset(),
}

/** What the library calls a failure, as a problem of ours; a code that nobody knows is a bug. */
export function problemOf(code: string): Error {
  return BY_CODE[code]?.() ?? new Error(`the library failed with ${code}`)
}
