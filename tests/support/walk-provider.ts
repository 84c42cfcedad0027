import { givenPerson } from '../../server/commons/accounts/fixtures/people.ts'
import type { ProviderDouble } from '../doubles/oidc/double.ts'
import type { CallOptions, Reply, TestApp } from './app.ts'
import type { Visit } from './walk.ts'
import { Jar, wander } from './wander.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

const OAUTH = '/api/v1/auth/oauth'

/** How people come in by way of a provider. */
export async function walkProvider(app: TestApp, visit: Visit, call: Caller, provider: ProviderDouble): Promise<void> {
  await provider.knows(`${app.url}${OAUTH}/google/callback`)
  const email = 'wanderer@example.org'
  provider.person = { subject: '1', claims: { email, email_verified: true, name: 'A wanderer' } }
  await visit('listProviders', 'that are set up', call('GET', OAUTH, { token: null }))
  await visit('beginByProvider', 'that is not set up', begin(app, call, 'github'))
  // What the provider says of itself is asked once.
  await begin(app, call, 'google')()
  await comeBack(
    app,
    visit,
    'of a newcomer',
    await visit('beginByProvider', 'of a newcomer', begin(app, call, 'google')),
  )
  await comeBack(app, visit, 'again', await begin(app, call, 'google')())
  const lost = call('GET', `${OAUTH}/google/callback?code=x&state=x`, { token: null })
  await visit('comeBack', 'without having gone', lost)
  await visit(
    'comeBackByForm',
    'with a code',
    call('POST', `${OAUTH}/google/callback`, {
      ...{ token: null, body: 'code=x&state=x' },
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }),
  )
  await walkLink(app, visit, call, provider)
}

const begin = (app: TestApp, call: Caller, provider: string) =>
  call('POST', `${OAUTH}/${provider}`, { token: null, body: {}, headers: { Origin: app.url } })

/** Goes where `departure` sends people, and lets them knock. */
async function comeBack(app: TestApp, visit: Visit, says: string, departure: Reply): Promise<void> {
  const jar = new Jar()
  const here = new URL(app.url)
  jar.keep(here, new Response(null, { headers: departure.headers }))
  const { authorizationUrl } = departure.json<{ authorizationUrl: string }>()
  const { url } = await wander(authorizationUrl, jar, (step) => step.url.origin === app.url)
  const headers = { Cookie: jar.headerFor(here) }
  await visit('comeBack', says, async () => {
    const reply = await fetch(url, { redirect: 'manual', headers })
    return { status: reply.status, headers: reply.headers, bytes: Buffer.alloc(0), json: () => ({}) as never }
  })
}

async function walkLink(app: TestApp, visit: Visit, call: Caller, provider: ProviderDouble): Promise<void> {
  const { email, password, accessToken: token } = await givenPerson(app, 'linked@example.org')
  provider.person = { subject: '2', claims: { email, email_verified: true } }
  const link = call('POST', `${OAUTH}/google/link`, { token, body: { password } })
  await comeBack(app, visit, 'of another way in', await visit('linkProvider', 'by password', link))
  await visit('listLinkedProviders', 'of a person', call('GET', `${OAUTH}/linked`, { token }))
  const unlink = call('POST', `${OAUTH}/google/unlink`, { token, body: { password } })
  await visit('unlinkProvider', 'by password', unlink)
  await visit('unlinkProvider', 'again', unlink)
}
