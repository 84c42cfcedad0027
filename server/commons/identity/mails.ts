import { Type } from 'typebox'
import { orNull, wordOf } from '#platform/fields.ts'
import { nameInMail } from '#platform/mail/address.ts'
import { defineMail } from '#platform/mail/definition.ts'
import { action, facts, note, paragraph } from '#platform/mail/letter.ts'

const Name = Type.String({ maxLength: 200 })
const Url = Type.String({ maxLength: 4000 })
const Minutes = Type.Integer({ minimum: 1, maximum: 60 * 24 * 30 })
const Text = Type.String({ maxLength: 300 })

/** When, where and with what something happened, in words for people; null where it is not known. */
const Circumstances = {
  /** With its zone: `21 November 2026, 14:05 UTC`. */
  when: Text,
  /** The address it came from. */
  where: orNull(Text),
  /** The browser or program, as far as it said. */
  device: orNull(Text),
}

interface Known {
  readonly when: string
  readonly where: string | null
  readonly device: string | null
}

function circumstances({ when, where, device }: Known, more: Readonly<Record<string, string>> = {}) {
  return facts({
    ...more,
    When: when,
    ...(where === null ? {} : { From: where }),
    // what a browser calls itself is up to who uses it
    ...(device === null ? {} : { With: nameInMail(device) }),
  })
}

function hello(displayName: string): string {
  const name = nameInMail(displayName)
  return name === '' ? 'Hello,' : `Hello ${name},`
}

/** `90 minutes`, `2 hours`, `3 days`: what divides evenly is told in the larger unit. */
function span(minutes: number): string {
  const told = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`
  if (minutes % (24 * 60) === 0) return told(minutes / (24 * 60), 'day')
  return minutes % 60 === 0 ? told(minutes / 60, 'hour') : told(minutes, 'minute')
}

const HAS_ACCOUNT = 'You get this mail because there is an account with this address.'

/** To a new address, or one that a person wants to change to: its link proves that the mail arrived. */
export const verifyEmail = defineMail({
  name: 'identity.verify-email',
  schema: Type.Object({ displayName: Name, url: Url, expiresMinutes: Minutes }),
  write: ({ displayName, url, expiresMinutes }) => ({
    subject: 'Confirm your e-mail address',
    preheader: `One click, within ${span(expiresMinutes)}.`,
    title: 'Confirm your e-mail address',
    blocks: [
      paragraph(hello(displayName)),
      paragraph('This address was given for an Airdate account. Confirm that it is yours to go on.'),
      action('Confirm address', url),
      note(`The link works once, for ${span(expiresMinutes)}. If you did not ask for it, do nothing.`),
    ],
    why: 'You get this mail because somebody entered this address. Without your confirmation it is not used.',
  }),
})

/** The way back in for who forgot the password. */
export const resetPassword = defineMail({
  name: 'identity.reset-password',
  schema: Type.Object({ displayName: Name, url: Url, expiresMinutes: Minutes }),
  essential: true,
  write: ({ displayName, url, expiresMinutes }) => ({
    subject: 'Choose a new password',
    preheader: `The link works for ${span(expiresMinutes)}.`,
    title: 'Choose a new password',
    blocks: [
      paragraph(hello(displayName)),
      paragraph('Somebody, most likely you, asked for a new password for your Airdate account.'),
      action('Choose a new password', url),
      note(
        `The link works once, for ${span(expiresMinutes)}, and signs out every other device. If it was not you, do nothing: your password stays as it is.`,
      ),
    ],
    why: HAS_ACCOUNT,
  }),
})

/** To who signs up with an address that has an account already: whoever asked is not told, the owner is. */
export const accountExists = defineMail({
  name: 'identity.account-exists',
  schema: Type.Object({ displayName: Name, signInUrl: Url, resetUrl: Url }),
  write: ({ displayName, signInUrl, resetUrl }) => ({
    subject: 'You already have an Airdate account',
    preheader: 'Somebody tried to sign up with your address.',
    title: 'You already have an account',
    blocks: [
      paragraph(hello(displayName)),
      paragraph('Somebody, perhaps you, tried to sign up with this address. It has an account already: sign in to it.'),
      action('Sign in', signInUrl),
      paragraph('You do not know the password any more?'),
      action('Choose a new password', resetUrl),
      note('If it was not you, do nothing. Nobody was told that the account exists.'),
    ],
    why: HAS_ACCOUNT,
  }),
})

/** To the old address, after the account has moved to another. */
export const emailChanged = defineMail({
  name: 'identity.email-changed',
  schema: Type.Object({ displayName: Name, newEmail: Text, ...Circumstances }),
  essential: true,
  perHour: 20,
  write: ({ displayName, newEmail, ...known }) => ({
    subject: 'The address of your account was changed',
    preheader: 'Mails go to the new address from now on.',
    title: 'The address of your account was changed',
    blocks: [
      paragraph(hello(displayName)),
      paragraph('Your Airdate account has a new e-mail address, and this was the last mail to the old one.'),
      circumstances(known, { 'New address': newEmail }),
      note('If it was not you, tell whoever runs this server at once: the account may be in other hands.'),
    ],
    why: 'You get this mail because there was an account with this address until now.',
  }),
})

/** After a password was changed or reset. */
export const passwordChanged = defineMail({
  name: 'identity.password-changed',
  schema: Type.Object({ displayName: Name, resetUrl: Url, ...Circumstances }),
  essential: true,
  perHour: 20,
  write: ({ displayName, resetUrl, ...known }) => ({
    subject: 'Your password was changed',
    preheader: 'Every other device was signed out.',
    title: 'Your password was changed',
    blocks: [
      paragraph(hello(displayName)),
      paragraph('The password of your Airdate account was changed, and every other device was signed out.'),
      circumstances(known),
      paragraph('If it was not you, choose a new password now:'),
      action('Choose a new password', resetUrl),
    ],
    why: HAS_ACCOUNT,
  }),
})

/** After somebody signed in from where the account was not used before. */
export const newSignIn = defineMail({
  name: 'identity.new-sign-in',
  schema: Type.Object({ displayName: Name, sessionsUrl: Url, ...Circumstances }),
  perHour: 10,
  write: ({ displayName, sessionsUrl, ...known }) => ({
    subject: 'New sign-in to your account',
    preheader: 'Was it you?',
    title: 'Somebody signed in to your account',
    blocks: [
      paragraph(hello(displayName)),
      paragraph('Your Airdate account was used from a device that it was not used from before.'),
      circumstances(known),
      paragraph('If it was you, all is well. If it was not, end that session and choose a new password:'),
      action('See where you are signed in', sessionsUrl),
    ],
    why: HAS_ACCOUNT,
  }),
})

/** What was done about the second step of signing in, in the words of the mail. */
const TWO_FACTOR = {
  on: {
    title: 'Two-step sign-in was turned on',
    text: 'From now on, signing in takes a code from your authenticator app. Keep your backup codes where you find them without it.',
  },
  off: {
    title: 'Two-step sign-in was turned off',
    text: 'Your password alone is enough to sign in again.',
  },
  codes: {
    title: 'You have new backup codes',
    text: 'New backup codes were made for your Airdate account. The old ones work no more.',
  },
  passkey: {
    title: 'A passkey was added to your account',
    text: 'Whoever holds the device that it is kept on can sign in to your Airdate account with it.',
  },
  'passkey-removed': {
    title: 'A passkey was removed from your account',
    text: 'It no longer signs in to your Airdate account.',
  },
  provider: {
    title: 'Another way to sign in was added',
    text: 'Your Airdate account can be signed in to by another service that knows your address.',
  },
  'provider-removed': {
    title: 'A way to sign in was removed',
    text: 'Your Airdate account is no longer signed in to by another service.',
  },
} as const

/** After the second step of signing in was turned on or off, or what it takes was changed. */
export const twoFactorChanged = defineMail({
  name: 'identity.two-factor-changed',
  schema: Type.Object({
    displayName: Name,
    change: wordOf(['on', 'off', 'codes', 'passkey', 'passkey-removed', 'provider', 'provider-removed']),
    securityUrl: Url,
    ...Circumstances,
  }),
  essential: true,
  perHour: 20,
  write: ({ displayName, change, securityUrl, ...known }) => ({
    subject: TWO_FACTOR[change].title,
    preheader: 'Was it you?',
    title: TWO_FACTOR[change].title,
    blocks: [
      paragraph(hello(displayName)),
      paragraph(TWO_FACTOR[change].text),
      circumstances(known),
      paragraph('If it was not you, look at once:'),
      action('Open security settings', securityUrl),
    ],
    why: HAS_ACCOUNT,
  }),
})

/** Asks somebody to join a workspace. */
export const invitation = defineMail({
  name: 'identity.invitation',
  schema: Type.Object({ workspaceName: Name, inviterName: Name, url: Url, expiresMinutes: Minutes }),
  write: ({ workspaceName, inviterName, url, expiresMinutes }) => {
    const [workspace, inviter] = [nameInMail(workspaceName), nameInMail(inviterName)]
    const who = inviter === '' ? 'Somebody' : inviter
    const where = workspace === '' ? 'a workspace' : `“${workspace}”`
    return {
      subject: `${who} invites you to ${where}`,
      preheader: `Join ${where} on Airdate.`,
      title: `Join ${where}`,
      blocks: [
        paragraph('Hello,'),
        paragraph(`${who} invites you to work together in ${where} on Airdate.`),
        action('Accept the invitation', url),
        note(
          `The invitation holds for ${span(expiresMinutes)}. If you do not know who sent it, or do not want to join, do nothing.`,
        ),
      ],
      why: 'You get this mail because a member of the workspace entered this address.',
    }
  },
})
