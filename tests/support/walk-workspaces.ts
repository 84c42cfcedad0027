import type { Workspace } from '../../server/commons/workspaces/schema.ts'
import { newId } from '#kernel/ids.ts'
import { givenPerson, linksTo } from '../../server/commons/accounts/fixtures/people.ts'
import type { CallOptions, Reply, TestApp } from './app.ts'
import { givenMember } from './attacks.ts'
import type { Visit } from './walk.ts'

type Caller = (method: string, path: string, options?: CallOptions) => () => Promise<Reply>

/** Calls the routes of workspaces and of who is in them; what is changed belongs to nobody else in the walk. */
export async function walkWorkspaces(app: TestApp, visit: Visit, call: Caller): Promise<void> {
  const collection = '/api/v1/workspaces'
  const listed = await visit('listWorkspaces', 'of a key', call('GET', collection))
  const own = listed.json<{ items: Workspace[] }>().items[0]?.id ?? ''
  const made = await visit('createWorkspace', 'a new one', call('POST', collection, { body: { name: 'A walk' } }))
  const { id: workspaceId } = made.json<Workspace>()
  const { token } = await givenMember(app, { workspaceId, role: 'owner' })
  const editor = await givenMember(app, { workspaceId, role: 'editor' })
  const at = `${collection}/${workspaceId}`
  await visit('getWorkspace', 'of one', call('GET', at, { token }))
  await visit('getWorkspace', 'of another than the key’s', call('GET', at))
  await visit('changeWorkspace', 'its name', call('PATCH', at, { token, body: { name: 'Another walk' } }))
  await visit('listMembers', 'a page', call('GET', `${at}/members`, { token }))
  const member = `${at}/members/${editor.userId}`
  await visit('changeMember', 'to a viewer', call('PATCH', member, { token, body: { role: 'viewer' } }))
  await visit('changeMember', 'of none', call('PATCH', `${at}/members/${newId()}`, { token, body: { role: 'viewer' } }))
  await walkInvitations(app, visit, call, at, token)
  const handover = { token, body: { userId: editor.userId } }
  await visit('handOverWorkspace', 'to a member', call('POST', `${at}/transfer`, handover))
  await visit('leaveWorkspace', 'by an admin', call('DELETE', `${at}/members/me`, { token }))
  const viewer = await givenMember(app, { workspaceId, role: 'viewer' })
  const last = { token: editor.token }
  await visit('removeMember', 'of a viewer', call('DELETE', `${at}/members/${viewer.userId}`, last))
  await visit('switchWorkspace', 'by a key', call('POST', `${collection}/${own}/switch`))
  await visit('deleteWorkspace', 'of one', call('DELETE', at, last))
  await visit('leaveWorkspace', 'which is one’s own', call('DELETE', `${collection}/${own}/members/me`))
  await visit('deleteWorkspace', 'of one’s own', call('DELETE', `${collection}/${own}`))
  await visit('restoreWorkspace', 'of what a key does not reach', call('POST', `${at}/restore`))
}

async function walkInvitations(app: TestApp, visit: Visit, call: Caller, at: string, token: string): Promise<void> {
  const invitations = `${at}/invitations`
  const person = await givenPerson(app, 'invited@example.org')
  const body = { email: person.email, role: 'editor' }
  await visit('createInvitation', 'by mail', call('POST', invitations, { token, body }))
  await visit('listInvitations', 'a page', call('GET', invitations, { token }))
  const [link] = await linksTo(app, person.email, 'invitation')
  const proof = { token: person.accessToken, body: { token: link?.hash.replace('#invitation=', '') } }
  await visit('acceptInvitation', 'by whom it was sent to', call('POST', '/api/v1/invitations/accept', proof))
  await visit('acceptInvitation', 'again', call('POST', '/api/v1/invitations/accept', proof))
  await visit('createInvitation', 'of a member', call('POST', invitations, { token, body }))
  const other = await call('POST', invitations, { token, body: { ...body, email: 'other@example.org' } })()
  const invitation = `${invitations}/${other.json<{ id: string }>().id}`
  await visit('revokeInvitation', 'that waits', call('DELETE', invitation, { token }))
  await visit('revokeInvitation', 'that was taken back', call('DELETE', invitation, { token }))
}
