import { expect, test } from 'vitest'
import type { Actor } from '#platform/context.ts'
import { isWithinReach, mayGive, mayManage, maySeeEmail } from './policy.ts'
import { Role } from './roles.ts'

/** By who acts: those whom they manage, and the roles that they give. */
const MIGHT: Readonly<Record<Role, readonly Role[]>> = {
  viewer: [],
  editor: [],
  admin: ['viewer', 'editor', 'admin'],
  owner: ['viewer', 'editor', 'admin', 'owner'],
}

test.each(Role)('%s manages and gives no more than is theirs', (mine) => {
  for (const other of Role) {
    expect([other, mayManage(mine, other)]).toEqual([other, MIGHT[mine].includes(other)])
    expect([other, mayGive(mine, other)]).toEqual([other, MIGHT[mine].includes(other)])
  }
})

const somebody = { kind: 'user', userId: 'a', workspaceId: 'w', permissions: new Set<string>() } as const
const system = { kind: 'system', name: 'test', workspaceId: null } as const

test.each<[string, Actor, string, boolean]>([
  ['a key its own workspace', { ...somebody, credentialKind: 'api-key' }, 'w', true],
  ['a key another workspace of its person', { ...somebody, credentialKind: 'api-key' }, 'v', false],
  ['a session any of them', { ...somebody, credentialKind: 'session' }, 'v', true],
  ['nobody any of them', { kind: 'anonymous' }, 'w', false],
  ['the system any of them', system, 'w', false],
])('whether %s reaches is plain', (_, actor, workspaceId, reaches) => {
  expect(isWithinReach(actor, workspaceId)).toBe(reaches)
})

test('an address is seen by its person and by who manages members', () => {
  const manager = { ...somebody, permissions: new Set(['member:manage']) }
  expect([maySeeEmail(somebody, 'a'), maySeeEmail(somebody, 'b')]).toEqual([true, false])
  expect([maySeeEmail(manager, 'a'), maySeeEmail(manager, 'b')]).toEqual([true, true])
  expect([maySeeEmail({ kind: 'anonymous' }, 'a'), maySeeEmail(system, 'a')]).toEqual([false, false])
})
