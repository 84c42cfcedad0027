import { call } from './api.ts'
import { type Said, bad, byId, good, item, make, whenPressed } from './dom.ts'
import { askForProof } from './proof.ts'
import { wordsOf } from './words.ts'

interface Provider {
  readonly provider: string
  readonly name: string
}
interface Linked {
  readonly provider: string
  readonly createdAt: string
}

/** What the address says of somebody who comes back from a provider. */
export interface Arrival {
  /** The question for the second factor that they owe. */
  readonly challenge: string
  /** What became of it: nothing that is told, or why it was not, or what they can sign in by now. */
  readonly said: Said
}

const SINCE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

/** Comes before `takeLink`, which takes it out of the address. */
export function takeArrival(): Arrival {
  const behind = new URLSearchParams(location.hash.slice(1))
  const problem = new URLSearchParams(location.search).get('problem')
  const connected = behind.has('connected') ? good('You can sign in by it from now on.') : null
  return { challenge: behind.get('challenge') ?? '', said: problem === null ? connected : bad(wordsOf(problem)) }
}

/** The buttons on the door that lead to providers, and back to `page`. */
export async function openProviders(page: string): Promise<void> {
  const ways = byId('door-providers')
  const buttons = (await providers()).map(({ provider, name }) => {
    const button = make('button', `Continue with ${name}`, 'quiet')
    button.setAttribute('type', 'button')
    whenPressed(button, byId('door-form'), () => leaveFor(`/auth/oauth/${provider}`, { redirectTo: page }))
    return button
  })
  ways.replaceChildren(...buttons)
  ways.hidden = buttons.length === 0
}

/** Shows by which providers somebody signs in, and by which they could. */
export async function listProviders(): Promise<void> {
  const [offered, answer] = await Promise.all([
    providers(),
    call<{ items: readonly Linked[] }>('GET', '/auth/oauth/linked'),
  ])
  // Whoever has left meanwhile left nothing here.
  if (byId('home').hidden) return
  const linked = answer.ok ? answer.body.items : []
  const gone = linked.filter(({ provider }) => !offered.some((one) => one.provider === provider))
  const known = [...offered, ...gone.map(({ provider }) => ({ provider, name: provider }))]
  const lines = known.map((one) =>
    line(
      one,
      linked.find(({ provider }) => provider === one.provider),
    ),
  )
  byId('provider-list').replaceChildren(...(answer.ok ? lines : [make('li', answer.says)]))
  byId('providers').hidden = known.length === 0
}

async function providers(): Promise<readonly Provider[]> {
  const answer = await call<{ items: readonly Provider[] }>('GET', '/auth/oauth')
  // Without them there are other ways in.
  return answer.ok ? answer.body.items : []
}

function line({ provider, name }: Provider, linked: Linked | undefined): HTMLElement {
  const button = make('button', linked === undefined ? 'Connect' : 'Remove', 'quiet')
  button.ariaLabel = `${button.textContent} ${name}`
  const ask = linked === undefined ? `Sign in by ${name} too?` : `Sign in by ${name} no more?`
  whenPressed(button, byId('providers'), async () => {
    const proof = await askForProof(ask, linked === undefined ? `Connect ${name}` : 'Remove it')
    if (proof === null) return null
    if (linked === undefined)
      return leaveFor(`/auth/oauth/${provider}/link`, { ...proof, redirectTo: `/account#connected=${provider}` })
    const removed = await call('POST', `/auth/oauth/${provider}/unlink`, proof)
    await listProviders()
    return removed.ok ? good(`Nobody signs in to your account by ${name} any more.`) : bad(removed.says)
  })
  const since = linked === undefined ? 'Not connected' : `Since ${SINCE.format(new Date(linked.createdAt))}`
  return item(name, since, button)
}

async function leaveFor(path: string, body: object): Promise<Said> {
  const answer = await call<{ authorizationUrl: string }>('POST', path, body)
  if (!answer.ok) return bad(answer.says)
  location.assign(answer.body.authorizationUrl)
  return null
}
