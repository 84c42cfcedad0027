import { type Problem, problem } from '#kernel/errors.ts'
import { InvalidInput } from '#platform/http/problems.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from './password.ts'

export const WrongCredentials = problem('identity/wrong-credentials', 401, 'E-mail address or password is wrong')
export const EmailNotVerified = problem('identity/email-not-verified', 403, 'The e-mail address is not confirmed yet')
export const LinkExpired = problem('identity/link-expired', 400, 'The link does not hold any more')
export const WrongPassword = problem('identity/wrong-password', 403, 'The password is wrong')
export const GuessablePassword = problem(
  'identity/guessable-password',
  422,
  'This password is among the first that are tried',
)
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

export const ProviderNotFound = problem('identity/provider-not-found', 404, 'Nobody signs in by this provider here')
export const ProviderUnreachable = problem('identity/provider-unreachable', 503, 'The provider does not answer')
export const ProviderCancelled = problem('identity/provider-cancelled', 403, 'Signing in was given up at the provider')
export const ProviderRefused = problem('identity/provider-refused', 403, 'The provider does not say who it is')
export const ProviderStateLost = problem('identity/provider-state-lost', 403, 'Signing in has to begin again here')
export const AddressUnvouched = problem(
  'identity/address-unvouched',
  403,
  'The provider does not say that the e-mail address is theirs',
)
export const AccountNotLinked = problem(
  'identity/account-not-linked',
  409,
  'The account of this address is not confirmed to be of the same person',
)
export const OtherAddress = problem('identity/other-address', 409, 'The provider knows another e-mail address')
export const LinkedElsewhere = problem('identity/linked-elsewhere', 409, 'It is a way into another account already')
export const WayNotFound = problem('identity/way-not-found', 404, 'Nobody comes in by this provider')

/** What may go wrong where somebody proves again who they are. */
export const proving = [WrongPassword, PasswordUnset, SignInAgain] as const

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

/** How a coming back from a provider fails; any code that the provider itself gives is a refusal. */
const BY_REFUSAL: Readonly<Record<string, () => Problem>> = {
  access_denied: () => ProviderCancelled(),
  user_cancelled_authorize: () => ProviderCancelled(),
  temporarily_unavailable: () => ProviderUnreachable({ headers: { 'Retry-After': '60' } }),
  state_not_found: () => ProviderStateLost(),
  state_mismatch: () => ProviderStateLost(),
  account_not_linked: () => AccountNotLinked(),
  signup_disabled: () => AddressUnvouched(),
  email_not_found: () => AddressUnvouched(),
  email_not_verified: () => EmailNotVerified(),
  unable_to_link_account: () => AddressUnvouched(),
  email_does_not_match: () => OtherAddress(),
  account_already_linked_to_different_user: () => LinkedElsewhere(),
}

/** Why somebody who came back from a provider is not let in. */
export function refusalOf(code: string): Problem {
  return BY_REFUSAL[code]?.() ?? ProviderRefused()
}

/** What the library calls a failure, as a problem of ours; a code that nobody knows is a bug. */
export function problemOf(code: string): Error {
  return BY_CODE[code]?.() ?? new Error(`the library failed with ${code}`)
}
