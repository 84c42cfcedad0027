import { PASSWORD_MAX, PASSWORD_MIN } from '../password.ts'
import { SAYS, WORDMARK, codeField, emailField, field, form, proofField, view } from './markup.ts'

/** Pages to which mails lead, by the last part of their address. */
export type AccountPage = 'account' | 'verify-email' | 'reset-password' | 'forgot-password' | 'register'

/** What stands in a page beside its words; the policy names the hashes of both. */
export interface Inlined {
  readonly style: string
  readonly script: string
}

/** A page that stands by itself: everything in one answer, nothing of the request in it. */
export function accountPage(page: AccountPage, { style, script }: Inlined): string {
  const { title, views } = PAGES[page]
  return `<!doctype html>
<html lang="en" data-page="${page}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${title} · Airdate</title><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)"><meta name="theme-color" content="#131110" media="(prefers-color-scheme: dark)">
<style>${style}</style></head>
<body>
<header class="top">${WORDMARK}</header>
<main id="main">
<noscript><p class="card">This page needs JavaScript.</p></noscript>
${views}
</main>
<footer class="foot">Served by Airdate, on its owner’s own machine.</footer>
<script type="module">${script}</script>
</body>
</html>
`
}

const SIGN_IN = '<a class="button" href="/account">Sign in</a>'

/** A password that is chosen here. */
const newPassword = (id: string, name: string, label: string): string =>
  field({
    ...{ id, name, label, autocomplete: 'new-password' },
    more: `required minlength="${PASSWORD_MIN}" maxlength="${PASSWORD_MAX}"`,
    hint: `At least ${PASSWORD_MIN} characters, any that you like; longer is better.`,
  })

const VERIFY = `${view(
  'verify',
  'Confirm your e-mail address',
  form(
    'verify-form',
    `<div id="verify-ask"><p>Press the button, and this address is yours here.</p><p class="actions"><button>Confirm the address</button><button type="button" class="quiet" id="verify-again" hidden>Ask for a new mail</button></p></div>
<p class="actions" id="verify-done" hidden>${SIGN_IN}</p>`,
  ),
)}
${view(
  'resend',
  'Have the mail sent again',
  `<p>The link in the newest mail confirms your address.</p>${form('resend-form', `${emailField('resend-email')}<p class="actions"><button>Send the mail</button><a href="/account">Sign in</a></p>`)}`,
)}`

const RESET = `${view(
  'reset',
  'Choose a new password',
  form(
    'reset-form',
    `<div id="reset-ask">${newPassword('reset-password', 'newPassword', 'New password')}<p class="actions"><button>Set the password</button><a id="reset-again" href="/account/forgot-password" hidden>Ask for a new link</a></p></div>
<p class="actions" id="reset-done" hidden>${SIGN_IN}<a id="reset-next" hidden>Go on to where you were</a></p>`,
  ),
)}
${view(
  'unwhole',
  'Open the link once more',
  `<p>The address of this page misses what stands in the link of the mail. Open that link again, or ask for a new one.</p><p class="actions"><a class="button" href="/account/forgot-password">Ask for a new link</a></p>`,
)}`

const FORGOT = view(
  'forgot',
  'Forgot your password?',
  `<p>Tell us your address. A mail there leads you to a new password.</p>${form('forgot-form', `${emailField('forgot-email')}<p class="actions"><button>Send the mail</button><a href="/account">Back to signing in</a></p>`)}`,
)

const REGISTER = view(
  'register',
  'Make an account',
  form(
    'register-form',
    `<div id="register-ask">${field({ id: 'register-name', name: 'displayName', label: 'Your name', autocomplete: 'off', more: 'required maxlength="100"', hint: 'As others see it.' })}${emailField('register-email')}${newPassword('register-password', 'password', 'Password')}
<p class="actions"><button>Make the account</button><a href="/account">I have one</a></p></div>`,
  ),
)

const DOOR = view(
  'door',
  'Sign in',
  form(
    'door-form',
    `${emailField('door-email')}${field({ id: 'door-password', name: 'password', label: 'Password', autocomplete: 'current-password', more: 'required maxlength="128"' })}
<p class="actions"><button>Sign in</button><button type="button" class="quiet" id="door-passkey" hidden>Use a passkey</button></p>
<p class="aside"><a href="/account/forgot-password">Forgot your password?</a><a href="/account/register">Make an account</a><a id="door-unconfirmed" href="/account/verify-email" hidden>Have the mail sent again</a></p>`,
  ) + '<p class="ways" id="door-providers" hidden></p>',
)

const STEP = view(
  'step',
  'One more step',
  form(
    'step-form',
    `<div id="step-code"><p>Your account asks for a code of your authenticator app.</p>${codeField('step-code-input', 'maxlength="7"')}</div>
<div id="step-backup" hidden><p>Each of your backup codes works once.</p>${field({ id: 'step-backup-code-input', name: 'backupCode', label: 'Backup code', autocomplete: 'off', more: 'maxlength="40"' })}</div>
<p class="actions"><button>Go on</button><button type="button" class="plain" id="step-other">Use a backup code instead</button></p>`,
  ),
)

/** A part of what somebody sees who is signed in. */
const part = (id: string, title: string, inside: string): string =>
  `<section class="card" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title" tabindex="-1">${title}</h2>${inside}</section>`

const YOU = `<section class="card" id="you" aria-labelledby="home-name"><h1 id="home-name" tabindex="-1"></h1>
<dl><dt>E-mail address</dt><dd id="home-email"></dd><dt>Workspace</dt><dd id="home-workspace"></dd></dl>
<p class="actions"><button type="button" class="quiet" id="logout">Log out</button></p>${SAYS}</section>`

const INVITATION = `<section class="card" id="invitation" hidden aria-labelledby="invitation-title"><h2 id="invitation-title">You are invited</h2>
<div id="invitation-ask"><p>Somebody wants to work with you in their workspace.</p><p class="actions"><button type="button" id="invitation-join">Join the workspace</button></p></div>${SAYS}</section>`

const SESSIONS = part(
  'sessions',
  'Where you are signed in',
  `<ul class="list" id="session-list"></ul><p class="actions"><button type="button" class="quiet" id="logout-others">Log out elsewhere</button><button type="button" class="quiet" id="logout-all">Log out everywhere</button></p>${SAYS}`,
)

const PASSWORD = part(
  'password',
  'Change your password',
  form(
    'password-form',
    `<input name="username" autocomplete="username" hidden>${field({ id: 'password-current', name: 'currentPassword', label: 'Present password', autocomplete: 'current-password', more: 'required maxlength="128"' })}${newPassword('password-new', 'newPassword', 'New password')}
<p class="actions"><button>Change the password</button><a href="/account/forgot-password">Set one by a mail</a></p>`,
  ),
)

const EMAIL = part(
  'email',
  'Change your e-mail address',
  `<p>A mail goes to the new address, and its link moves your account there. Until then the old one holds.</p>${form(
    'email-form',
    `${field({ id: 'email-new', name: 'newEmail', label: 'New address', autocomplete: 'email', more: 'required maxlength="254"' })}${proofField('email-password')}<p class="actions"><button>Send the mail</button></p>`,
  )}`,
)

/** Asks who is signed in to prove who they are, where a press of a button needs it. */
const PROOF = `<dialog class="card" id="proof" aria-labelledby="proof-title"><form method="dialog" id="proof-form"><h2 id="proof-title"></h2>
<input name="username" autocomplete="username" hidden>${proofField('proof-password')}<p class="actions"><button value="yes" id="proof-yes"></button><button value="no" class="quiet" formnovalidate>Leave it</button></p></form></dialog>`

const TWO_FACTOR = `<section class="card" id="twofactor" aria-labelledby="twofactor-title"><h2 id="twofactor-title">Two-factor sign-in</h2>
<div id="twofactor-off" hidden><p>An authenticator app on your phone makes codes, and signing in asks for one beside your password.</p>${form('twofactor-begin', `${proofField('twofactor-begin-password')}<p class="actions"><button>Set it up</button></p>`)}</div>
<div id="twofactor-new" hidden><h3 id="twofactor-new-title" tabindex="-1">1. Show this to your app</h3>
<p class="scan" id="twofactor-qr"></p><p>Or type this key into it:</p><p class="code" id="twofactor-secret"></p><p>Or open an app on this device: <a id="twofactor-uri">set it up here</a></p>
<h3>2. Keep these backup codes</h3><p>Each lets you in once without the app. They are shown only now.</p><ul class="codes" id="twofactor-codes"></ul>
<h3>3. Confirm it by a code</h3>${form('twofactor-confirm', `${codeField('twofactor-confirm-code', 'required maxlength="7"')}<p class="actions"><button>Turn it on</button></p>`)}</div>
<div id="twofactor-on" hidden><p>It is on: every sign-in asks for a code of your app.</p><ul class="codes" id="twofactor-fresh"></ul>${form('twofactor-change', `${proofField('twofactor-change-password')}<p class="actions"><button class="quiet" value="codes">New backup codes</button><button class="quiet" value="remove">Turn it off</button></p>`)}</div></section>`

const PASSKEYS = part(
  'passkeys',
  'Passkeys',
  `<p>A passkey of your device lets you in by its lock: a finger, a face or a PIN.</p><ul class="list" id="passkey-list" hidden></ul>${SAYS}${form(
    'passkey-form',
    `${field({ id: 'passkey-name', name: 'name', label: 'Name of the passkey', autocomplete: 'off', more: 'required maxlength="100"', hint: 'By which you know it: “My phone”.' })}${proofField('passkey-password')}<p class="actions"><button>Add a passkey</button></p>`,
  )}`,
)

const PROVIDERS = `<section class="card" id="providers" hidden aria-labelledby="providers-title"><h2 id="providers-title" tabindex="-1">Other services</h2>
<p>A service that knows your e-mail address can let you in.</p><ul class="list" id="provider-list"></ul>${SAYS}</section>`

const PAGES: Readonly<Record<AccountPage, { readonly title: string; readonly views: string }>> = {
  account: {
    title: 'Your account',
    views: `${DOOR}\n${STEP}\n<div id="home" data-view hidden>${INVITATION}${YOU}${SESSIONS}${PASSWORD}${EMAIL}${TWO_FACTOR}${PASSKEYS}${PROVIDERS}</div>${PROOF}`,
  },
  'verify-email': { title: 'Confirm your e-mail address', views: VERIFY },
  'reset-password': { title: 'Choose a new password', views: RESET },
  'forgot-password': { title: 'Forgot your password?', views: FORGOT },
  register: { title: 'Make an account', views: REGISTER },
}
