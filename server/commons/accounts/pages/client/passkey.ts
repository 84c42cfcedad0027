/** Whether this browser takes and gives passkeys in the form in which the API does (WebAuthn 3, section 5.1). */
export function passkeysWork(): boolean {
  return 'PublicKeyCredential' in globalThis && 'parseCreationOptionsFromJSON' in PublicKeyCredential
}

const TROUBLE: Readonly<Record<string, string>> = {
  NotAllowedError: 'No passkey was given.',
  InvalidStateError: 'There is a passkey for this account on this device already.',
  SecurityError: 'Passkeys do not work at this address: they need a host by its name, and https.',
}

/** What the browser's authenticator answers, in the standard's JSON; or in words why there is none. */
export async function passkeyFor(kind: 'create' | 'get', options: object): Promise<object | string> {
  try {
    const credential =
      kind === 'create'
        ? await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
              options as PublicKeyCredentialCreationOptionsJSON,
            ),
          })
        : await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
              options as PublicKeyCredentialRequestOptionsJSON,
            ),
          })
    if (!(credential instanceof PublicKeyCredential)) return 'No passkey was given.'
    return credential.toJSON()
  } catch (error) {
    return TROUBLE[error instanceof DOMException ? error.name : ''] ?? 'The passkey could not be used here.'
  }
}
