import { byId, proofOf } from './dom.ts'

/** Asks for the password before something is done that needs it. Returns it as a body; null when it is not to be done. */
export function askForProof(question: string, yes: string): Promise<{ password?: string } | null> {
  const dialog = byId('proof') as HTMLDialogElement
  const form = byId('proof-form') as HTMLFormElement
  byId('proof-title').textContent = question
  byId('proof-yes').textContent = yes
  form.reset()
  dialog.returnValue = 'no'
  dialog.showModal()
  byId('proof-password').focus()
  return new Promise((resolve) => {
    const told = (): void => {
      const proof = dialog.returnValue === 'yes' ? proofOf(form) : null
      form.reset()
      resolve(proof)
    }
    dialog.addEventListener('close', told, { once: true })
  })
}
