import { describe, expect, test } from 'vitest'
import { Permission, Role, areWithin, isAtLeast, permissionsOf, requireKnownPermissions } from './roles.ts'

const nobody = { isAdmin: false }
const may = (role: Role, scopes: readonly string[], who = nobody): string[] => [...permissionsOf(role, scopes, who)]

const READS = [
  ...['video:read', 'task:read', 'production:read', 'film:read', 'journey:read', 'workspace:read', 'member:read'],
]
const MAKES = ['video:write', 'task:write', 'production:write', 'upload:write', 'capture:write']
const CARES = ['workspace:manage', 'member:manage', 'audit:read']
const OWN = [
  ...['account:read', 'account:manage', 'capture:read', 'feed:manage', 'filter:manage', 'key:read', 'key:manage'],
  ...['workspace:create', 'workspace:join', 'workspace:leave'],
]

describe('a role', () => {
  test.each<[Role, readonly string[]]>([
    ['viewer', [...READS, ...OWN]],
    ['editor', [...READS, ...MAKES, ...OWN]],
    ['admin', [...READS, ...MAKES, ...CARES, ...OWN]],
    ['owner', [...READS, ...MAKES, ...CARES, 'workspace:own', ...OWN]],
  ])('%s may exactly this', (role, permissions) => {
    expect(may(role, ['*']).toSorted()).toEqual(permissions.toSorted())
  })

  test('gives nothing of the installation, which its administrators have whatever their role', () => {
    const instance = ['admin:read', 'admin:manage', 'metrics:read']
    for (const role of Role) {
      expect(may(role, ['*']).filter((permission) => instance.includes(permission))).toEqual([])
      expect(may(role, ['*'], { isAdmin: true })).toEqual(expect.arrayContaining(instance))
    }
  })

  test('may all that a lower one may', () => {
    for (const [at, role] of Role.entries()) {
      for (const [lowerAt, lower] of Role.entries()) {
        expect(isAtLeast(role, lower)).toBe(at >= lowerAt)
        if (at >= lowerAt) expect(may(role, ['*'])).toEqual(expect.arrayContaining(may(lower, ['*'])))
      }
    }
  })

  test('gives every permission to somebody, each once', () => {
    expect(may('owner', ['*'], { isAdmin: true }).toSorted()).toEqual([...Permission].toSorted())
  })
})

describe('a credential', () => {
  test('may no more than the role, whatever its scopes say', () => {
    expect(may('viewer', ['video:write', 'admin:manage', 'video:read'])).toEqual(['video:read'])
    expect(may('editor', ['workspace:own'])).toEqual([])
  })

  test('that only reads may everything that reads, and nothing else', () => {
    const reads = may('owner', ['*:read'], { isAdmin: true })
    expect(reads.every((permission) => permission.endsWith(':read'))).toBe(true)
    expect(reads.toSorted()).toEqual(Permission.filter((permission) => permission.endsWith(':read')).toSorted())
  })

  test('of scopes that nobody knows may nothing', () => {
    for (const scope of ['', '**', '*:*', 'video:*', 'video', '*:write', 'VIDEO:READ', '__proto__', 'video:read '])
      expect(may('owner', [scope], { isAdmin: true })).toEqual([])
    expect(may('owner', [])).toEqual([])
  })

  test.each<[readonly string[], readonly string[], boolean]>([
    [['*'], ['*'], true],
    [['*'], ['*:read', 'video:write'], false],
    [['*'], [...Permission], false],
    [['*:read'], ['*'], true],
    [['*:read'], ['*:read'], true],
    [['*:read'], Permission.filter((permission) => permission.endsWith(':read')), false],
    [['video:read'], ['*:read'], true],
    [['video:write'], ['*:read'], false],
    [['video:read', 'task:read'], ['task:read', 'video:read', 'film:read'], true],
    [['video:read', 'task:write'], ['task:read', 'video:read'], false],
    [[], [], true],
  ])('of %j lies within %j: %s', (wanted, scopes, within) => {
    expect(areWithin(wanted, scopes)).toBe(within)
  })
})

test('a route that asks for a permission that nobody knows does not start', () => {
  const asking = (permission: string) => () => requireKnownPermissions([{ permission, id: 'getThing' }])
  for (const known of ['public', 'signed-in', ...Permission]) expect(asking(known)).not.toThrow()
  for (const unknown of ['thing:read', '*', '*:read', '']) expect(asking(unknown)).toThrow('getThing asks for')
})
