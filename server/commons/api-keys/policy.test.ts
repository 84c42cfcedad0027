import { describe, expect, test } from 'vitest'
import type { UserActor } from '#platform/context.ts'
import { Role, permissionsOf } from '../workspaces/roles.ts'
import { type Guarded, beyondOwn, mayChange, mayRevoke } from './policy.ts'

const by = (role: Role, scopes: readonly string[], credentialId = 'mine'): UserActor => ({
  ...{ kind: 'user', userId: 'me', workspaceId: 'w', role, scopes, credentialId, credentialKind: 'api-key' },
  permissions: permissionsOf(role, scopes, { isAdmin: false }),
})

const key = (of: Partial<Guarded>): Guarded => ({
  ...{ id: 'another', userId: 'me', permissions: ['video:read'], role: 'editor', isService: false },
  ...of,
})

test.each<[Role, readonly string[], readonly string[], readonly string[]]>([
  ['owner', ['*'], ['*', '*:read', 'video:write', 'workspace:own'], []],
  ['owner', ['*'], ['admin:manage'], ['admin:manage']],
  ['viewer', ['*'], ['video:read', 'video:write', 'key:manage'], ['video:write']],
  ['editor', ['*:read', 'key:manage'], ['*', 'video:write', '*:read', 'task:read'], ['*', 'video:write']],
  ['editor', ['video:read', 'key:manage'], ['*:read', 'video:read'], ['*:read']],
  ['owner', [], ['video:read'], ['video:read']],
])('an %s whose key has %j makes of %j all but %j', (role, scopes, wanted, beyond) => {
  expect(beyondOwn(by(role, scopes), wanted)).toEqual(beyond)
})

test('who has no scopes at all makes nothing', () => {
  const { scopes: _, ...unscoped } = by('owner', ['*'])
  expect(beyondOwn(unscoped, ['video:read'])).toEqual(['video:read'])
  expect(mayChange(unscoped, key({}))).toBe(false)
})

describe('a key', () => {
  test('never changes or ends itself', () => {
    const own = key({ id: 'mine', permissions: ['*'] })
    expect([mayChange(by('owner', ['*']), own), mayRevoke(by('owner', ['*']), own)]).toEqual([false, false])
  })

  test('changes and ends no key that may more than itself', () => {
    const limited = by('owner', ['video:read', 'key:manage', 'member:manage'])
    for (const permissions of [['*'], ['*:read'], ['video:write'], ['video:read', 'task:read']]) {
      expect([mayChange(limited, key({ permissions })), mayRevoke(limited, key({ permissions }))]).toEqual([
        false,
        false,
      ])
    }
    expect([mayChange(limited, key({})), mayRevoke(limited, key({}))]).toEqual([true, true])
  })

  test('of another person is ended by who manages them, and changed by nobody else', () => {
    for (const mine of Role) {
      for (const role of Role) {
        const theirs = key({ userId: 'they', role })
        const manages = mine === 'owner' || (mine === 'admin' && role !== 'owner')
        expect([mine, role, mayRevoke(by(mine, ['*']), theirs)]).toEqual([mine, role, manages])
        expect(mayChange(by(mine, ['*']), theirs)).toBe(false)
      }
    }
  })

  test('of a service account is changed by who manages it', () => {
    for (const mine of Role) {
      for (const role of ['viewer', 'editor', 'admin'] as const) {
        const theirs = key({ userId: 'service', role, isService: true })
        const manages = mine === 'owner' || mine === 'admin'
        expect([mayChange(by(mine, ['*']), theirs), mayRevoke(by(mine, ['*']), theirs)]).toEqual([manages, manages])
      }
    }
    expect(mayChange(by('owner', ['*']), key({ isService: true, role: null }))).toBe(false)
  })
})
