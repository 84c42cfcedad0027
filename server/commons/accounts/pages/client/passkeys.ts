import { call } from './api.ts'
import { bad, byId, good, item, make, proofOf, show, typed, whenPressed, whenSent } from './dom.ts'
import { passkeyFor, passkeysWork } from './passkey.ts'
import { askForProof } from './proof.ts'

interface Passkey {
  readonly id: string
  readonly name: string | null
  readonly isSynced: boolean
  readonly createdAt: string
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

/** Shows somebody's passkeys. */
export async function listPasskeys(): Promise<void> {
  const answer = await call<{ items: readonly Passkey[] }>('GET', '/auth/passkeys')
  // Whoever has left meanwhile left nothing here.
  if (byId('home').hidden) return
  const list = byId('passkey-list')
  const lines = answer.ok ? answer.body.items.map(passkeyItem) : [make('li', answer.says)]
  list.replaceChildren(...lines)
  list.hidden = lines.length === 0
}

function passkeyItem({ id, name, isSynced, createdAt }: Passkey): HTMLElement {
  const remove = make('button', 'Remove', 'quiet')
  const title = name ?? 'A passkey'
  remove.ariaLabel = `Remove ${title}`
  whenPressed(remove, byId('passkeys'), async () => {
    const proof = await askForProof(`Remove ${title}?`, 'Remove it')
    if (proof === null) return null
    const removed = await call('POST', `/auth/passkeys/${id}/remove`, proof)
    await listPasskeys()
    return removed.ok ? good(`${title} is removed.`) : bad(removed.says)
  })
  return item(
    title,
    `${isSynced ? 'On your devices' : 'On one device'} · since ${DAY.format(new Date(createdAt))}`,
    remove,
  )
}

/** The form that adds a passkey. */
export function furnishPasskeys(): void {
  show('passkey-form', passkeysWork())
  whenSent('passkey-form', async (form) => {
    const begun = await call<{ ceremony: string; options: object }>('POST', '/auth/passkeys/options', proofOf(form))
    if (!begun.ok) return bad(begun.says)
    const given = await passkeyFor('create', begun.body.options)
    if (typeof given === 'string') return bad(given)
    const { ceremony } = begun.body
    const added = await call('POST', '/auth/passkeys', { ceremony, name: typed(form, 'name'), response: given })
    if (!added.ok) return bad(added.says)
    form.reset()
    await listPasskeys()
    return good('The passkey is added. It lets you in without a password.')
  })
}
