import { type TProperties, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Tokens } from '../sessions/schema.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from './password.ts'

const closed = { additionalProperties: false }

const Email = Type.String({ format: 'email', minLength: 3, maxLength: 254 })
/** What somebody types to prove who they are: any length that a password can have had. */
const GivenPassword = Type.String({ minLength: 1, maxLength: PASSWORD_MAX })
const NewPassword = Type.String({
  ...{ minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX },
  description: 'Any characters; length is what counts. Common passwords and names of this account are refused.',
})
const DisplayName = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const Token = Type.String({ minLength: 1, maxLength: 1000 })
const Code = Type.String({ pattern: '^[0-9]{6}$', description: 'Six digits of the authenticator app.' })
const BackupCode = Type.String({ minLength: 1, maxLength: 40 })
const RedirectTo = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'A page of this server, as a path or by its full address: where the page of the mail leads in the end.',
})
const Hold = Type.Optional(
  wordOf(
    ['token', 'cookie'],
    '`token` (default): an access and a refresh token for a program. `cookie`: a cookie for a page of this server.',
  ),
)

export const RegisterBody = Type.Object({ email: Email, password: NewPassword, displayName: DisplayName }, closed)
export const Accepted = Type.Object({
  accepted: Type.Literal(true, { description: 'Says nothing about whether there is such an account.' }),
})
export const VerifyEmailBody = Type.Object({ token: Token }, closed)
export const EmailBody = Type.Object({ email: Email }, closed)
export const ForgotBody = Type.Object({ email: Email, redirectTo: Type.Optional(RedirectTo) }, closed)
export const ResetBody = Type.Object({ token: Token, newPassword: NewPassword }, closed)
export const ChangePasswordBody = Type.Object({ currentPassword: GivenPassword, newPassword: NewPassword }, closed)
export const ChangeEmailBody = Type.Object({ newEmail: Email, password: Type.Optional(GivenPassword) }, closed)
export const LoginBody = Type.Object({ email: Email, password: GivenPassword, hold: Hold }, closed)

export const SignedIn = Type.Object({ signedIn: Type.Literal(true, { description: 'The cookie is set.' }) })
export const Challenge = Type.Object({
  twoFactorRequired: Type.Literal(true),
  challenge: Type.String({ description: 'Goes with the code to `/api/v1/auth/2fa/verify`, within ten minutes.' }),
})
export const LoginAnswer = Type.Union([Tokens, SignedIn, Challenge])
export const SecondAnswer = Type.Union([Tokens, SignedIn])

export const SecondFactorBody = Type.Union([
  Type.Object({ challenge: Token, code: Code, hold: Hold }, closed),
  Type.Object({ challenge: Token, backupCode: BackupCode, hold: Hold }, closed),
])
export const PasswordBody = Type.Object({ password: Type.Optional(GivenPassword) }, closed)
export const CodeBody = Type.Object({ code: Code }, closed)
export const Enrolment = Type.Object({
  totpUri: Type.String({ description: '`otpauth://`. Nothing is asked for before a code was confirmed.' }),
  qrCode: Type.Object(
    {
      size: Type.Integer({ description: 'Width and height, the light margin included.' }),
      path: Type.String({ description: 'The dark parts, as data of an SVG path.' }),
    },
    { description: 'The same as a QR code, drawn dark on light.' },
  ),
  backupCodes: Type.Array(Type.String(), { description: 'Each for one use, in the place of a code. Shown once.' }),
})
export const BackupCodes = Type.Object({ backupCodes: Type.Array(Type.String()) })

export const MeBody = Type.Object({ displayName: Type.Optional(DisplayName) }, closed)
export const Me = Type.Object(
  {
    id: uuid(),
    email: Type.String(),
    displayName: Type.String(),
    emailVerified: Type.Boolean(),
    twoFactorEnabled: Type.Boolean(),
    isAdmin: Type.Boolean({ description: 'Administers the installation.' }),
    workspaceId: uuid('The workspace that this call works in.'),
    role: Type.String(),
    permissions: Type.Array(Type.String(), { description: 'What this credential may do there.' }),
    createdAt: dateTime(),
  },
  { title: 'Me' },
)

const Base64url = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[A-Za-z0-9_-]+$' })
const Ceremony = Type.String({ minLength: 1, maxLength: 200, description: 'What the answer with the options held.' })
const Credential = <const Members extends TProperties>(members: Members) =>
  Type.Object(
    {
      id: Base64url(1400),
      rawId: Base64url(1400),
      type: Type.Literal('public-key'),
      authenticatorAttachment: Type.Optional(wordOf(['platform', 'cross-platform'])),
      clientExtensionResults: Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), { maxProperties: 20 }),
      response: Type.Object(members, closed),
    },
    { ...closed, description: 'What `PublicKeyCredential.toJSON()` gives (WebAuthn 3, section 5.1).' },
  )

export const PasskeyOptions = Type.Object({
  ceremony: Type.String({ description: 'Goes with the answer of the authenticator, within five minutes.' }),
  options: Type.Record(Type.String(), Type.Unknown(), {
    description: 'For `navigator.credentials`, in its JSON form.',
  }),
})
export const PasskeyBody = Type.Object(
  {
    ceremony: Ceremony,
    name: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'By which its owner knows it.' }),
    response: Credential({
      clientDataJSON: Base64url(8000),
      attestationObject: Base64url(100_000),
      authenticatorData: Type.Optional(Base64url(20_000)),
      publicKey: Type.Optional(Base64url(20_000)),
      publicKeyAlgorithm: Type.Optional(Type.Integer()),
      transports: Type.Optional(Type.Array(Type.String({ maxLength: 30 }), { maxItems: 10 })),
    }),
  },
  closed,
)
export const PasskeyLoginBody = Type.Object(
  {
    ceremony: Ceremony,
    response: Credential({
      clientDataJSON: Base64url(8000),
      authenticatorData: Base64url(20_000),
      signature: Base64url(4000),
      userHandle: Type.Optional(orNull(Base64url(200))),
    }),
    hold: Hold,
  },
  closed,
)
export const PasskeyParams = Type.Object({ id: pathId('passkey') })
export const Passkey = Type.Object(
  {
    id: uuid(),
    name: orNull(Type.String()),
    isSynced: Type.Boolean({ description: 'Kept by a service on several devices, not by one device alone.' }),
    createdAt: dateTime(),
  },
  { title: 'Passkey' },
)
export const PasskeyList = Type.Object({ items: Type.Array(Passkey), nextCursor: Type.Null() })
